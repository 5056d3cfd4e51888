import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Lab } from '../catalog/index.ts'
import { clausesOf } from './core/check.ts'
import { GraderBug } from './core/failure.ts'
import { checkOf, works } from './fixtures/fakes.ts'
import { loadChecks, selectChecks, UnknownCheck, ungradedClauses } from './load.ts'

const contract = ['login.1', 'login.2'].map((id) => ({ id, text: 't', sources: [] }))
let dir: string
let lab: Lab
const put = async (file: string, id: string, clause = 'login.1', settings = 'base') => {
  await mkdir(path.join(dir, 'checks'), { recursive: true })
  await writeFile(
    path.join(dir, 'checks', file),
    `export const one = { id: '${id}', settings: '${settings}', claims: { works: { clause: '${clause}', says: 's' } }, run: async () => {}, diagnose: [] }
     export const helper = () => 1\nexport const list = [1]\n`,
  )
}
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'load-'))
  lab = { id: 'L01', contract, dir, settings: { base: {}, strict: {} } } as unknown as Lab
})
afterEach(() => rm(dir, { recursive: true }))

describe('the checks of a lab', () => {
  test('are the exported checks of its check files, by id', async () => {
    await put('z.check.ts', 'C01')
    await put('a.check.ts', 'C02h', 'login.2')
    await put('m.check.ts', 'C02')
    await put('kit.ts', 'C99')
    await put('kit.test.ts', 'C98')
    expect((await loadChecks(lab)).map((c) => c.id)).toEqual(['C01', 'C02', 'C02h'])
  })
  test('are none where there is no folder', async () => {
    expect(await loadChecks(lab)).toEqual([])
  })
  test('with one id twice are the grader’s mistake', async () => {
    await put('a.check.ts', 'C01')
    await put('b.check.ts', 'C01')
    await expect(loadChecks(lab)).rejects.toThrow(GraderBug)
    await expect(loadChecks(lab)).rejects.toThrow('C01')
  })
  test('may name no settings that the lab does not have', async () => {
    await put('a.check.ts', 'C01', 'login.1', 'strict')
    expect(await loadChecks(lab)).toHaveLength(1)
    await put('b.check.ts', 'C02', 'login.1', 'strickt')
    await expect(loadChecks(lab)).rejects.toThrow(/C02 names the settings strickt.*Did you mean strict\?/)
  })
  test('may cite no clause that the contract does not have', async () => {
    await put('a.check.ts', 'C01', 'logn.1')
    await expect(loadChecks(lab)).rejects.toThrow(GraderBug)
    await expect(loadChecks(lab)).rejects.toThrow(/C01\.works cites the clause logn\.1.*Did you mean login\.1\?/)
  })
})

test('clauses that nobody grades are told', () => {
  const claims = { a: { clause: 'login.2', says: '' }, b: { clause: 'login.2', says: '' } }
  const check = checkOf('C01', async () => {}, { claims })
  expect(clausesOf(check)).toEqual(['login.2'])
  expect(ungradedClauses(lab, [check])).toEqual(['login.1'])
})

describe('a selection', () => {
  const first = checkOf('C01', async (kit) => works(kit))
  const second = checkOf('C02', async (kit) => works(kit), { needs: { first } })
  const third = checkOf('C03h', async (kit) => works(kit), { needs: { second } })
  const other = checkOf('C04', async (kit) => works(kit))
  const all = [first, second, third, other]
  const ids = (...words: string[]) => selectChecks(all, words).map((c) => c.id)

  test('of nothing is everything', () => {
    expect(ids()).toEqual(['C01', 'C02', 'C03h', 'C04'])
  })
  test('is in the order of the lab, each once, whatever the letter case', () => {
    expect(ids('c04', 'C01', 'C04')).toEqual(['C01', 'C04'])
  })
  test('brings what it needs, which it would wait for otherwise', () => {
    expect(ids('C03h')).toEqual(['C01', 'C02', 'C03h'])
  })
  test('of an unknown check says what was meant, and what there is', () => {
    expect(() => ids('C03')).toThrow(UnknownCheck)
    expect(() => ids('C03')).toThrow(/There is no check "C03"\. Did you mean C0\S+ Checks: C01, C02, C03h, C04\./)
  })
})
