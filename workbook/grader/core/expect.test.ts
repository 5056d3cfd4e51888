import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { Exchange } from './exchange.ts'
import { anyClientError, expectOf, type Ledger } from './expect.ts'
import { ClaimFailed, type Evidence, GraderBug } from './failure.ts'

const claims = {
  accepts: { clause: 'a.1', says: 'it accepts' },
  refuses: { clause: 'a.2', says: 'it refuses', twin: 'accepts' },
  keeps: { clause: 'a.3', says: 'it keeps' },
} as const

function setUp() {
  const ledger: Ledger = { asserted: new Set(), steps: new WeakMap() }
  return { ledger, claim: expectOf(claims, ledger) }
}

function answer(status: number, json?: unknown, body = json === undefined ? '' : JSON.stringify(json)): Exchange {
  return {
    method: 'POST',
    url: 'http://127.0.0.1/api/x',
    requestHeaders: {},
    response: { status, headers: {}, headerNames: [], body, json },
    ms: 1,
    at: 0,
  }
}
const silence: Exchange = {
  method: 'GET',
  url: 'http://127.0.0.1/api/x',
  requestHeaders: {},
  trouble: { kind: 'closed', text: 'the connection was closed without an answer' },
  ms: 1,
  at: 0,
}

function evidenceOf(act: () => unknown): Evidence {
  try {
    act()
  } catch (error) {
    if (error instanceof ClaimFailed) return error.evidence
    throw error
  }
  throw new Error('the assertion held')
}

describe('a status', () => {
  test('that is allowed holds, and the claim counts as asserted', () => {
    const { ledger, claim } = setUp()
    claim('accepts', answer(201)).status(200, 201)
    expect([...ledger.asserted]).toEqual(['accepts'])
  })
  test('that is not allowed fails with what was wanted, what came, and the exchange', () => {
    const { ledger, claim } = setUp()
    const exchange = answer(500, { code: 'x' })
    expect(evidenceOf(() => claim('accepts', exchange).status(200, 201))).toEqual({
      claim: 'accepts',
      expected: '200 or 201',
      received: '500 {"code":"x"}',
      exchange,
    })
    expect(ledger.asserted.size).toBe(0)
  })
  test('does not hold where no answer came', () => {
    const { claim } = setUp()
    expect(evidenceOf(() => claim('accepts', silence).status(200)).received).toBe(silence.trouble?.text)
  })
})

describe('a JSON body', () => {
  const shape = z.object({ id: z.string(), n: z.object({ deep: z.number() }) })
  test('of the shape is given back', () => {
    const { ledger, claim } = setUp()
    expect(claim('accepts', answer(200, { id: 'a', n: { deep: 1 } })).json(shape, '{id, n}')).toEqual({
      id: 'a',
      n: { deep: 1 },
    })
    expect(ledger.asserted).toContain('accepts')
  })
  test('of another shape fails and names the field', () => {
    const { ledger, claim } = setUp()
    const evidence = evidenceOf(() => claim('accepts', answer(200, { id: 'a', n: {} })).json(shape, '{id, n}'))
    expect(evidence.expected).toBe('{id, n}')
    expect(evidence.received).toMatch(/^200 .*n\.deep/)
    expect(ledger.asserted.size).toBe(0)
  })
  test('that is none fails', () => {
    const { claim } = setUp()
    expect(evidenceOf(() => claim('accepts', answer(200, undefined, '<h1>')).json(shape, '{id}')).received).toContain(
      '<h1>',
    )
    expect(evidenceOf(() => claim('accepts', silence).json(shape, '{id}')).received).toBe(silence.trouble?.text)
  })
})

