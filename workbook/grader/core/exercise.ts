/**
 * Exercises: a function of the learner's that is graded where it runs, by calls. Definition and grading; needs nothing but the web platform.
 */
import { type Diagnosis, mustBeSound, type Statement } from './check.ts'
import { cut, shorten } from './exchange.ts'
import { assertionsOf, type HasTwin, type Ledger, type OnFact } from './expect.ts'
import { ClaimFailed, type Evidence, GraderBug, type TraceEvent } from './failure.ts'
import { type Rng, rngOf } from './rng.ts'
import type { CheckResult, FailureReport } from './verdict.ts'

/** What one call of the learner's function came to. */
export type Outcome = { value: unknown } | { thrown: { name: string; message: string } }

/**
 * Calls an export of the learner's file and awaits it. Arguments and values are copied (structured clone), so nothing is shared.
 * @throws CallTrouble where the function was not reached or did not come back
 */
export type Call = (name: string, ...args: unknown[]) => Promise<Outcome>

/**
 * - `load` the file cannot be read as a program, or throws while it is loaded; the message says where
 * - `no-export` it has no such function
 * - `no-copy` what was returned cannot be copied (a function, a key)
 * - `timeout` the function did not come back, and was ended
 */
export type CallTroubleKind = 'load' | 'no-export' | 'no-copy' | 'timeout'

/** A call that says nothing about one input: it would be the same for any. */
export class CallTrouble extends Error {
  readonly kind: CallTroubleKind
  constructor(kind: CallTroubleKind, message: string) {
    super(message)
    this.name = 'CallTrouble'
    this.kind = kind
  }
}

/** What a diagnosis of an exercise may look at. */
export interface ExerciseFacts<K extends string> {
  claim: K
  /** What the function returned, where it did. */
  value: unknown
  /** What it threw, where it did. */
  thrown: { name: string; message: string } | undefined
  facts: Record<string, unknown>
}

/** Assertions about what should come back. */
export interface OnReturn {
  /** The function returned, and the value is as described. */
  returns(holds: (value: unknown) => boolean, shape: string): void
}

/** Assertions about what should be refused. Only claims with a twin have them. */
export interface OnThrow {
  /** The function threw, or rejected. */
  refused(): void
}

export interface ExerciseExpect<C extends Record<string, Statement>> {
  <K extends keyof C & string>(
    claim: K,
    outcome: Outcome,
    facts?: Record<string, unknown>,
  ): HasTwin<C[K]> extends true ? OnThrow : OnReturn
  <K extends keyof C & string>(claim: K): OnFact
}

export interface ExerciseContext<C extends Record<string, Statement>> {
  call: Call
  expect: ExerciseExpect<C>
  /** A stream of this check's own, of the run's seed. */
  rng: Rng
  /** What several checks of a run share, made by the first that asks for it: keys, an exploration. */
  once<T>(name: string, make: () => Promise<T>): Promise<T>
  /** Names an act for the evidence: "verify a token with alg none". */
  step<T>(name: string, act: () => Promise<T>): Promise<T>
}

export interface ExerciseCheck<C extends Record<string, Statement>> {
  id: string
  title: string
  /** Why it matters, in one or two sentences; public. */
  rationale: string
  claims: { [K in keyof C]: C[K] & { twin?: Exclude<keyof C & string, K> } }
  /** Checks that this one says nothing without: it is `blocked` where one did not pass. */
  needs?: readonly AnyExerciseCheck[]
  /** Where the course explains it: `01-authentication/03-a-jwt-is-a-policy#time`. */
  lesson: string
  /** Upper bound for the whole check, milliseconds on a slow machine. */
  budgetMs: number
  run(context: ExerciseContext<C>): Promise<void>
  diagnose: Diagnosis<keyof C & string, ExerciseFacts<keyof C & string>>[]
}

// biome-ignore lint/suspicious/noExplicitAny: a check of any claims; they are invariant and matter only inside its own definition
export type AnyExerciseCheck = ExerciseCheck<any>

/** Everything a learner needs to understand one failed claim of an exercise. */
export type ExerciseFailure = FailureReport & { trace?: TraceEvent[] }

/**
 * The result of one check of an exercise, in the shape of a lab's. An exercise has no numbered clauses, no requests and no log: `clauses` and
 * `log` are empty, `clause` is empty, and `requests` counts calls.
 */
export type ExerciseResult = Omit<CheckResult, 'failure'> & { failure?: ExerciseFailure }

/**
 * Defines a check of an exercise.
 * @throws GraderBug when the definition cannot be graded by
 */
export function exerciseCheck<const C extends Record<string, Statement>>(
  definition: ExerciseCheck<C>,
): ExerciseCheck<C> {
  mustBeSound(definition)
  return definition
}

/**
 * Grades a learner's functions. Results come one by one, in the order of the checks.
 * @param seed of the run; what is drawn is repeated by it
 */
