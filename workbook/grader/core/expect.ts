/** Assertions. Each belongs to a claim, each leaves evidence, and the first that does not hold ends the check. */
import type * as z from 'zod'
import type { Claim } from './check.ts'
import { type Exchange, receivedOf } from './exchange.ts'
import { ClaimFailed, GraderBug } from './failure.ts'

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
  holds(
    condition: boolean,
    evidence: {
      expected: string
      received: string
      did?: string
      exchange?: Exchange
      facts?: Record<string, unknown>
    },
  ): void
}

type HasTwin<T> = T extends { twin: string } ? true : false

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

/**
 * Makes the `expect` of one run of a check.
 * @param claims the plan
 */
export function expectOf<C extends Record<string, Claim>>(claims: C, ledger: Ledger): Expect<C> {
  const make = (name: string, exchange?: Exchange, facts?: Record<string, unknown>) => {
    const claim = claims[name]
    if (claim === undefined) throw new GraderBug(`assertion on "${name}", which is no claim of the check`)
    const fail = (expected: string, received: string, more: Partial<ClaimFailed['evidence']> = {}): never => {
      const did = exchange === undefined ? undefined : ledger.steps.get(exchange)
      throw new ClaimFailed({
        claim: name,
        expected,
        received,
        ...(exchange ? { exchange } : {}),
        ...(did ? { did } : {}),
        ...more,
        ...(facts || more.facts ? { facts: { ...facts, ...more.facts } } : {}),
      })
    }
    const done = () => void ledger.asserted.add(name)
    if (exchange === undefined) {
      return {
        holds(condition: boolean, evidence: Parameters<OnFact['holds']>[1]) {
          if (!condition) fail(evidence.expected, evidence.received, evidence)
          done()
        },
      }
    }
    return answerAssertions(exchange, fail, done)
  }
  return make as unknown as Expect<C>
}

function answerAssertions(
  exchange: Exchange,
  fail: (expected: string, received: string, more?: Partial<ClaimFailed['evidence']>) => never,
  done: () => void,
) {
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
