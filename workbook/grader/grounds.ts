/** The grounds of a run: the stack that was found or made, and one more for each further settings that a check needs. */
import type { CourseJson } from '../catalog/index.ts'
import type { Stack } from '../stack/types.ts'
import { type AnyCheck, settingsOf } from './core/check.ts'
import { type Kits, openKits, type Target } from './kit/open.ts'
import type { Ground, RunOptions } from './run.ts'

/** Names of the settings besides `base` that checks need, where their design is the declared one; each once. */
export function furtherSettings(checks: readonly AnyCheck[], course: CourseJson): string[] {
  const wanted = checks.filter((check) => check.onlyFor?.(course) === undefined).map(settingsOf)
  return [...new Set(wanted)].filter((name) => name !== 'base').sort()
}

/** What `runChecks` takes of it, and the end of its connections. */
export interface Grounds extends Ground, Pick<RunOptions, 'further'> {
  close(): Promise<void>
}

/** @param stacks by the names of their settings, on their way; undefined: all is graded on the one */
export async function openGrounds(
  base: Target,
  stacks: ReadonlyMap<string, Promise<Stack>> | undefined,
  course: CourseJson,
  seed: string,
): Promise<Grounds> {
  const kits = await openKits(base, course, seed)
  const opened: Promise<Kits>[] = []
  const further = async (settings: string): Promise<Ground> => {
    const stack = await stacks?.get(settings)
    if (stack === undefined) throw new Error(`no stack was started for the settings ${settings}`)
    const own = openKits({ kind: 'stack', stack }, course, seed)
    opened.push(own)
    return { stack, kits: await own }
  }
  return {
    stack:
      base.kind === 'stack'
        ? base.stack
        : { alive: async () => ({ alive: true }), revive: async () => false, present: async () => true },
    kits,
    ...(stacks === undefined ? {} : { further }),
    close: async () => {
      await kits.close()
      for (const own of opened) await (await own.catch(() => undefined))?.close()
    },
  }
}
