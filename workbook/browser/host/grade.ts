/** Grades a lab in the page: stacks for the settings that its checks need, and the run. */
import type { CourseJson } from '../../catalog/index.ts'
import { type AnyCheck, settingsOf } from '../../grader/core/check.ts'
import type { CheckResult } from '../../grader/core/verdict.ts'
import { type Ground, runChecks } from '../../grader/run.ts'
import { EnvironmentTrouble } from '../../stack/types.ts'
import { Buffer } from '../node/buffer.ts'
import { notInThePage, openPageKits } from './kits.ts'
import { PageStack, StackFailed, type StackOptions } from './stack.ts'

export interface GradeOptions extends Omit<StackOptions, 'settings'> {
  checks: AnyCheck[]
  course: CourseJson
  /** Six hex digits: the same seed draws the same values. */
  seed: string
  signal: AbortSignal
  onResult: (result: CheckResult) => void
}

/**
 * Runs the checks. Settings that several checks share are one stack; each starts when it is needed.
 * @throws StackFailed where the program does not come up under the settings `base`
 */
export async function gradeInPage(options: GradeOptions): Promise<CheckResult[]> {
  const { checks, course, seed, signal, onResult } = options
  // Checks are written for Node too.
  globalThis.Buffer ??= Buffer as unknown as typeof globalThis.Buffer
  const stacks: Promise<PageStack>[] = []
  const start = (settings: string) => {
    const stack = PageStack.start({ ...options, settings })
    stacks.push(stack)
    return stack
  }
  const groundOf = async (settings: string): Promise<Ground> => {
    const stack = await start(settings)
    return { stack, kits: openPageKits(stack, course, seed) }
  }
  const here = checks.filter((check) => notInThePage(check) === undefined)
  const all = [...new Set(here.map(settingsOf))]
  // Where nothing is graded under `base`, what the most checks need stands in its place.
  const first = all.includes('base') ? 'base' : (all[0] ?? 'base')
  try {
    const base = await groundOf(first)
    return await runChecks({
      ...base,
      further: async (settings) => {
        if (settings === first) return base
        return groundOf(settings).catch((error: unknown) => {
          if (error instanceof StackFailed) throw new EnvironmentTrouble(error.message, '', [...error.log])
          throw error
        })
      },
      checks,
      course,
      seed,
      signal,
      onResult,
    })
  } finally {
    for (const stack of stacks) (await stack.catch(() => undefined))?.close()
  }
}
