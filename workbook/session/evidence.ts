/** What a verdict was given on, as digests. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { digestOf } from '../stack/files.ts'
import { workspaceOf } from './context.ts'

/** Digest of what judges: the engine of the grader, and the checks of the lab. */
export async function graderDigest(root: string, lab: Lab): Promise<string> {
  const checks = path.join(lab.dir, 'checks')
  const parts = [
    await digestOf(path.join(root, 'workbook', 'grader')),
    existsSync(checks) ? await digestOf(checks) : '',
  ]
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

export interface Digests {
  /** Undefined where the learner has no copy. */
  workspace: string | undefined
  lab: string
  grader: string
}

/** The digests of today, to hold evidence against. */
export async function digestsOf(root: string, lab: Lab): Promise<Digests> {
  const workspace = workspaceOf(root, lab)
  return {
    workspace: existsSync(workspace) ? await digestOf(workspace) : undefined,
    lab: await digestOf(lab.dir),
    grader: await graderDigest(root, lab),
  }
}
