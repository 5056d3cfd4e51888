/** Opens a file of the learner's copy in the learner's editor. */
import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { didYouMean, type Lab } from '../catalog/index.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import { readCopy } from '../workspace/copy.ts'
import type { Context } from './context.ts'
import { copyOf } from './copy/origin.ts'
import { skipped } from './copy/places.ts'
import { UsageError } from './usage.ts'

/** What the package launch-editor exports: `target` is `file:line:column`; it finds the editor, and calls back when that fails. */
export type Launcher = (
  target: string,
  editor: string | undefined,
  failed: (file: string, message: string | null) => void,
) => void

export interface Opened {
  /** The file, absolute, links resolved. */
  file: string
  line: number
  column: number
}

/** Milliseconds in which an editor that cannot be started says so. */
const PATIENCE_MS = 700

/**
 * Opens a file of the copy. Which editor: `LAUNCH_EDITOR`, else one that runs, else `VISUAL` or `EDITOR`.
 * @param file path in the copy, with `/`
 * @param line from 1; @param column from 1
 * @throws UsageError for a path that leads out of the copy or to nothing; EnvironmentTrouble where no editor is found
 */
export async function open(
  context: Context,
  lab: Lab,
  file: string,
  line = 1,
  column = 1,
  launcher: () => Promise<Launcher> = installedLauncher,
): Promise<Opened> {
  if (![line, column].every((n) => Number.isSafeInteger(n) && n >= 1))
    throw new UsageError('Line and column are numbers from 1: api/src/server.ts:12:5')
  const target = await fileIn(await copyOf(context, lab), lab, file)
  const launch = await launcher()
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, PATIENCE_MS)
    launch(`${target}:${line}:${column}`, undefined, (_file, message) => {
      clearTimeout(timer)
      reject(
        new EnvironmentTrouble(
          message === null || message === ''
            ? 'No editor was found on this machine.'
            : `The editor could not be started: ${message}`,
          `Name yours, for example LAUNCH_EDITOR=code (or set EDITOR), and run this again. The file: ${target}`,
        ),
      )
    })
  })
  return { file: target, line, column }
}

/** The plain file of that path inside the copy, links resolved. */
async function fileIn(dir: string, lab: Lab, file: string): Promise<string> {
  const root = await realpath(dir)
  const asked = path.resolve(root, file)
  // Before anything of it is looked at: a path from a page says nothing about what lies outside.
  if (file.includes('\0') || !asked.startsWith(root + path.sep)) throw outside(lab, file)
  const real = await realpath(asked).catch(() => undefined)
  if (real === undefined || !(await stat(real)).isFile()) {
    const near = didYouMean(file, (await readCopy(root, skipped)).files.keys())
    throw new UsageError(`Your copy of ${lab.id} has no file "${file}".${near ? ` Did you mean ${near}?` : ''}`)
  }
  if (!real.startsWith(root + path.sep)) throw outside(lab, file)
  return real
}

const outside = (lab: Lab, file: string) =>
  new UsageError(`"${file}" lies outside your copy of ${lab.id}; only its own files are opened.`)

async function installedLauncher(): Promise<Launcher> {
  // Loaded when it is asked for: no other command needs it.
  const name = 'launch-editor'
  try {
    return ((await import(name)) as { default: Launcher }).default
  } catch {
    throw new EnvironmentTrouble(
      'The package that starts editors (launch-editor) is not installed.',
      'npm start installs what is missing; or open the file by hand.',
    )
  }
}
