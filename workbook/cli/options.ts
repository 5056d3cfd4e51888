/** Flags that several commands share. */
import { didYouMean, type Track, trackSchema } from '../catalog/index.ts'
import type { Look } from '../grader/render/terminal.ts'
import { UsageError } from '../session/usage.ts'
import type { Transport } from '../stack/types.ts'

const transports = ['container', 'process'] as const

export function runtimeOf(word: string | undefined): Transport | undefined {
  if (word === undefined) return undefined
  const found = transports.find((t) => t === word)
  if (found !== undefined) return found
  const near = didYouMean(word, transports)
  throw new UsageError(`--runtime wants container or process, not "${word}".${near ? ` Did you mean ${near}?` : ''}`)
}

export function trackOf(word: string | undefined): Track | undefined {
  if (word === undefined) return undefined
  const result = trackSchema.safeParse(word)
  if (result.success) return result.data
  const near = didYouMean(word, trackSchema.options)
  throw new UsageError(
    `--track wants ${trackSchema.options.join(' or ')}, not "${word}".${near ? ` Did you mean ${near}?` : ''}`,
  )
}

/** Colour only on a terminal, never where NO_COLOR (no-color.org) is set. */
export function lookOf(plain: boolean, all: boolean): Look {
  const terminal = process.stdout.isTTY === true
  return {
    colour: terminal && !plain && !process.env.NO_COLOR,
    columns: Math.min(100, terminal ? (process.stdout.columns ?? 80) : 80),
    all,
  }
}
