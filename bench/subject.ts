/** What is measured: the reference of L01 in a folder of its own, and its stack. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findLab, type Lab } from '../workbook/catalog/index.ts'
import { freePort } from '../workbook/doctor/ports.ts'
import { stackName } from '../workbook/session/context.ts'
import { selfId } from '../workbook/stack/child.ts'
import { startContainerStack } from '../workbook/stack/container/stack.ts'
import { placesOf } from '../workbook/stack/files.ts'
import { startProcessStack } from '../workbook/stack/process/stack.ts'
import type { Stack, Transport } from '../workbook/stack/types.ts'
import { buildState, writeTree } from '../workbook/workspace/materialise.ts'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

export interface Subject {
  lab: Lab
  /** Folder with the files of the reference. */
  dir: string
}

/** Writes the reference into a folder that is gone when `use` is done. */
export async function withSubject(use: (subject: Subject) => Promise<void>): Promise<void> {
  const lab = await findLab(root, 'L01')
  const dir = await mkdtemp(path.join(os.tmpdir(), 'workbook-bench-'))
  try {
    await writeTree(await buildState(root, lab, { kind: 'solution' }, 'express'), dir)
    await use({ lab, dir })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/**
 * Starts the stack of the subject's folder as `lab start` does, so that `check --dir` finds it; ends it after `use`.
 * @param use is told how long the start took, in milliseconds
 */
export async function withStack(
  { lab, dir }: Subject,
  transport: Transport,
  use: (stack: Stack, startMs: number) => Promise<void>,
): Promise<void> {
  const settings = lab.settings.base
  if (settings === undefined) throw new Error(`${lab.id} has no settings "base"`)
  const port = await freePort()
  const owner = await selfId()
  const request = {
    lab,
    dir,
    name: stackName(root, lab, dir),
    settings,
    signal: AbortSignal.timeout(120_000),
    progress: () => {},
  }
  const from = performance.now()
  const stack =
    transport === 'process'
      ? await startProcessStack(request, { places: placesOf(root), life: 'lab', port, writable: true, owner })
      : await startContainerStack(request, { places: placesOf(root), life: 'lab', port, owner })
  const startMs = performance.now() - from
  try {
    await use(stack, startMs)
  } finally {
    await stack.close()
  }
}
