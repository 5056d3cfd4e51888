/** One program under the checks: built, started, graded, ended. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Lab, Track } from '../catalog/index.ts'
import type { AnyCheck } from '../grader/core/check.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import { openKits } from '../grader/kit/open.ts'
import { runChecks } from '../grader/run.ts'
import type { ProcessId } from '../stack/child.ts'
import { startContainerStack } from '../stack/container/stack.ts'
import { courseOf } from '../stack/course.ts'
import type { Places } from '../stack/files.ts'
import type { PostgresServer } from '../stack/postgres/server.ts'
import { startProcessStack } from '../stack/process/stack.ts'
import type { Transport } from '../stack/types.ts'
import { buildState, writeTree } from '../workspace/materialise.ts'
import type { StateName } from '../workspace/states.ts'

export interface Bench {
  root: string
  places: Places
  lab: Lab
  track: Track
  self: ProcessId
  signal: AbortSignal
  /** One server for all programs on the process transport; each has a database of its own. */
  postgres: PostgresServer
}

/**
 * Runs checks against a state of the lab.
 * @throws EnvironmentTrouble when the program does not start
 */
export async function gradeState(
  bench: Bench,
  state: StateName,
  transport: Transport,
  checks: AnyCheck[],
  seed: string,
): Promise<CheckResult[]> {
  const label = 'id' in state ? `${state.kind}-${state.id}` : state.kind
  const name = `depot-${bench.lab.id.toLowerCase()}-v${process.pid.toString(36)}-${label}`
  const dir = path.join(bench.places.state, 'verify', name)
  try {
    await writeTree(await buildState(bench.root, bench.lab, state, bench.track), dir)
    return await gradeFolder(bench, dir, name, transport, checks, seed)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function gradeFolder(
  bench: Bench,
  dir: string,
  name: string,
  transport: Transport,
  checks: AnyCheck[],
  seed: string,
): Promise<CheckResult[]> {
  const { lab, places, self, signal, postgres } = bench
  const settings = lab.settings.base
  if (settings === undefined) throw new Error(`${lab.id} has no settings "base"`)
  const request = { lab, dir, name, settings, signal, progress: () => {} }
  const stack =
    transport === 'process'
      ? await startProcessStack(request, { places, life: 'run', writable: true, postgres, owner: self })
      : await startContainerStack(request, { places, life: 'run', owner: self })
  try {
    const course = await courseOf(dir)
    const kits = await openKits({ kind: 'stack', stack }, course, seed)
    try {
      return await runChecks({ checks, stack, kits, course, seed, signal, onResult: () => {} })
    } finally {
      await kits.close()
    }
  } finally {
    await stack.close()
  }
}