export async function* gradeExercise(
  checks: readonly AnyExerciseCheck[],
  call: Call,
  seed: string,
): AsyncGenerator<ExerciseResult, void, undefined> {
  const done = new Map<string, ExerciseResult>()
  const shared = new Map<string, Promise<unknown>>()
  const once = <T>(name: string, make: () => Promise<T>): Promise<T> => {
    const known = shared.get(name) ?? make()
    shared.set(name, known)
    return known as Promise<T>
  }
  let stopped: string | undefined
  for (const check of checks) {
    const waits = stopped ?? check.needs?.find((need) => done.get(need.id)?.verdict !== 'pass')?.id
    const outcome =
      waits === undefined
        ? await attempt(check, call, seed, once)
        : { result: { ...baseOf(check), verdict: 'blocked' as const, blockedBy: waits, reason: `it needs ${waits}` } }
    if ('trouble' in outcome) stopped ??= check.id
    done.set(check.id, outcome.result)
    yield outcome.result
  }
}

type Base = Omit<ExerciseResult, 'verdict'>

const baseOf = (check: AnyExerciseCheck): Base => ({
  id: check.id,
  title: check.title,
  level: 'core',
  ms: 0,
  planned: Object.keys(check.claims).length,
  asserted: 0,
  requests: 0,
  clauses: [],
  lesson: check.lesson,
})

async function attempt(
  check: AnyExerciseCheck,
  call: Call,
  seed: string,
  once: ExerciseContext<never>['once'],
): Promise<{ result: ExerciseResult; trouble?: CallTrouble }> {
  const ledger: Ledger = { asserted: new Set(), steps: new WeakMap() }
  const calls = { made: 0, open: 0 }
  const context: ExerciseContext<Record<string, Statement>> = {
    call: async (name, ...args) => {
      calls.made++
      calls.open++
      try {
        return await call(name, ...args)
      } finally {
        calls.open--
      }
    },
    expect: expectOutcomes(check.claims, ledger),
    rng: rngOf(seed, check.id),
    once,
    step: async (name, act) => {
      const value = await act()
      if (typeof value === 'object' && value !== null) ledger.steps.set(value, name)
      return value
    },
  }
  const started = performance.now()
  const error = await within(check.budgetMs, () => check.run(context as never))
  const base: Base = {
    ...baseOf(check),
    ms: Math.round(performance.now() - started),
    asserted: ledger.asserted.size,
    requests: calls.made,
  }
  if (error === undefined) return { result: judge(check, base, ledger) }
  if (error instanceof ClaimFailed)
    return { result: { ...base, verdict: 'fail', failure: reportOf(check, error.evidence) } }
  const trouble = troubleOf(check, error, calls.open > 0)
  if (trouble !== undefined)
    return { result: { ...base, verdict: 'fail', failure: troubleReport(check, trouble) }, trouble }
  if (error instanceof TooSlow) return { result: { ...base, verdict: 'env', reason: error.message } }
  return { result: { ...base, verdict: 'grader', reason: error instanceof Error ? error.message : String(error) } }
}

class TooSlow extends Error {}

/** Runs `work` for at most `ms`. @returns what it threw, or undefined where it came to its end */
async function within(ms: number, work: () => Promise<void>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<unknown>((resolve) => {
    timer = setTimeout(() => resolve(new TooSlow(`The check took longer than its ${ms / 1000} s.`)), ms)
  })
  const end = Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (error: unknown) => error ?? new GraderBug('the check threw nothing'),
    )
  const first = await Promise.race([end, limit])
  clearTimeout(timer)
  return first
}

/** A pass is an explicit act: every planned claim asserted, twins included. */
function judge(check: AnyExerciseCheck, base: Base, ledger: Ledger): ExerciseResult {
  const missing = Object.keys(check.claims).filter((name) => !ledger.asserted.has(name))
  return missing.length > 0
    ? { ...base, verdict: 'grader', reason: `the check ended without asserting ${missing.join(', ')}` }
    : { ...base, verdict: 'pass' }
}

function expectOutcomes(claims: Record<string, Statement>, ledger: Ledger): ExerciseExpect<Record<string, Statement>> {
  const make = assertionsOf<Outcome>(
    claims,
    ledger,
    (outcome) => ({ facts: { outcome } }),
    (outcome, fail, done) => ({
      returns(holds: (value: unknown) => boolean, shape: string) {
        if (!('value' in outcome) || !holds(outcome.value)) fail(shape, shownOutcome(outcome))
        done()
      },
      refused() {
        if ('value' in outcome) fail('an error', shownOutcome(outcome))
        done()
      },
    }),
  )
  return make as unknown as ExerciseExpect<Record<string, Statement>>
}

/** `returned {"sub":"u-7"}` or `threw Error: expired` */
export function shownOutcome(outcome: Outcome): string {
  return 'value' in outcome
    ? `returned ${cut(shorten(shown(outcome.value)), 220)}`
    : `threw ${cut(shorten(`${outcome.thrown.name}: ${outcome.thrown.message}`), 220)}`
}

