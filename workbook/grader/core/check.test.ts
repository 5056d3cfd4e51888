import { describe, expect, test } from 'vitest'
import { type AnyCheck, type Claim, check, type Diagnosis } from './check.ts'
import { GraderBug } from './failure.ts'

const define = (claims: Record<string, Claim>, diagnose: Diagnosis[] = []) =>
  check({
    id: 'C01',
    title: 'T',
    level: 'core',
    rationale: 'R',
    claims: claims as never,
    capabilities: ['http'],
    lane: 'shared',
    budget: { ms: 1, requests: 1 },
    lesson: 'x#y',
    sources: [],
    run: async () => {},
    diagnose,
  } as AnyCheck)

const diagnosis = (id: string): Diagnosis => ({ id, when: () => true, why: 'w', hints: ['1', '2', '3'] })

describe('the definition of a check', () => {
  test('that is whole is given back as it is', () => {
    const claims = {
      yes: { clause: 'a.1', says: 's' },
      no: { clause: 'a.2', says: 's', twin: 'yes' },
      more: { clause: 'a.2', says: 's', twin: 'yes' },
    }
    expect(define(claims, [diagnosis('a'), diagnosis('b')]).claims).toEqual(claims)
  })
  test('without a claim asserts nothing', () => {
    expect(() => define({})).toThrow(GraderBug)
    expect(() => define({})).toThrow('C01: asserts nothing')
  })
  test('with a twin that it does not have', () => {
    expect(() => define({ no: { clause: 'a.1', says: 's', twin: 'yes' } })).toThrow(
      'C01: the twin yes of no is no claim of it',
    )
  })
  test('with a twin that is a refusal itself: nothing would have to succeed', () => {
    expect(() =>
      define({
        yes: { clause: 'a.1', says: 's' },
        no: { clause: 'a.1', says: 's', twin: 'yes' },
        never: { clause: 'a.1', says: 's', twin: 'no' },
      }),
    ).toThrow('C01: the twin no of never is a refusal itself')
  })
  test('with a refusal that is its own twin', () => {
    expect(() => define({ no: { clause: 'a.1', says: 's', twin: 'no' } })).toThrow(GraderBug)
  })
  test('with two diagnoses of one id', () => {
    expect(() =>
      define({ yes: { clause: 'a.1', says: 's' } }, [diagnosis('a'), diagnosis('b'), diagnosis('a')]),
    ).toThrow('C01: two diagnoses are called a')
  })
})
