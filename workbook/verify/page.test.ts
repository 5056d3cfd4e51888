import { describe, expect, test } from 'vitest'
import type { FullReport } from './full.ts'
import { type ProofReport, renderPage, table } from './page.ts'

const full: FullReport = {
  schema: 1,
  lab: 'L01',
  seed: 'abc123',
  sets: ['cheats', 'claims', 'faults', 'soak'],
  rows: [
    {
      set: 'cheat',
      id: 'always-200',
      transport: 'process',
      ms: 10,
      results: [{ id: 'C01', verdict: 'fail', ms: 1 }],
      complaints: [{ kind: 'false-pass', program: 'always-200', check: 'C01', text: 'a | b\nc' }],
    },
    { set: 'fault', id: 'no-engine', transport: 'container', ms: 1, results: [], complaints: [] },
    { set: 'fault', id: 'disk-full', transport: 'process', ms: 1, results: [], complaints: [], skipped: 'no root' },
  ],
  claims: [
    { check: 'C01', claim: 'works', clause: 'a.1', state: 'needed', stops: ['m'] },
    { check: 'C01', claim: 'idle', clause: 'a.2', state: 'unnoticed', stops: [] },
  ],
  soaks: [{ transport: 'process', checks: 'shared', runs: 300, bad: 0, bound: 0.00994, nonPasses: [], times: [] }],
  times: { C01: { runs: 300, p50: 5, p95: 9, most: 12 } },
  complaints: [],
  falsePasses: 1,
  falseFails: 0,
  ok: false,
  ms: 1,
}
const report: ProofReport = {
  schema: 1,
  made: '2026-01-01',
  node: 'v24.0.0',
  platform: 'linux-x64',
  labs: [{ title: 'T', commit: 'abcdef1-dirty', checks: ['C01'], gate: null, full }],
}

describe('the page', () => {
  const lines = renderPage(report).split('\n')
  const cells = lines.filter((l) => l.startsWith('|')).map((l) => l.split(/ *(?<!\\)\| */).slice(1, -1))
  test('says of which state it is', () => {
    expect(lines.join('\n')).toContain('Seed abc123, commit abcdef1-dirty. ')
  })
  test('counts false passes and false fails', () => {
    expect(lines.join('\n')).toContain('**1 false pass, 0 false fails**')
  })
  test('says of each set how large it is, or that it did not run', () => {
    expect(cells).toContainEqual(['cheats', '1', '1'])
    expect(cells).toContainEqual(['mutants', 'not run', ''])
  })
  test('gives soaks with their bound, times with their spread', () => {
    expect(cells).toContainEqual(['process', 'without clocks, timing and races', '300', '0', '0.99 %'])
    expect(cells).toContainEqual(['C01', '300', '5', '9', '12'])
  })
  test('tells a fault that could not be made from one that was met', () => {
    expect(cells).toContainEqual(['faults of the machine', '1, and 1 not here', '0'])
    expect(cells).toContainEqual(['no-engine', 'container', 'as it must be'])
    expect(cells).toContainEqual(['disk-full', 'process', 'not run: no root'])
    expect(lines.filter((l) => /^(no-engine|disk-full) /.test(l))).toEqual([])
  })
  test('lists claims that nobody would miss', () => {
    expect(cells).toContainEqual(['C01', '`idle`', 'a.2', 'nothing'])
    expect(cells.flat()).not.toContain('`works`')
  })
  test('keeps a complaint in its cell', () => {
    expect(cells).toContainEqual(['false-pass', 'always-200', 'C01', 'a \\| b c'])
  })
  test('shows the matrix', () => {
    expect(lines).toContain('always-200                  F')
  })
})

test('columns of a table are equally wide', () => {
  expect(table(['A', 'Bee'], [['long', '']])).toEqual(['| A    | Bee |', '| ---- | --- |', '| long |     |'])
})
