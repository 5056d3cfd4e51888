import { describe, expect, test } from 'vitest'
import type { MutantData } from '../catalog/index.ts'
import type { CheckResult, Verdict } from '../grader/core/verdict.ts'
import { CHEAT_MS, judgeCheat, judgeCoverage, judgeMutant, judgeRight, judgeStarter } from './judge.ts'

const result = (id: string, verdict: Verdict, more: Partial<CheckResult> = {}): CheckResult => ({
  id,
  title: 'T',
  level: 'core',
  verdict,
  ms: 1,
  planned: 1,
  asserted: 1,
  requests: 1,
  clauses: [],
  ...more,
})
const failed = (id: string, diagnosis: string) =>
  result(id, 'fail', {
    failure: {
      claim: 'refuses',
      clause: 'a.1',
      did: '',
      expected: '422',
      received: '201',
      diagnosis,
      why: '',
      hints: [],
      log: [],
    },
  })
const mutant: MutantData = { id: 'min-8', title: 'T', killedBy: 'C05', diagnosis: 'short-accepted' }
const never = () => false
const notPass: Verdict[] = ['fail', 'blocked', 'not-run', 'env', 'grader', 'unstable']

describe('a right program', () => {
  test('that passes everything gives no complaint', () => {
    expect(judgeRight('solution', [result('C01', 'pass'), result('C02', 'pass')], never)).toEqual([])
  })
  test.each(notPass)('with a check that is %s is a false fail', (verdict) => {
    expect(judgeRight('solution', [result('C01', 'pass'), result('C02', verdict, { reason: 'why' })], never)).toEqual([
      { kind: 'false-fail', program: 'solution', check: 'C02', text: `${verdict}: why` },
    ])
  })
  test('may leave out what its declared design rules out, and nothing else', () => {
    const results = [result('C13', 'not-run'), result('C14', 'not-run'), result('C15', 'fail')]
    expect(judgeRight('solution', results, (id) => id !== 'C14').map((c) => c.check)).toEqual(['C14', 'C15'])
  })
  test('a failure is told with diagnosis, claim, expected and received', () => {
    expect(judgeRight('solution', [failed('C05', 'short-accepted')], never)[0]?.text).toBe(
      'fail: short-accepted, claim refuses; expected 422; received 201',
    )
  })
  test('without any result is no proof', () => {
    expect(judgeRight('solution', [], never)).not.toEqual([])
  })
})

describe('the starter', () => {
  test('with exactly the recorded verdicts gives no complaint', () => {
    expect(judgeStarter({ C01: 'pass', C02: 'fail' }, [result('C01', 'pass'), failed('C02', 'd')])).toEqual([])
  })
  test('with another verdict than recorded', () => {
    expect(judgeStarter({ C01: 'fail' }, [result('C01', 'pass')])).toEqual([
      { kind: 'starter', program: 'starter', check: 'C01', text: 'recorded fail, got pass' },
    ])
  })
  test('with a check that is not recorded', () => {
    expect(judgeStarter({}, [result('C01', 'pass')])).toMatchObject([
      { check: 'C01', text: 'recorded nothing, got pass' },
    ])
  })
  test('with a record of a check that there is not', () => {
    expect(judgeStarter({ C09: 'fail' }, [])).toMatchObject([
      { kind: 'starter', check: 'C09', text: 'recorded, but there is no such check' },
    ])
  })
})

