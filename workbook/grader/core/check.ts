/** What an instructor writes: one typed object per check. */
import type { Capability, CourseJson } from '../../catalog/index.ts'
import type { Exchange } from './exchange.ts'
import type { Expect } from './expect.ts'
import { GraderBug } from './failure.ts'
import type { Kit } from './kit.ts'
import type { Level } from './verdict.ts'

/** One statement that a check asserts. The plan of a check is its claims: each must be asserted at least once for a pass. */
export interface Statement {
  /** The statement, about the learner's system: "a password of 15 characters is accepted". */
  says: string
  /**
   * For a refusal: the claim of this check that differs only in the attacked property and must succeed. Without it a
   * server that refuses everything would pass.
   */
  twin?: string
}

/** A statement of a lab's check, which rests on the lab's contract. */
export interface Claim extends Statement {
  /** The clause of the lab's contract that says so. */
  clause: string
}

/** What a diagnosis may look at. */
export interface FailureFacts<K extends string> {
  claim: K
  /** Status of the last exchange; undefined when no answer came. */
  status: number | undefined
  /** Its body as text. */
  body: string
  exchange: Exchange | undefined
  facts: Record<string, unknown>
}

/** A recognised cause of a failure: the first whose `when` holds is told. */
export interface Diagnosis<K extends string = string, F = FailureFacts<K>> {
  id: string
  when: (failure: F) => boolean
  /** Plain words: what the server does, and what follows for its users. No solution. */
  why: string
  /** Three rungs, each nearer than the one before; no solution text. */
  hints: [string, string, string]
}

/** What a `run` receives. */
export interface CheckContext<C extends Record<string, Claim>, N extends Needs> extends Kit {
  expect: Expect<C>
  /** Values of the checks in `needs`. */
  needs: { [K in keyof N]: ReturnOf<N[K]> }
  /** Names an act for the evidence: "sign in with the last letter changed". */
  step<T>(name: string, act: () => Promise<T>): Promise<T>
}

// biome-ignore lint/suspicious/noExplicitAny: a check of any claims and needs; the two are invariant and matter only inside its own definition
export type AnyCheck = Check<any, any, any>
export type Needs = Record<string, AnyCheck>
type ReturnOf<T> = T extends Check<infer _C, infer _N, infer R> ? R : never

export interface Check<C extends Record<string, Claim>, N extends Needs, R> {
  id: string
  title: string
  level: Level
  /** Why it matters, in one or two sentences; public. */
  rationale: string
  claims: { [K in keyof C]: C[K] & { twin?: Exclude<keyof C & string, K> } }
  needs?: N
  capabilities: Capability[]
  /** Extra facilities of the transport, for example `two-addresses`. */
  requires?: Requirement[]
  /** `shared` runs beside others; `alone` measures time; `last` alone and after all others (limits, lock-outs). */
  lane: 'shared' | 'alone' | 'last'
  /** Name of the settings of lab.yaml that it is graded under; `base` if not set. Other ones have a stack of their own. */
  settings?: string
  /** It waits for clocks of the contract, seconds by seconds. What is run over many programs leaves it out where it is not the subject. */
  waits?: boolean
  /** Upper bounds: milliseconds on a slow machine, and requests. */
  budget: { ms: number; requests: number }
  lesson: string
  sources: string[]
  /** Declared design that the check belongs to; another declaration makes it `not-run`. */
  onlyFor?: (course: CourseJson) => string | undefined
  run(context: CheckContext<C, N>): Promise<R>
  diagnose: Diagnosis<keyof C & string>[]
}

/** `real-cost`: what a hash costs is measured, or counts. */
export type Requirement = 'two-addresses' | 'real-cost'

/**
 * Defines a check. The types see to it that a twin names another claim of the same check; the rest is verified here, when
 * the file is loaded.
 * @throws GraderBug when the definition cannot be graded by
 */
export function check<const C extends Record<string, Claim>, R, N extends Needs = Record<never, never>>(
  definition: Check<C, N, R>,
): Check<C, N, R> {
  mustBeSound(definition)
  return definition
}

/** What the types do not see in a definition. @throws GraderBug */
export function mustBeSound(definition: { id: string; claims: object; diagnose: readonly { id: string }[] }): void {
  const claims = definition.claims as Record<string, Statement>
  const bug = (text: string) => new GraderBug(`${definition.id}: ${text}`)
  if (Object.keys(claims).length === 0) throw bug('asserts nothing')
  for (const [name, claim] of Object.entries(claims)) {
    if (claim.twin === undefined) continue
    const twin = claims[claim.twin]
    if (twin === undefined) throw bug(`the twin ${claim.twin} of ${name} is no claim of it`)
    if (twin.twin !== undefined) throw bug(`the twin ${claim.twin} of ${name} is a refusal itself`)
  }
  const ids = definition.diagnose.map((d) => d.id)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) throw bug(`two diagnoses are called ${twice}`)
}

/** Name of the settings that a check is graded under. */
export const settingsOf = (check: AnyCheck): string => check.settings ?? 'base'

/** Clauses that a check asserts, each once, in the order of its claims. */
export function clausesOf(check: AnyCheck): string[] {
  return [...new Set(Object.values<Claim>(check.claims).map((c) => c.clause))]
}
