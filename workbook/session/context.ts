/** What every use case needs: where things are, who we are, how to stop. */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { type ProcessId, selfId } from '../stack/child.ts'
import { type Places, placesOf, readJson, writeAtomic } from '../stack/files.ts'
import { projectName } from '../workspace/materialise.ts'

export interface Context {
  root: string
  places: Places
  self: ProcessId
  signal: AbortSignal
  /** Says in a line what is going on (never on stdout: that belongs to results). */
  progress: (text: string) => void
  /** Told before each step that changes files on disk. Tests end the process here. */
  step?: (name: string) => void
}

export async function contextOf(root: string, signal: AbortSignal, progress: (text: string) => void): Promise<Context> {
  return { root, places: placesOf(root), self: await selfId(), signal, progress }
}

/** The folder that the person is in: npm runs scripts in the checkout and says in INIT_CWD where it was called. */
export const callerDir = (): string => process.env.INIT_CWD ?? process.cwd()

/** The learner's copy of a lab. */
export const workspaceOf = (root: string, lab: Lab) => path.join(root, 'workspace', lab.folder)

/** Name of the stack of a folder: the lab's own for the learner's copy, else one that the folder's real path makes unique. */
export function stackName(root: string, lab: Lab, dir: string): string {
  const real = realOf(dir)
  if (real === realOf(workspaceOf(root, lab))) return projectName(lab)
  return `${projectName(lab)}-${createHash('sha256').update(real).digest('hex').slice(0, 8)}`
}

export function realOf(dir: string): string {
  try {
    return realpathSync(dir)
  } catch {
    return path.resolve(dir)
  }
}

interface LastUsed {
  lab?: string
}

const stateFile = (places: Places) => path.join(places.state, 'state.json')

export const lastLab = async (places: Places) => (await readJson<LastUsed>(stateFile(places)))?.lab
export const rememberLab = (places: Places, lab: Lab) =>
  writeAtomic(stateFile(places), `${JSON.stringify({ lab: lab.id } satisfies LastUsed)}\n`)
