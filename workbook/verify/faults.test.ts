import { describe, expect, it } from 'vitest'
import { faults } from './fault-table.ts'
import { type Aftermath, judgeFault, type Met } from './faults.ts'

const fault = {
  id: 'f',
  transport: 'process',
  codes: [3],
  says: /No check ran/,
  seconds: 10,
  keeps: true,
  quick: true,
} as const
const fine = { code: 3, stdout: 'No check ran: x\n', stderr: '', seconds: 1 }
const after: Aftermath = { left: [], kept: true }
const texts = (met: Partial<Met['outcome']>, more: Partial<Aftermath> = {}, unstable?: true) =>
  judgeFault(unstable ? { ...fault, unstable } : fault, { outcome: { ...fine, ...met } }, { ...after, ...more }).map(
    (c) => c.text,
  )

describe('a fault that was met', () => {
  it('as it has to be has no complaint', () => {
    expect(texts({})).toEqual([])
    expect(texts({ stdout: '', stderr: 'No check ran' })).toEqual([])
  })

  it.each([
    ['another exit code', { code: 1 }, 'exit code 1, expected 3'],
    ['a command that was killed', { code: null }, 'exit code null'],
    ['another sentence', { stdout: 'Something went wrong\n' }, 'does not say /No check ran/'],
    ['a failed check', { stdout: 'FAIL     C01   It\nNo check ran' }, 'blames a check: FAIL C01 It'],
    ['a check of ours that broke', { stdout: 'GRADER   C01   It\nNo check ran' }, 'blames a check: GRADER C01'],
    ['an unstable check', { stdout: 'UNSTABLE C01   It\nNo check ran' }, 'blames a check: UNSTABLE C01'],
    ['a stack of ours', { stderr: 'Error: x\n    at run (file.ts:1:2)\n' }, 'prints a stack'],
    ['terminal sequences', { stdout: '\u001b[2KNo check ran' }, 'control characters'],
    ['patience', { seconds: 11 }, '11 s, at most 10 s'],
  ])('with %s has one', (_, outcome, text) => {
    expect(texts(outcome)).toEqual([expect.stringContaining(text)])
  })

  it('with something left running, or a result that should not be there, has one', () => {
    expect(texts({}, { left: ['4711 node server.ts'] })).toEqual(['leaves running: 4711 node server.ts'])
    expect(texts({}, { kept: false })).toEqual(['no result is kept'])
  })

  it('may be unstable where the server was away for a moment', () => {
    expect(texts({ stdout: 'UNSTABLE C01   It\nNo check ran' }, {}, true)).toEqual([])
    expect(texts({ stdout: 'FAIL     C01   It\nNo check ran' }, {}, true)).toHaveLength(1)
  })
})

it('the table names each fault once', () => {
  expect(new Set(faults.map((f) => f.id)).size).toBe(faults.length)
})
