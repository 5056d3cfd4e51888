import { describe, expect, test } from 'vitest'
import type { CheckResult, FailureReport, Verdict } from '../core/verdict.ts'
import { field, type Look, renderHeading, renderNext, renderResult, renderSummary } from './terminal.ts'

const plain: Look = { colour: false, columns: 80, all: false }
const colour: Look = { ...plain, colour: true }

const result = (over: Partial<CheckResult> = {}): CheckResult => ({
  id: 'C01',
  title: 'Register, sign in, who am I',
  level: 'core',
  verdict: 'pass',
  ms: 41,
  planned: 1,
  asserted: 1,
  requests: 3,
  clauses: ['login.1'],
  ...over,
})
const failure: FailureReport = {
  claim: 'refuses',
  clause: 'password.2',
  did: 'register with a password of 14 characters (POST /api/auth/register)',
  expected: '422 or 400 with the code password_too_short',
  received: '201 {"id":"0f2c","email":"bada.1f@kiro.example","displayName":"Lumo Gira","role":"member"}',
  diagnosis: 'short-accepted',
  why: 'Passwords of 14 characters get in. An attacker who has the table tries short ones first. There is more.',
  hints: ['a', 'b', 'c'],
  curl: `curl -i -X POST 'http://127.0.0.1:3000/api/auth/register' -H 'content-type: application/json' --data-binary '{"a":1}'`,
  log: [
    '{"time":"2026-11-22T12:00:00.000Z","requestId":"r-1","method":"POST","path":"/api/auth/register","status":201}',
  ],
}
const failed = result({ id: 'C05', title: 'Fifteen characters are enough', verdict: 'fail', ms: 88, failure })

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that are looked for
const stripped = (text: string) => text.replace(/\u001b\[\d+m/g, '')
const widths = (text: string) =>
  stripped(text)
    .split('\n')
    .map((line) => [...line].length)

describe('a result in a line', () => {
  test('a pass', () => {
    expect(renderResult(result(), false, plain)).toBe(
      `PASS     C01   Register, sign in, who am I${' '.repeat(33)}41 ms`,
    )
  })
  test('ends at the last column, and a title that is too long is cut', () => {
    expect(widths(renderResult(result(), false, plain))).toEqual([80])
    const line = renderResult(result({ title: 'x'.repeat(200) }), false, plain)
    expect(widths(line)).toEqual([80])
    expect(line).toContain('x… 41 ms')
  })
  test('names its level unless that is core', () => {
    expect(renderResult(result({ level: 'hard' }), false, plain)).toContain('who am I (hard)')
    expect(renderResult(result(), false, plain)).not.toContain('core')
  })
  test.each<[Verdict, string]>([
    ['pass', 'PASS     '],
    ['fail', 'FAIL     '],
    ['blocked', 'BLOCKED  '],
    ['not-run', 'NOT RUN  '],
    ['env', 'ENV      '],
    ['grader', 'GRADER   '],
    ['unstable', 'UNSTABLE '],
  ])('%s is a word, and the columns stay', (verdict, word) => {
    expect(renderResult(result({ verdict }), false, plain)).toMatch(new RegExp(`^${word}C01   Register`))
  })
  test('blocked and "not run" say why', () => {
    expect(renderResult(result({ verdict: 'blocked', ms: 0, reason: 'it needs C02' }), false, plain)).toBe(
      `BLOCKED  C01   Register, sign in, who am I${' '.repeat(34)}0 ms\n  Because   it needs C02`,
    )
    expect(
      renderResult(result({ verdict: 'not-run', ms: 0, reason: 'no second address' }), false, plain).split('\n')[1],
    ).toBe('  Because   no second address')
  })
  test('a mistake of the grader keeps its lines apart', () => {
    const lines = renderResult(
      result({ verdict: 'grader', reason: 'x is undefined\n    at run (a.ts:1:2)\n    at go (b.ts:3:4)' }),
      false,
      plain,
    ).split('\n')
    expect(lines[1]).toBe('  Because   x is undefined')
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {2}(Because| {10})/)
  })
})

