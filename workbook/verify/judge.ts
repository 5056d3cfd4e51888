/** What must hold for each kind of program. Pure: results in, complaints out. */
import type { CheatData, MutantData } from '../catalog/index.ts'
import type { AnyCheck } from '../grader/core/check.ts'
import { type CheckResult, exitCodeOf, type Verdict } from '../grader/core/verdict.ts'
import { WORDS, wordsOf } from './transcript.ts'

/** One thing that is not as it must be. */
export interface Complaint {
  /**
   * `false-pass`: a wrong program passes. `false-fail`: a right one fails. `elsewhere`: killed, but not as its author said.
   * `hang`, `crash`: a program kept the grader too long, or broke it. `unnoticed`: nothing needs this claim.
   * `fault`: trouble of the machine was not met as it has to be.
   */
  kind:
    | 'false-pass'
    | 'false-fail'
    | 'elsewhere'
    | 'starter'
    | 'coverage'
    | 'environment'
    | 'hang'
    | 'crash'
    | 'unnoticed'
    | 'message'
    | 'fault'
  program: string
  check: string
  text: string
}

/** A check may be not run where the program declares another design. */
export const designed = (checks: AnyCheck[]) => (id: string) => checks.find((c) => c.id === id)?.onlyFor !== undefined

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

/**
 * Every check is killed by at least two mutants; in a further track of the lab by at least one.
 * @param mutants those of the track
 * @param track named where it is not the lab's first
 */
export function judgeCoverage(
  checks: string[],
  mutants: MutantData[],
  { track }: { track?: string } = {},
): Complaint[] {
  const least = track === undefined ? 2 : 1
  return checks
    .map((id) => ({ id, count: mutants.filter((m) => m.killedBy === id).length }))
    .filter(({ count }) => count < least)
    .map(({ id, count }) => ({
      kind: 'coverage',
      program: '',
      check: id,
      text: `${count} ${count === 1 ? 'mutant' : 'mutants'}${track === undefined ? '' : ` of the track ${track}`}, at least ${least} ${least === 1 ? 'is' : 'are'} needed`,
    }))
}

/** A cheat that keeps the grader longer than this counts as hanging it. */
export const CHEAT_MS = 120_000

/**
 * A cheat does not pass: the run is not green, and no check passes but those that it is known to pass. It does not keep the
 * grader for ever, does not break it, and puts nothing on the terminal.
 */
export function judgeCheat(
  cheat: Pick<CheatData, 'id' | 'passes'>,
  results: CheckResult[],
  ms: number,
  mayNotRun: (id: string) => boolean,
): Complaint[] {
  const complaint = (kind: Complaint['kind'], check: string, text: string): Complaint => ({
    kind,
    program: cheat.id,
    check,
    text,
  })
  const found = results.flatMap((r) => {
    if (r.verdict === 'grader') return [complaint('crash', r.id, inWords(r))]
    if (r.verdict === 'pass' && !cheat.passes.includes(r.id)) return [complaint('false-pass', r.id, 'passed')]
    if (r.verdict === 'not-run' && !mayNotRun(r.id)) return [complaint('crash', r.id, inWords(r))]
    return controlsIn(r) ? [complaint('crash', r.id, 'control characters in its evidence')] : []
  })
  if (results.length > 0 && exitCodeOf(results) === 0) found.push(complaint('false-pass', '', 'the exit code is 0'))
  if (ms > CHEAT_MS) found.push(complaint('hang', '', `${Math.round(ms / 1000)} s, at most ${CHEAT_MS / 1000} s`))
  return found
}

/** Would anything of it act on a terminal? */
function controlsIn({ reason = '', failure }: CheckResult): boolean {
  const texts = [reason, ...(failure === undefined ? [] : Object.values(failure).flat())]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  return texts.some((text) => /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text))
}

function inWords(r: CheckResult): string {
  if (r.failure !== undefined)
    return `fail: ${r.failure.diagnosis}, claim ${r.failure.claim}; expected ${r.failure.expected}; received ${r.failure.received}`
  return `${r.verdict}${r.reason === undefined ? '' : `: ${r.reason}`}`
}

/** The message of a killed mutant is the committed one, and short enough to be read. */
export function judgeMessage(
  mutant: MutantData,
  transcript: string,
  committed: string | undefined,
  shown = { name: mutant.id, file: 'transcript.txt' },
): Complaint[] {
  const base = { kind: 'message', program: shown.name, check: mutant.killedBy } as const
  const renew = 'Review the change, then: npm run verify -- --update'
  const words = wordsOf(transcript)
  return [
    ...(words > WORDS ? [{ ...base, text: `the message has ${words} words, at most ${WORDS} are read` }] : []),
    ...(committed === undefined ? [{ ...base, text: `there is no ${shown.file}. ${renew}` }] : []),
    ...(committed !== undefined && committed !== transcript
      ? [
          {
            ...base,
            text: `the message differs from ${shown.file}: ${firstDifference(committed, transcript)}. ${renew}`,
          },
        ]
      : []),
  ]
}

/** The first line in which two texts differ, in words. */
export function firstDifference(one: string, other: string): string {
  const [a, b] = [one.split('\n'), other.split('\n')]
  const i = a.findIndex((line, k) => line !== b[k])
  return `line ${i + 1} was ${JSON.stringify(a[i] ?? '')}, is ${JSON.stringify(b[i] ?? '')}`
}
