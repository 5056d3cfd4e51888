/** What the workshop says of runs. */
import type { CheckResult } from '../../lib/run/subject.ts'
import { isRunning, type Model, score } from './model.ts'

const KINDS: [CheckResult['verdict'], string][] = [
  ['pass', 'pass'],
  ['fail', 'fail'],
  ['unstable', 'unstable'],
  ['blocked', 'blocked'],
  ['env', 'env'],
  ['grader', 'grader error'],
  ['not-run', 'not run'],
]

/** What came of the last run, or what goes on; for the live region too. */
export function outcomeLine(model: Model): string {
  const { run } = model
  if (run === undefined) return ''
  const { outcome, selection, seen } = run
  if (outcome === undefined) {
    const left = selection.filter((id) => !seen.includes(id)).length
    return `Checking: ${left} of ${selection.length} to go`
  }
  if (outcome.kind === 'stopped') return 'Stopped. Every program of this page was ended.'
  if (outcome.kind === 'trouble') return outcome.message
  const verdicts = seen.map((id) => model.shown[id]?.result.verdict)
  const counts = KINDS.map(([verdict, word]) => [verdicts.filter((v) => v === verdict).length, word] as const)
    .filter(([count, word]) => count > 0 || word === 'pass')
    .map(([count, word]) => `${count} ${word}`)
  return `${counts.join(', ')} in ${(outcome.ms / 1000).toFixed(1)} s`
}

/** One line in the head. */
export function statusLine(model: Model): string {
  if (isRunning(model)) return 'Checking …'
  if (Object.keys(model.shown).length === 0) return model.drafts.length > 0 ? 'Your draft is here' : 'Not checked yet'
  const { passed, of, away } = score(model)
  const stale = Object.values(model.shown).some(({ changed }) => changed)
  return `${passed} of ${of} core checks pass${away > 0 ? `, ${away} not graded here` : ''}${stale ? ' · changed since' : ''}`
}