describe('a failure', () => {
  test('that is the first is told whole', () => {
    expect(renderResult(failed, true, plain)).toBe(
      [
        `FAIL     C05   Fifteen characters are enough${' '.repeat(31)}88 ms`,
        '  Did       register with a password of 14 characters (POST /api/auth/register)',
        '  Expected  422 or 400 with the code password_too_short  (clause password.2)',
        '  Received  201 {"id":"0f2c","email":"bada.1f@kiro.example","displayName":"Lumo',
        '            Gira","role":"member"}',
        '  Why       Passwords of 14 characters get in. An attacker who has the table',
        '            tries short ones first. There is more.',
        '  Log       {"time":"2026-11-22T12:00:00.000Z","requestId":"r-1","method":"POST"',
        '            ,"path":"/api/auth/register","status":201}',
        `  Request   ${failure.curl}`,
      ].join('\n'),
    )
  })
  test('that is not the first is one sentence', () => {
    expect(renderResult(failed, false, plain).split('\n')).toEqual([
      expect.stringContaining('FAIL     C05'),
      '  Why       Passwords of 14 characters get in.',
    ])
  })
  test('that is not the first is told whole where all are asked for', () => {
    expect(renderResult(failed, false, { ...plain, all: true })).toBe(renderResult(failed, true, plain))
  })
  test('without a clause names none', () => {
    expect(renderResult(result({ ...failed, failure: { ...failure, clause: '' } }), true, plain)).not.toContain(
      'clause',
    )
  })
  test.each([80, 60, 100])('keeps to %i columns but for the request, which is to be copied', (columns) => {
    const lines = renderResult(failed, true, { ...plain, columns }).split('\n')
    for (const line of lines.filter((l) => !l.startsWith('  Request')))
      expect([...line].length).toBeLessThanOrEqual(columns)
    expect(lines.filter((l) => l.startsWith('  Request'))).toHaveLength(1)
  })
  test('loses no word in wrapping', () => {
    const words = (text: string) => text.replace(/\s+/g, '')
    for (const columns of [80, 43])
      expect(words(renderResult(failed, true, { ...plain, columns }))).toContain(words(failure.why))
  })
})

describe('colour', () => {
  test('only repeats the words: without it the text is the same', () => {
    for (const r of [result(), failed, result({ verdict: 'blocked', reason: 'it needs C02' })])
      expect(stripped(renderResult(r, true, colour))).toBe(renderResult(r, true, plain))
    expect(renderResult(result(), false, colour)).toContain('\u001b[32mPASS')
  })
  test('without it there is no control character at all', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/
    expect(renderResult(failed, true, plain)).not.toMatch(control)
    expect(renderSummary([failed], 1, plain)).not.toMatch(control)
  })
})

describe('the heading', () => {
  const heading = {
    lab: { id: 'L01', title: 'Sign-up and sign-in' },
    transport: 'containers',
    seed: '7f3a19',
    services: [
      { name: 'db', state: 'healthy' },
      { name: 'api', state: 'running' },
    ],
    checks: 15,
  }
  test('says lab, transport, seed, services and number of checks', () => {
    expect(renderHeading(heading, plain)).toBe(
      'Lab L01 Sign-up and sign-in\ncontainers · seed 7f3a19 · 1 of 2 services healthy · 15 checks\n',
    )
  })
  test('says nothing of services where none are known, and counts one check as one', () => {
    expect(renderHeading({ ...heading, services: [], checks: 1 }, plain)).toMatch(/seed 7f3a19 · 1 check\n$/)
  })
})

describe('the summary', () => {
  test('counts each verdict by its word, in a fixed order, and gives the time', () => {
    const all: Verdict[] = ['not-run', 'grader', 'env', 'blocked', 'unstable', 'fail', 'pass', 'fail']
    expect(
      renderSummary(
        all.map((verdict) => result({ verdict })),
        1_930,
        plain,
      ),
    ).toBe('1 pass, 2 fail, 1 unstable, 1 blocked, 1 env, 1 grader error, 1 not run in 1.9 s')
  })
  test('leaves out what did not occur, but never the passes', () => {
    expect(renderSummary([failed], 100, plain)).toBe('0 pass, 1 fail in 0.1 s')
  })
})

describe('what to do next', () => {
  const repeat = 'npm run check -- L01 C05'
  test('is the command, the page and the next hint, under each other', () => {
    expect(renderNext({ hints: ['Look here.'], repeat, read: '/01-a/02-b/#c', next: `${repeat} --hint` }, plain)).toBe(
      [
        '  Hint 1    Look here.',
        `  Repeat    ${repeat}`,
        '  Read      /01-a/02-b/#c',
        `  Next      ${repeat} --hint`,
      ].join('\n'),
    )
  })
  test('leaves out what there is not', () => {
    expect(renderNext({ hints: [], repeat, read: undefined, next: undefined }, plain)).toBe(`  Repeat    ${repeat}`)
  })
  test('the command stays on one line however long it is: it is to be copied', () => {
    const long = `${repeat} --dir /home/somebody/${'a-folder/'.repeat(8)}lab --seed 7f3a19`
    expect(renderNext({ hints: [], repeat: long, read: undefined, next: undefined }, plain)).toBe(`  Repeat    ${long}`)
  })
})

test('a field wraps under itself, and breaks a word that fits no line', () => {
  expect(field('Name', `one ${'x'.repeat(40)} two`, { ...plain, columns: 42 })).toBe(
    ['  Name      one', `            ${'x'.repeat(30)}`, '            xxxxxxxxxx two'].join('\n'),
  )
})

test('no line of a field is longer than the terminal, however the words fall, and none is lost', () => {
  for (let length = 1; length <= 40; length++) {
    const text = Array.from({ length: 30 }, (_, i) => 'x'.repeat(1 + ((i * length) % 37))).join(' ')
    const lines = field('Name', text, plain).split('\n')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    expect(lines.map((line) => line.slice(12)).join(' ')).toBe(text)
  }
})