describe('a refusal', () => {
  test('holds with one of the statuses and the code', () => {
    const { ledger, claim } = setUp()
    claim('refuses', answer(422, { code: 'too_short' })).refused([400, 422], 'too_short')
    expect([...ledger.asserted]).toEqual(['refuses'])
  })
  test('holds without a code where none is asked for', () => {
    const { claim } = setUp()
    expect(() => claim('refuses', answer(400, undefined, 'no')).refused([400])).not.toThrow()
    expect(() => claim('refuses', answer(400, null)).refused([400])).not.toThrow()
  })
  test('with another status fails: a success above all', () => {
    const { ledger, claim } = setUp()
    expect(evidenceOf(() => claim('refuses', answer(201, {})).refused([400, 422], 'too_short'))).toMatchObject({
      claim: 'refuses',
      expected: '400 or 422 with the code too_short',
      received: '201 {}',
    })
    expect(ledger.asserted.size).toBe(0)
  })
  test('does not hold where no answer came', () => {
    const { claim } = setUp()
    expect(() => claim('refuses', silence).refused([400])).toThrow(ClaimFailed)
  })
  test('with another code, or none, fails and says that only the code is wrong', () => {
    const { claim } = setUp()
    for (const json of [{ code: 'other' }, {}, null, 'text', [1], undefined]) {
      const evidence = evidenceOf(() => claim('refuses', answer(422, json)).refused([422], 'too_short'))
      expect(evidence.facts).toMatchObject({ wrongCode: true })
    }
  })
  test('with a wrong status does not say that only the code is wrong', () => {
    const { claim } = setUp()
    expect(
      evidenceOf(() => claim('refuses', answer(500, { code: 'other' })).refused([422], 'too_short')),
    ).not.toMatchObject({ facts: { wrongCode: true } })
  })
  test('may ask for one of several codes', () => {
    const { claim } = setUp()
    const codes = ['raced', 'reused']
    expect(() => claim('refuses', answer(409, { code: 'reused' })).refused([401, 409], codes)).not.toThrow()
    expect(evidenceOf(() => claim('refuses', answer(401, { code: 'x' })).refused([401, 409], codes))).toMatchObject({
      expected: '401 or 409 with the code raced or reused',
      facts: { wrongCode: true },
    })
  })
  test('may ask for a code that depends on the status', () => {
    const { claim } = setUp()
    const code = (status: number) => (status === 413 ? undefined : 'too_long')
    claim('refuses', answer(413, undefined, '')).refused([413, 422], code)
    expect(() => claim('refuses', answer(422, {})).refused([413, 422], code)).toThrow(ClaimFailed)
  })
  test('keeps the facts of the check beside its own', () => {
    const { claim } = setUp()
    const evidence = evidenceOf(() => claim('refuses', answer(422, {}), { length: 14 }).refused([422], 'too_short'))
    expect(evidence.facts).toEqual({ wrongCode: true, length: 14 })
  })
})

describe('a fact', () => {
  test('that holds counts as asserted', () => {
    const { ledger, claim } = setUp()
    claim('keeps').holds(true, { expected: 'a', received: 'b' })
    expect([...ledger.asserted]).toEqual(['keeps'])
  })
  test('that does not hold fails with all of its evidence', () => {
    const { ledger, claim } = setUp()
    const evidence = { expected: 'a', received: 'b', did: 'looked', exchange: silence, facts: { n: 1 } }
    expect(evidenceOf(() => claim('keeps').holds(false, evidence))).toEqual({ claim: 'keeps', ...evidence })
    expect(ledger.asserted.size).toBe(0)
  })
})

test('the facts given with an exchange reach the diagnosis', () => {
  const { claim } = setUp()
  expect(evidenceOf(() => claim('accepts', answer(400), { variant: 'array' }).status(200)).facts).toEqual({
    variant: 'array',
  })
})

test('the step that an exchange came from says what was done', () => {
  const { ledger, claim } = setUp()
  const exchange = answer(400)
  ledger.steps.set(exchange, 'sign in with the last letter changed')
  expect(evidenceOf(() => claim('accepts', exchange).status(200)).did).toBe('sign in with the last letter changed')
})

test('an assertion on a claim that the check does not have is the grader’s mistake', () => {
  const { ledger, claim } = setUp()
  const loose = claim as unknown as (name: string, exchange?: Exchange) => unknown
  expect(() => loose('invented', answer(200))).toThrow(GraderBug)
  expect(() => loose('invented')).toThrow(/"invented"/)
  expect(ledger.asserted.size).toBe(0)
})

test('a refusal of malformed input is neither "not here" nor "slow down" nor a success', () => {
  for (const status of [200, 404, 405, 409, 429, 500]) expect(anyClientError).not.toContain(status)
  for (const status of [400, 413, 415, 422]) expect(anyClientError).toContain(status)
})
