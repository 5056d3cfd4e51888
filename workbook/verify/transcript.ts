/**
 * What a learner reads for a mutant's failure, as a committed fixture: a change of a message is then a diff that somebody reviews. What
 * differs from run to run (draws, ids, times, counts of milliseconds) is replaced by its name.
 */
import type { CheckResult } from '../grader/core/verdict.ts'
import { renderResult } from '../grader/render/terminal.ts'

/** Longest message, in words, evidence included: what is read between two tries. */
export const WORDS = 160

const wide = { colour: false, columns: 100_000, all: true }

/** The text of a failed check without its log and request, normalised, hints below. */
export function transcriptOf(result: CheckResult): string {
  const { failure } = result
  if (failure === undefined) return ''
  const { curl: _, ...shown } = failure
  const text = renderResult({ ...result, ms: 0, failure: { ...shown, log: [] } }, true, wide)
  const hints = failure.hints.map((hint, i) => `  Hint ${i + 1}    ${hint}`)
  return `${normalise([text.replace(/ {3,}0 ms$/m, ''), ...hints].join('\n'))}\n`
}

/** Words of a message that a learner reads at once: everything but the hints. */
export function wordsOf(transcript: string): number {
  const lines = transcript.split('\n').filter((line) => !/^ {2}Hint /.test(line))
  return lines
    .join(' ')
    .split(/\s+/)
    .filter((word) => word !== '').length
}

/** What differs from run to run, replaced by its name. */
export function normalise(text: string): string {
  return (
    text
      .replace(/[a-z]+\.[0-9a-z]+@[a-z]+\.example|[a-z0-9]+@[a-z]+\.example/gi, '<address>')
      .replace(/"(displayName|title)":"[^"]*"/g, (all, key) => (key === 'displayName' ? '"displayName":"<name>"' : all))
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, '<time>')
      .replace(/[A-Za-z0-9_\-+/=.]{4}…\(\d+\)/g, '<long>')
      .replace(/"at":"[^"]*"|"requestId":"[^"]*"/g, (all) => all.replace(/:"[^"]*"/, ':"<any>"'))
      // What a framework says that it was sent.
      .replace(/"input":(\[[^\]]*\]|"[^"]*")/g, '"input":<any>')
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
      // Names of keys, and what of a token a check draws.
      .replace(/\bk[0-9a-f]{10}\b/g, '<kid>')
      .replace(/\b\d+ s (ago|ahead)\b/g, '<n> s $1')
      .replace(/\b(aud|iss) [^ ].*?(?= \(GET)/g, '$1 <value>')
      .replace(/the type [a-z-]+\+jwt/g, 'the type <type>')
      .replace(/(Received {2})\d+ different ones/g, '$1<n> different ones')
      // A log line or a stack that is shown: what it is about, not its length and places.
      .replace(/(a line with (?:it|one): .*?"msg":"[^"]*").*/g, '$1 …')
      .replace(/ at position \d+.*/g, ' at <place> …')
      // A client that keeps its refresh token by itself, or one with a cookie jar: a check draws which.
      .replace(/,"refreshToken":"[^"]*"/g, '')
      .replace(/\b\d+ bits at most: .*/g, '<n> bits at most …')
      .replace(/\b\d+\.\d s after\b/g, '<s> after')
      // Measured times and ratios, drawn lengths, and how a race came out; statuses stand alone.
      .replace(/-?\b\d+(?:\.\d+)? ms\b/g, '<ms>')
      .replace(/ratio \d+\.\d+/g, 'ratio <ratio>')
      .replace(/Signed in \d+ times/g, 'Signed in <n> times')
      .replace(/character \d+ changed|all \d+ characters/g, (all) => all.replace(/\d+/, '<n>'))
      .replace(/(Received {2}|Expected {2})((?:\d+(?: or \d+)? times? \d{3}(?:, )?)+)/g, '$1<counts> ')
      .replace(/(Registered one address \d+ times at once).*/g, '$1 …')
  )
}
