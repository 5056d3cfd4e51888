import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { EnvironmentTrouble } from '../stack/types.ts'
import { breaks, checkOf, course, fakeKits, grade, living, troubled, works } from './fixtures/fakes.ts'
import { furtherSettings } from './grounds.ts'
import type { Ground } from './run.ts'

const ground = (more: Partial<Ground['stack']> = {}): Ground => ({ stack: { ...living, ...more }, kits: fakeKits() })
const strict = (id: string, run: Parameters<typeof checkOf>[1], more: Parameters<typeof checkOf>[2] = {}) =>
  checkOf(id, run, { settings: 'strict', ...more })

const started = async (order: string[]) => {
  await sleep(300)
  order.push('strict')
  return ground()
}

describe('the settings that a run needs', () => {
  test('are those of its checks, without the base, and without checks of another design', () => {
    const checks = [
      checkOf('C01', async () => {}),
      strict('C02', async () => {}),
      strict('C03', async () => {}),
      checkOf('C04', async () => {}, { settings: 'clocks', onlyFor: () => 'another design' }),
      checkOf('C05', async () => {}, { settings: 'base' }),
    ]
    expect(furtherSettings(checks, course)).toEqual(['strict'])
  })
})

describe('a check of further settings', () => {
  test('is graded on the ground of its own, which is asked for once', async () => {
    const asked: string[] = []
    const marked = (name: string): Ground => ({
      stack: living,
      kits: { offers: () => undefined, kitFor: (...w) => ({ ...fakeKits().kitFor(...w), unique: () => name }) },
    })
    const seen: Record<string, string> = {}
    const note = (id: string) => async (kit: Parameters<Parameters<typeof checkOf>[1]>[0]) => {
      seen[id] = kit.unique()
      works(kit)
    }
    const ran = await grade([checkOf('C01', note('C01')), strict('C02', note('C02')), strict('C03', note('C03'))], {
      ...marked('base'),
      further: async (name) => {
        asked.push(name)
        return marked(name)
      },
    })
    expect(ran.results.map((r) => r.verdict)).toEqual(['pass', 'pass', 'pass'])
    expect(seen).toEqual({ C01: 'base', C02: 'strict', C03: 'strict' })
    expect(asked).toEqual(['strict'])
  })
  test('waits for its stack outside its own time, and after the others', async () => {
    const order: string[] = []
    const ran = await grade(
      [
        strict('C01', async (kit) => works(kit), { budget: { ms: 100, requests: 1 } }),
        checkOf('C02', async (kit) => {
          order.push('C02')
          works(kit)
        }),
      ],
      { further: () => started(order) },
    )
    expect(ran.results.map((r) => r.verdict)).toEqual(['pass', 'pass'])
    expect(order).toEqual(['C02', 'strict'])
  })
  test('whose stack did not come up is env, and nobody else is', async () => {
    const ran = await grade([strict('C01', async (kit) => works(kit)), checkOf('C02', async (kit) => works(kit))], {
      further: async () => {
        throw new EnvironmentTrouble('The API ended during its start.', 'Mend it.', ['a', 'REUSE_GRACE must be > 0'])
      },
    })
    expect(ran.of('C01')).toMatchObject({
      verdict: 'env',
      reason: expect.stringMatching(/"strict": The API ended.*REUSE_GRACE/),
    })
    expect(ran.of('C02').verdict).toBe('pass')
  })
  test('that kills its server, or loses its database, says nothing of another server', async () => {
    const refused = troubled('refused')
    const dead = await grade(
      [
        strict('C01', async (kit) => breaks(kit, refused), { lane: 'alone' }),
        strict('C02', async (kit) => works(kit), { lane: 'alone' }),
        checkOf('C03', async (kit) => works(kit), { lane: 'alone' }),
      ],
      {
        further: async () =>
          ground({ alive: async () => ({ alive: false, detail: 'd', log: [] }), revive: async () => false }),
      },
    )
    expect(dead.results.map((r) => r.verdict)).toEqual(['fail', 'blocked', 'pass'])
    const lost = await grade(
      [
        strict('C01', async (kit) => breaks(kit), { lane: 'alone' }),
        strict('C02', async (kit) => works(kit), { lane: 'alone' }),
        checkOf('C03', async (kit) => works(kit), { lane: 'alone' }),
      ],
      { further: async () => ground({ present: async () => false }) },
    )
    expect(lost.results.map((r) => r.verdict)).toEqual(['env', 'env', 'pass'])
  })
  test('is graded also where the base is dead by then', async () => {
    const ran = await grade(
      [
        checkOf('C01', async (kit) => breaks(kit, troubled('refused'))),
        strict('C02', async (kit) => works(kit), { lane: 'last' }),
      ],
      {
        stack: { ...living, alive: async () => ({ alive: false, detail: 'd', log: [] }), revive: async () => false },
        further: async () => ground(),
      },
    )
    expect(ran.results.map((r) => r.verdict)).toEqual(['fail', 'pass'])
  })
  test('without stacks of their own is graded on the one: a server behind --url', async () => {
    expect((await grade([strict('C01', async (kit) => works(kit))])).of('C01').verdict).toBe('pass')
  })
})