function shown(value: unknown): string {
  if (value instanceof Map) return `Map ${shown(Object.fromEntries(value))}`
  return JSON.stringify(value) ?? String(value)
}

/** One line a step, in columns: `2 s  thief  R1  200 R2`. */
export function timelineOf(trace: readonly TraceEvent[]): string[] {
  const wide = (key: 'who' | 'sent' | 'got') => Math.max(0, ...trace.map((event) => event[key].length))
  const ends = Math.max(0, ...trace.map(({ at }) => String(at).length))
  return trace.map(({ at, who, sent, got, note }) =>
    `${String(at).padStart(ends)} s  ${who.padEnd(wide('who'))}  ${sent.padEnd(wide('sent'))}  ${got.padEnd(wide('got'))}  ${note ?? ''}`.trimEnd(),
  )
}

type Told = Pick<Diagnosis, 'id' | 'why' | 'hints'>

function reportOf(check: AnyExerciseCheck, evidence: Evidence): ExerciseFailure {
  const { outcome, ...facts } = (evidence.facts ?? {}) as { outcome?: Outcome }
  const seen: ExerciseFacts<string> = {
    claim: evidence.claim,
    value: outcome !== undefined && 'value' in outcome ? outcome.value : undefined,
    thrown: outcome !== undefined && 'thrown' in outcome ? outcome.thrown : undefined,
    facts,
  }
  const own = check.diagnose as Diagnosis<string, ExerciseFacts<string>>[]
  const told = own.find((d) => d.when(seen)) ?? unrecognised(check, evidence.claim)
  return failureOf(check, evidence, told)
}

function failureOf(check: AnyExerciseCheck, evidence: Evidence, told: Told): ExerciseFailure {
  return {
    claim: evidence.claim,
    clause: '',
    did: evidence.did ?? check.title,
    expected: evidence.expected,
    received: cut(shorten(evidence.received), 300),
    diagnosis: told.id,
    why: told.why,
    hints: [...told.hints],
    log: [],
    ...(evidence.trace === undefined ? {} : { trace: [...evidence.trace] }),
  }
}

const unrecognised = (check: AnyExerciseCheck, claim: string): Told => ({
  id: 'unrecognised',
  why: `It does not hold that ${(check.claims as Record<string, Statement>)[claim]?.says ?? check.title}.`,
  hints: [
    'Compare Expected and Received.',
    'Follow this one input through your function, line by line.',
    'Read the paragraph of the course that Read names.',
  ],
})

/** The trouble behind an error; a check whose time is over while a call is open has waited for the learner's function. */
function troubleOf(check: AnyExerciseCheck, error: unknown, open: boolean): CallTrouble | undefined {
  if (error instanceof CallTrouble) return error
  if (error instanceof TooSlow && open) return new CallTrouble('timeout', `no answer in ${check.budgetMs / 1000} s`)
  return undefined
}

const expectedOf: Record<CallTroubleKind, string> = {
  load: 'a file that can be loaded',
  'no-export': 'an exported function of that name',
  'no-copy': 'plain data',
  timeout: 'an answer',
}

const troubles: Record<CallTroubleKind, Told> = {
  load: {
    id: 'does-not-load',
    why: 'The file cannot be loaded, so nothing of it was called. Received says what the program that reads it stumbled over.',
    hints: [
      'Go to the line that Received names.',
      'A bracket or a quote that is not closed is reported where the file ends.',
      'An import has to name something that is offered here; the starter shows what is.',
    ],
  },
  'no-export': {
    id: 'no-such-export',
    why: 'The file was loaded and exports no function of the name that is called.',
    hints: [
      'Compare the name in Received with those that you export.',
      'The function needs the word export before it.',
      'A default export has the name default.',
    ],
  },
  'no-copy': {
    id: 'not-plain-data',
    why: 'What the function returned cannot be copied out of the place where it runs: it holds a function, a promise or a key.',
    hints: [
      'See what Received names.',
      'Return objects, lists, texts, numbers and nothing else.',
      'A promise inside an object has to be awaited before the object is returned.',
    ],
  },
  timeout: {
    id: 'does-not-return',
    why: 'The function did not come back, and was ended. Whoever calls it in a server would wait as well.',
    hints: [
      'Look for a loop whose condition never changes.',
      'A promise that nobody resolves looks the same from outside.',
      'Put a line that prints into the loop, and run it again.',
    ],
  },
}

const troubleReport = (check: AnyExerciseCheck, trouble: CallTrouble): ExerciseFailure =>
  failureOf(check, { claim: '', expected: expectedOf[trouble.kind], received: trouble.message }, troubles[trouble.kind])

/** Ids of the diagnoses that any check of an exercise may end with, beside its own. */
export const generalExerciseDiagnoses: readonly string[] = Object.values(troubles).map((told) => told.id)