describe('a mutant', () => {
  const kill = failed('C05', 'short-accepted')

  test('that the named check kills with the named diagnosis gives no complaint', () => {
    expect(judgeMutant(mutant, [result('C01', 'pass'), kill], never)).toEqual([])
  })
  test('that survives is a false pass', () => {
    expect(judgeMutant(mutant, [result('C05', 'pass')], never)).toEqual([
      { kind: 'false-pass', program: 'min-8', check: 'C05', text: 'survived' },
    ])
  })
  test('that is killed with another diagnosis', () => {
    expect(judgeMutant(mutant, [failed('C05', 'hangs')], never)).toEqual([
      {
        kind: 'elsewhere',
        program: 'min-8',
        check: 'C05',
        text: 'diagnosis hangs (claim refuses), expected short-accepted',
      },
    ])
  })
  test.each(notPass.filter((v) => v !== 'fail'))('whose check is %s is not killed', (verdict) => {
    expect(judgeMutant(mutant, [result('C05', verdict)], () => true)).toMatchObject([
      { kind: 'elsewhere', check: 'C05', text: verdict },
    ])
  })
  test('that names a check that there is not', () => {
    expect(judgeMutant(mutant, [result('C01', 'pass')], never)).toMatchObject([
      { kind: 'coverage', program: 'min-8', check: 'C05', text: 'there is no such check' },
    ])
  })
  test.each(notPass)('that makes another check %s', (verdict) => {
    expect(judgeMutant(mutant, [kill, result('C01', verdict)], never)).toMatchObject([
      { kind: 'elsewhere', program: 'min-8', check: 'C01' },
    ])
  })
  test('may block others by its check, and by no other', () => {
    const results = [
      kill,
      result('C06', 'blocked', { blockedBy: 'C05' }),
      result('C07', 'blocked', { blockedBy: 'C01' }),
    ]
    expect(judgeMutant(mutant, results, never).map((c) => c.check)).toEqual(['C07'])
  })
  test('may block what waits for a check that its own one blocks', () => {
    const results = [
      kill,
      result('C06', 'blocked', { blockedBy: 'C05' }),
      result('C07', 'blocked', { blockedBy: 'C06' }),
    ]
    expect(judgeMutant(mutant, results, never)).toEqual([])
  })
  test('may leave out checks of another design', () => {
    expect(judgeMutant(mutant, [kill, result('C13', 'not-run')], (id) => id === 'C13')).toEqual([])
    expect(judgeMutant(mutant, [kill, result('C13', 'not-run')], never)).toHaveLength(1)
  })
})

describe('coverage', () => {
  const of = (...checks: string[]) => checks.map((killedBy, i) => ({ ...mutant, id: `m${i}`, killedBy }))
  test('two mutants a check are enough', () => {
    expect(judgeCoverage(['C01', 'C02'], of('C01', 'C02', 'C01', 'C02', 'C02'))).toEqual([])
  })
  test('one or none is not', () => {
    expect(judgeCoverage(['C01', 'C02', 'C03'], of('C01', 'C01', 'C02'))).toEqual([
      { kind: 'coverage', program: '', check: 'C02', text: '1 mutant, at least 2 are needed' },
      { kind: 'coverage', program: '', check: 'C03', text: '0 mutants, at least 2 are needed' },
    ])
  })
})

describe('a further track', () => {
  test('needs one mutant for each check', () => {
    const one: MutantData[] = [{ id: 'm', title: 'T', killedBy: 'C01', diagnosis: 'd' }]
    expect(judgeCoverage(['C01', 'C02'], one, { track: 'fastapi' })).toEqual([
      { kind: 'coverage', program: '', check: 'C02', text: '0 mutants of the track fastapi, at least 1 is needed' },
    ])
  })
})

describe('a cheat', () => {
  const cheat = { id: 'always-200', passes: ['C08'] }
  const kinds = (results: CheckResult[], ms = 1) => judgeCheat(cheat, results, ms, never).map((c) => [c.kind, c.check])

  test('that fails, or waits, gives no complaint', () => {
    expect(kinds([failed('C01', 'd'), result('C02', 'blocked', { blockedBy: 'C01' })])).toEqual([])
  })
  test('that did not start has nothing that could have passed', () => {
    expect(kinds([])).toEqual([])
  })
  test('may pass the checks whose clauses it keeps, and no other', () => {
    expect(kinds([failed('C01', 'd'), result('C08', 'pass'), result('C09', 'pass')])).toEqual([['false-pass', 'C09']])
  })
  test('with a green run is a false pass, whatever it may pass', () => {
    expect(kinds([result('C08', 'pass')])).toEqual([['false-pass', '']])
  })
  test('that breaks a check crashes the grader', () => {
    expect(kinds([result('C01', 'grader', { reason: 'why' })])).toEqual([['crash', 'C01']])
  })
  test('may not get around a check', () => {
    expect(kinds([failed('C01', 'd'), result('C02', 'not-run')])).toEqual([['crash', 'C02']])
    expect(judgeCheat(cheat, [failed('C01', 'd'), result('C13', 'not-run')], 1, (id) => id === 'C13')).toEqual([])
  })
  test('puts nothing on the terminal', () => {
    const bad = failed('C01', 'd')
    if (bad.failure) bad.failure.received = '200 \u001b[2J'
    expect(kinds([bad])).toEqual([['crash', 'C01']])
  })
  test('may take its time, and no more', () => {
    expect(kinds([failed('C01', 'd')], CHEAT_MS + 1)).toEqual([['hang', '']])
  })
})
