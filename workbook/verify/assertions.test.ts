import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { check } from '../grader/core/check.ts'
import type { Exchange } from '../grader/core/exchange.ts'
import { expectOf, type Ledger } from '../grader/core/expect.ts'
import { ClaimFailed } from '../grader/core/failure.ts'
import { complaintsOfClaims, type Finding, inverted, judgeClaims, weakened } from './assertions.ts'

const answer = (status: number, json: unknown): Exchange => ({
  method: 'GET',
  url: 'http://127.0.0.1/api/x',
  requestHeaders: {},
  response: { status, headers: {}, headerNames: [], body: JSON.stringify(json), json },
  ms: 1,
  at: 0,
})

const sample = check({
  id: 'C01',
  title: 'T',
  level: 'core',
  rationale: 'R',
  claims: {
    works: { clause: 'a.1', says: 'it works' },
    refuses: { clause: 'a.2', says: 'it refuses', twin: 'works' },
    fact: { clause: 'a.3', says: 'it is so' },
  },
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 1, requests: 1 },
  lesson: 'a/b#c',
  sources: [],
  async run({ expect }) {
    expect('works', answer(500, {}))
      .status(200)
      .json(z.object({ id: z.string() }), '{id}')
    expect('refuses', answer(200, {})).refused([401], 'code')
    expect('fact').holds(false, { expected: 'so', received: 'not so' })
  },
  diagnose: [],
})

/** Runs it as the grader would, and gives the claims that count as asserted. */
async function run(broken: Set<string>, claims?: readonly string[]) {
  const ledger: Ledger = { asserted: new Set(), steps: new WeakMap() }
  const context = { expect: expectOf(sample.claims, ledger) }
  await weakened(sample, broken, claims).run(context as never)
  return [...ledger.asserted]
}

describe('a check with claims taken out', () => {
  test('comes to its end, counts them as asserted, and says which would have failed', async () => {
    const broken = new Set<string>()
    expect(await run(broken)).toEqual(['works', 'refuses', 'fact'])
    expect([...broken]).toEqual(['works', 'refuses', 'fact'])
  })
  test('still fails by a claim that was left in', async () => {
    const broken = new Set<string>()
    await expect(run(broken, ['works'])).rejects.toThrow(ClaimFailed)
    expect([...broken]).toEqual(['works'])
  })
  test('with none taken out is the check', async () => {
    await expect(run(new Set(), [])).rejects.toMatchObject({ evidence: { claim: 'works' } })
  })
})

describe('what claims are good for', () => {
  const finding = (program: string, broken: string[], verdict: Finding['verdict'] = 'pass'): Finding => ({
    program,
    check: 'C01',
    broken,
    verdict,
  })
  const states = (...findings: Finding[]) =>
    Object.fromEntries(judgeClaims([sample], findings).map((row) => [row.claim, row.state]))

  test('a claim that alone stops a wrong program is needed', () => {
    expect(states(finding('m', ['fact'])).fact).toBe('needed')
  })
  test('one that never stops anything is unnoticed', () => {
    expect(states()).toEqual({ works: 'unnoticed', refuses: 'unnoticed', fact: 'unnoticed' })
  })
  test('one beside which others stop the same program is shared', () => {
    expect(states(finding('m', ['refuses', 'fact']))).toMatchObject({ refuses: 'shared', fact: 'shared' })
  })
  test('one without which the check fails on what it builds on is shared', () => {
    expect(states(finding('m', ['fact'], 'fail')).fact).toBe('shared')
  })
  test('one without which the check cannot come to its end is needed', () => {
    expect(states(finding('m', ['fact'], 'grader')).fact).toBe('needed')
  })
  test('one without which a mutant gets another diagnosis is told', () => {
    const found = { ...finding('m', ['refuses', 'fact']), told: 'refuses' }
    expect(states(found)).toMatchObject({ refuses: 'told', fact: 'shared' })
  })
  test('a positive control that stops something is no more than that', () => {
    expect(states(finding('cheat', ['works', 'fact']))).toMatchObject({ works: 'twin', fact: 'shared' })
  })
  test('a positive control is guarded where what it would stop is blocked before it', () => {
    const states = (...programs: [string, Finding['verdict']][]) =>
      Object.fromEntries(
        judgeClaims(
          [sample],
          programs.map(([name, verdict]) => finding(name, [], verdict)),
        ).map((row) => [row.claim, row.state]),
      )
    expect(states(['cheat', 'blocked'])).toEqual({ works: 'guarded', refuses: 'unnoticed', fact: 'unnoticed' })
    expect(states(['cheat', 'fail'])).toMatchObject({ works: 'guarded' })
    expect(states(['cheat', 'not-run'])).toMatchObject({ works: 'unnoticed' })
  })
  test('findings of another check do not count', () => {
    expect(states({ ...finding('m', ['fact']), check: 'C02' }).fact).toBe('unnoticed')
  })
  test('red are those that nobody would miss, with what they stop', () => {
    const rows = judgeClaims(
      [sample],
      [finding('m', ['fact']), finding('n', ['works', 'refuses']), finding('o', ['works', 'refuses'])],
    )
    expect(complaintsOfClaims(rows)).toEqual([
      {
        kind: 'unnoticed',
        program: '',
        check: 'C01',
        text: 'refuses (a.2): what it stops (n, o) is stopped without it too',
      },
    ])
  })
})

describe('a check with a claim turned round', () => {
  const right = check({
    ...sample,
    async run({ expect }) {
      expect('works', answer(200, { id: '1' }))
        .status(200)
        .json(z.object({ id: z.string() }), '{id}')
      expect('refuses', answer(401, { code: 'code' })).refused([401], 'code')
    },
  })
  const grade = async (claim: string) => {
    const ledger: Ledger = { asserted: new Set(), steps: new WeakMap() }
    await inverted(right, claim).run({ expect: expectOf(right.claims, ledger) } as never)
  }

  test('fails where the assertion holds, by that very claim', async () => {
    for (const claim of ['works', 'refuses']) await expect(grade(claim)).rejects.toMatchObject({ evidence: { claim } })
  })
  test('passes where the claim is never asserted: that is what is looked for', async () => {
    await expect(grade('fact')).resolves.toBeUndefined()
  })
})
