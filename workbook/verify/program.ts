/** One program under the checks: built, started, graded, ended. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { CourseJson, Lab, Track } from '../catalog/index.ts'
import type { AnyCheck } from '../grader/core/check.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import { furtherSettings, openGrounds } from '../grader/grounds.ts'
import { runChecks } from '../grader/run.ts'
import { mainOf, startBeside } from '../stack/beside.ts'
import type { ProcessId } from '../stack/child.ts'
import { startContainerStack } from '../stack/container/stack.ts'
import { courseOf } from '../stack/course.ts'
import type { Places } from '../stack/files.ts'
import type { PostgresServer } from '../stack/postgres/server.ts'
import { startProcessStack } from '../stack/process/stack.ts'
import type { Stack, Transport } from '../stack/types.ts'
import { buildState, type Tree, writeTree } from '../workspace/materialise.ts'
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

/** What may differ from an ordinary grading. */
export interface Alterations {
  /** Changes the program before it is written. */
  tree?: (tree: Tree) => void
  /** Stands between the grader and the stack. */
  around?: (stack: Stack) => Promise<Around>
}

/** A stack as the grader is to see it, and how to take that view away again. */
export interface Around {
  stack: Stack
  close(): Promise<void>
}

/** A running program, ready to be graded as often as wanted. */
export interface Running {
  stack: Stack
  course: CourseJson
  grade(checks: AnyCheck[], seed: string, stack?: Stack): Promise<CheckResult[]>
}

/**
 * Runs checks against a state of the lab.
 * @throws EnvironmentTrouble when the program does not start
 */
export function gradeState(
  bench: Bench,
  state: StateName,
  transport: Transport,
  checks: AnyCheck[],
  seed: string,
): Promise<CheckResult[]> {
  return withState(bench, state, transport, (running) => running.grade(checks, seed))
}

/** Names of the states that are at work: one may run several times, side by side. */
const atWork = new Set<string>()

/**
 * Writes a state into a folder of its own and removes that afterwards.
 * @param label tells folders of one state apart
 */
export async function withFolder<T>(
  bench: Bench,
  state: StateName,
  use: (dir: string, name: string) => Promise<T>,
  change: (tree: Tree) => void = () => {},
  label = 'id' in state ? `${state.kind}-${state.id}` : state.kind,
): Promise<T> {
  // Two tracks may have a state of one name at work at once.
  const own = bench.track === bench.lab.tracks[0] ? '' : `-${bench.track}`
  const usual = `depot-${bench.lab.id.toLowerCase()}-v${process.pid.toString(36)}-${label}${own}`
  let name = usual
  for (let i = 2; atWork.has(name); i++) name = `${usual}-${i}`
  atWork.add(name)
  const dir = path.join(bench.places.state, 'verify', name)
  try {
    const tree = await buildState(bench.root, bench.lab, state, bench.track)
    change(tree)
    await writeTree(tree, dir)
    return await use(dir, name)
  } finally {
    atWork.delete(name)
    await rm(dir, { recursive: true, force: true })
  }
}

/**
 * Starts a state of the lab, lends it, ends it.
 * @throws EnvironmentTrouble when the program does not start
 */
export async function withState<T>(
  bench: Bench,
  state: StateName,
  transport: Transport,
  use: (running: Running) => Promise<T>,
  alterations: Alterations = {},
): Promise<T> {
  const { lab, places, self, signal, postgres } = bench
  const settings = settingsNamed(lab, 'base')
  return withFolder(
    bench,
    state,
    async (dir, name) => {
      const request = { lab, dir, name, settings, signal, progress: () => {} }
      const started =
        transport === 'process'
          ? await startProcessStack(request, { places, life: 'run', writable: true, postgres, owner: self })
          : await startContainerStack(request, { places, life: 'run', owner: self })
      const others = new Map<string, Promise<Lent>>()
      let lent: Lent | undefined
      try {
        lent = await lend(started, alterations)
        const course = await courseOf(dir)
        const seen = lent.stack
        const main = transport === 'process' ? { transport, postgres, runs: dir } : await mainOf(started)
        const other = (name: string) => {
          const own = { ...request, name: `${request.name}-${name}`, settings: settingsNamed(lab, name) }
          const work = startBeside(main, own, { places, owner: self }).then((stack) => lend(stack, alterations))
          // Whoever needs it is told.
          work.catch(() => {})
          return work
        }
        const grade: Running['grade'] = async (checks, seed, stack = seen) => {
          const names = furtherSettings(checks, course)
          for (const name of names) if (!others.has(name)) others.set(name, other(name))
          const stacks = new Map([...others].map(([name, work]) => [name, work.then((l) => l.stack)]))
          for (const work of stacks.values()) work.catch(() => {})
          const grounds = await openGrounds({ kind: 'stack', stack }, stacks, course, seed)
          try {
            return await runChecks({ checks, ...grounds, course, seed, signal, onResult: () => {} })
          } finally {
            await grounds.close()
          }
        }
        return await use({ stack: seen, course, grade })
      } finally {
        const all = await Promise.all([...others.values()].map((work) => work.catch(() => undefined)))
        await Promise.all(all.map((one) => one?.end()))
        await (lent === undefined ? started.close() : lent.end())
      }
    },
    alterations.tree,
  )
}

function settingsNamed(lab: Lab, name: string) {
  const settings = lab.settings[name]
  if (settings === undefined) throw new Error(`${lab.id} has no settings "${name}"`)
  return settings
}

/** A stack as the grader is to see it, and its end, with what stands around it. */
interface Lent {
  stack: Stack
  end(): Promise<void>
}

async function lend(started: Stack, { around }: Alterations): Promise<Lent> {
  try {
    const seen = await around?.(started)
    return {
      stack: seen?.stack ?? started,
      end: async () => {
        await seen?.close()
        await started.close()
      },
    }
  } catch (error) {
    await started.close()
    throw error
  }
}
