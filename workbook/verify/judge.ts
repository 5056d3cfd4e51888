/** What must hold for each kind of program. Pure: results in, complaints out. */
import type { MutantData } from '../catalog/index.ts'
import type { CheckResult, Verdict } from '../grader/core/verdict.ts'
import { WORDS, wordsOf } from './transcript.ts'

/** One thing that is not as it must be. */
export interface Complaint {
  /** `false-pass`: a wrong program passes. `false-fail`: a right one fails. `elsewhere`: killed, but not as its author said. */
  kind: 'false-pass' | 'false-fail' | 'elsewhere' | 'starter' | 'coverage' | 'environment' | 'message'
  program: string
  check: string
  text: string
}

/** A right program passes every check; one that its declared design rules out is not run. */
export function judgeRight(program: string, results: CheckResult[], mayNotRun: (id: string) => boolean): Complaint[] {
  if (results.length === 0) return [{ kind: 'environment', program, check: '', text: 'no check ran' }]
  return results
    .filter((r) => r.verdict !== 'pass' && !(r.verdict === 'not-run' && mayNotRun(r.id)))
    .map((r) => ({ kind: 'false-fail', program, check: r.id, text: inWords(r) }))
}

/** The starter gets exactly its recorded verdicts. */
export function judgeStarter(recorded: Record<string, Verdict>, results: CheckResult[]): Complaint[] {
  const program = 'starter'
  const differing = results
    .filter((r) => recorded[r.id] !== r.verdict)
    .map(
      (r): Complaint => ({
        kind: 'starter',
        program,
        check: r.id,
        text: `recorded ${recorded[r.id] ?? 'nothing'}, got ${inWords(r)}`,
      }),
    )
  const gone = Object.keys(recorded)
    .filter((id) => !results.some((r) => r.id === id))
    .map((id): Complaint => ({ kind: 'starter', program, check: id, text: 'recorded, but there is no such check' }))
  return [...differing, ...gone]
}

/** A mutant is killed by exactly the named check with the named diagnosis; all others pass, or wait for that one. */
export function judgeMutant(
  mutant: MutantData,
  results: CheckResult[],
  mayNotRun: (id: string) => boolean,
): Complaint[] {
  const killer = results.find((r) => r.id === mutant.killedBy)
  const own: Complaint[] = []
  const base = { program: mutant.id, check: mutant.killedBy }
  if (killer === undefined) own.push({ ...base, kind: 'coverage', text: 'there is no such check' })
  else if (killer.verdict === 'pass') own.push({ ...base, kind: 'false-pass', text: 'survived' })
  else if (killer.verdict !== 'fail') own.push({ ...base, kind: 'elsewhere', text: inWords(killer) })
  else if (killer.failure?.diagnosis !== mutant.diagnosis)
    own.push({
      ...base,
      kind: 'elsewhere',
      text: `diagnosis ${killer.failure?.diagnosis} (claim ${killer.failure?.claim}), expected ${mutant.diagnosis}`,
    })
  const dead = blockedBehind(mutant.killedBy, results)
  const others = results
    .filter((r) => r.id !== mutant.killedBy && r.verdict !== 'pass')
    .filter((r) => !(r.verdict === 'blocked' && dead.has(r.id)) && !(r.verdict === 'not-run' && mayNotRun(r.id)))
    .map((r): Complaint => ({ kind: 'elsewhere', program: mutant.id, check: r.id, text: inWords(r) }))
  return [...own, ...others]
}

/** The checks that wait for a failed one, also by way of others. */
function blockedBehind(killer: string, results: CheckResult[]): Set<string> {
  const behind = new Set([killer])
  for (let before = 0; before < behind.size; ) {
    before = behind.size
    for (const r of results) if (r.blockedBy !== undefined && behind.has(r.blockedBy)) behind.add(r.id)
  }
  return behind
}

/** Every check is killed by at least two mutants. */
export function judgeCoverage(checks: string[], mutants: MutantData[]): Complaint[] {
  return checks
    .map((id) => ({ id, count: mutants.filter((m) => m.killedBy === id).length }))
    .filter(({ count }) => count < 2)
    .map(({ id, count }) => ({
      kind: 'coverage',
      program: '',
      check: id,
      text: `${count} ${count === 1 ? 'mutant' : 'mutants'}, at least 2 are needed`,
    }))
}

function inWords(r: CheckResult): string {
  if (r.failure !== undefined)
    return `fail: ${r.failure.diagnosis}, claim ${r.failure.claim}; expected ${r.failure.expected}; received ${r.failure.received}`
  return `${r.verdict}${r.reason === undefined ? '' : `: ${r.reason}`}`
}

/** The message of a killed mutant is the committed one, and short enough to be read. */
export function judgeMessage(mutant: MutantData, transcript: string, committed: string | undefined): Complaint[] {
  const base = { kind: 'message', program: mutant.id, check: mutant.killedBy } as const
  const renew = 'Review the change, then: npm run verify -- --update'
  const words = wordsOf(transcript)
  return [
    ...(words > WORDS ? [{ ...base, text: `the message has ${words} words, at most ${WORDS} are read` }] : []),
    ...(committed === undefined ? [{ ...base, text: `there is no transcript.txt. ${renew}` }] : []),
    ...(committed !== undefined && committed !== transcript
      ? [
          {
            ...base,
            text: `the message differs from transcript.txt: ${firstDifference(committed, transcript)}. ${renew}`,
          },
        ]
      : []),
  ]
}

function firstDifference(one: string, other: string): string {
  const [a, b] = [one.split('\n'), other.split('\n')]
  const i = a.findIndex((line, k) => line !== b[k])
  return `line ${i + 1} was ${JSON.stringify(a[i] ?? '')}, is ${JSON.stringify(b[i] ?? '')}`
}
