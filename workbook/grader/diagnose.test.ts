import { describe, expect, test } from 'vitest'
import type { Diagnosis } from './core/check.ts'
import type { Trouble } from './core/exchange.ts'
import type { Evidence } from './core/failure.ts'
import { diagnose, generalDiagnoses } from './diagnose.ts'
import { answered, checkOf, troubled } from './fixtures/fakes.ts'

const own = (when: Diagnosis['when']): Diagnosis[] => [{ id: 'own', when, why: 'own', hints: ['1', '2', '3'] }]
const told = (evidence: Partial<Evidence>, diagnoses: Diagnosis[] = []) =>
  diagnose(
    checkOf('C01', async () => {}, { diagnose: diagnoses }),
    { claim: 'works', expected: 'x', received: 'y', ...evidence },
  )
const idOf = (evidence: Partial<Evidence>, diagnoses: Diagnosis[] = []) => told(evidence, diagnoses).id

describe('no answer', () => {
  test.each<[Trouble['kind'], string]>([
    ['refused', 'not-listening'],
    ['closed', 'closed-connection'],
    ['timeout', 'hangs'],
    ['too-large', 'huge-answer'],
    ['invalid', 'no-http'],
  ])('%s is %s, whatever the check thinks', (kind, id) => {
    expect(idOf({ exchange: troubled(kind) })).toBe(id)
    expect(
      idOf(
        { exchange: troubled(kind) },
        own(() => true),
      ),
    ).toBe(id)
  })
})

describe('an answer of the wrong kind', () => {
  test.each([
    ['server-error', answered(500)],
    ['server-error', answered(503, '<html>')],
    ['not-json', answered(200, '\n <!doctype html>')],
    ['redirect', answered(302)],
    ['no-such-route', answered(404, 'nope')],
    ['no-such-route', answered(405)],
    ['unrecognised', answered(200, 'plain')],
    ['unrecognised', answered(401)],
  ])('is %s (%#)', (id, exchange) => {
    expect(idOf({ exchange })).toBe(id)
  })
  test('is explained by the check where it knows better', () => {
    expect(
      idOf(
        { exchange: answered(500) },
        own((f) => f.status === 500),
      ),
    ).toBe('own')
    expect(
      idOf(
        { exchange: answered(500) },
        own((f) => f.status === 501),
      ),
    ).toBe('server-error')
  })
  test('a wrong code is that, and nothing else', () => {
    expect(idOf({ exchange: answered(404), facts: { wrongCode: true } })).toBe('wrong-code')
    expect(idOf({ exchange: answered(401), facts: { wrongCode: false } })).toBe('unrecognised')
  })
})

test('a diagnosis sees the claim, the status, the body, the exchange and the facts', () => {
  let seen: Parameters<Diagnosis['when']>[0] | undefined
  const exchange = answered(401, '{"code":"x"}')
  told(
    { exchange, facts: { n: 1 } },
    own((f) => {
      seen = f
      return true
    }),
  )
  expect(seen).toEqual({ claim: 'works', status: 401, body: '{"code":"x"}', exchange, facts: { n: 1 } })
})

test('a diagnosis without an exchange sees no status and an empty body', () => {
  let seen: Parameters<Diagnosis['when']>[0] | undefined
  told(
    {},
    own((f) => {
      seen = f
      return true
    }),
  )
  expect(seen).toEqual({ claim: 'works', status: undefined, body: '', exchange: undefined, facts: {} })
})

test('the first that holds is told', () => {
  const list: Diagnosis[] = ['a', 'b', 'c'].map((id) => ({ id, when: () => id !== 'a', why: id, hints: ['', '', ''] }))
  expect(idOf({}, list)).toBe('b')
})

test('where nobody knows, the claim itself is the explanation, with three hints', () => {
  expect(told({})).toMatchObject({ id: 'unrecognised', why: 'It does not hold that it works.' })
  expect(told({}).hints).toHaveLength(3)
})

describe('the general diagnoses', () => {
  test('are named for mutants that no diagnosis of a check fits, each once, and the fallback is none of them', () => {
    expect(generalDiagnoses).toEqual(expect.arrayContaining(['hangs', 'wrong-code']))
    expect(new Set(generalDiagnoses).size).toBe(generalDiagnoses.length)
    expect(generalDiagnoses).not.toContain('unrecognised')
  })
})
