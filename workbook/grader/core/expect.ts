/** Assertions. Each belongs to a claim, each leaves evidence, and the first that does not hold ends the check. */
import type * as z from 'zod'
import type { Claim, Statement } from './check.ts'
import { type Exchange, receivedOf } from './exchange.ts'
import { ClaimFailed, type Evidence, GraderBug } from './failure.ts'

/** Assertions about an answer that should be a success. */
export interface OnAnswer {
  /** One of these statuses. */
  status(...allowed: number[]): OnAnswer
  /** The body is JSON of this shape; returns it. */
  json<S extends z.ZodType>(schema: S, shape: string): z.infer<S>
}

/** Assertions about an answer that should be a refusal. Only claims with a twin have them. */
export interface OnRefusal {
  /** One of these statuses, and (where given) this `code` in the JSON body, or one of these. `code` may depend on the status. */
  refused(
    statuses: readonly number[],
    code?: string | readonly string[] | ((status: number) => string | undefined),
  ): void
}

/** Assertions about anything else. */
export interface OnFact {
  /** Holds, or the two texts are the evidence. `facts` are for diagnoses. */
  holds(condition: boolean, evidence: Omit<Evidence, 'claim'>): void
}

export type HasTwin<T> = T extends { twin: string } ? true : false

/** `expect('claim', exchange)` for an answer, `expect('claim')` for a fact. */
export interface Expect<C extends Record<string, Claim>> {
  <K extends keyof C & string>(
    claim: K,
    exchange: Exchange,
    facts?: Record<string, unknown>,
  ): HasTwin<C[K]> extends true ? OnRefusal : OnAnswer
  <K extends keyof C & string>(claim: K): OnFact
}

/** Which claims were asserted, kept by the grader and compared with the plan at the end. */
export interface Ledger {
  asserted: Set<string>
  /** The words of the step that an exchange came from. */
  steps: WeakMap<object, string>
}

/** Ends the check with the evidence of a claim that does not hold. */
export type Fail = (expected: string, received: string, more?: Partial<Evidence>) => never

/**
 * Makes the `expect` of one run of a check.
 * @param claims the plan
 */
export function expectOf<C extends Record<string, Claim>>(claims: C, ledger: Ledger): Expect<C> {
  const make = assertionsOf<Exchange>(
    claims,
    ledger,
    (exchange) => ({ exchange }),
    (exchange, fail, done) => answerAssertions(exchange, fail, done),
  )
  return make as unknown as Expect<C>
}

/**
 * The `expect` of any kind of check: facts for all, and assertions about what the learner's system gave.
 * @param seen what a given thing adds to the evidence
 * @param about the assertions about it
 */
export function assertionsOf<T extends object>(
  claims: Record<string, Statement>,
  ledger: Ledger,
  seen: (thing: T) => Partial<Evidence>,
  about: (thing: T, fail: Fail, done: () => void) => object,
): (name: string, thing?: T, facts?: Record<string, unknown>) => object {
  return (name, thing, facts) => {
    if (claims[name] === undefined) throw new GraderBug(`assertion on "${name}", which is no claim of the check`)
    const fail: Fail = (expected, received, more = {}) => {
      const did = thing === undefined ? undefined : ledger.steps.get(thing)
      const own = thing === undefined ? {} : seen(thing)
      const all = { ...own.facts, ...facts, ...more.facts }
      throw new ClaimFailed({
        claim: name,
        expected,
        received,
        ...own,
        ...(did ? { did } : {}),
        ...more,
        ...(Object.keys(all).length > 0 ? { facts: all } : {}),
      })
    }
    const done = () => void ledger.asserted.add(name)
    if (thing !== undefined) return about(thing, fail, done)
    return {
      holds(condition: boolean, evidence: Parameters<OnFact['holds']>[1]) {
        if (!condition) fail(evidence.expected, evidence.received, evidence)
        done()
      },
    }
  }
}

function answerAssertions(exchange: Exchange, fail: Fail, done: () => void) {
  const positive: OnAnswer & OnRefusal = {
    status(...allowed) {
      if (!allowed.includes(exchange.response?.status ?? 0)) fail(allowed.join(' or '), receivedOf(exchange))
      done()
      return positive
    },
    json(schema, shape) {
      const result = schema.safeParse(exchange.response?.json)
      if (!result.success) {
        const issue = result.error.issues[0]
        const field = issue?.path.join('.') ?? ''
        fail(shape, `${receivedOf(exchange)}${field === '' ? '' : ` (${field}: ${issue?.message})`}`)
      }
      done()
      return result.data as never
    },
    refused(statuses, code) {
      const status = exchange.response?.status ?? 0
      const codes = [typeof code === 'function' ? code(status) : code].flat().filter((c) => c !== undefined)
      const list = statuses.length > 4 ? 'a 4xx status' : statuses.join(' or ')
      const expected = `${list}${codes.length === 0 ? '' : ` with the code ${codes.join(' or ')}`}`
      if (!statuses.includes(status)) fail(expected, receivedOf(exchange))
      const found = (exchange.response?.json as { code?: unknown } | undefined)?.code
      if (codes.length > 0 && !codes.some((c) => c === found))
        fail(expected, receivedOf(exchange), { facts: { wrongCode: true } })
      done()
    },
  }
  return positive
}

/** What a refusal of malformed input may be: every 4xx but 404, 405 and 429, which say something about path or pace instead. */
export const anyClientError: readonly number[] = [400, 401, 403, 406, 411, 413, 414, 415, 422, 431]
