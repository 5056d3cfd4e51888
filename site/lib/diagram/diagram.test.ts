import { describe, expect, test } from 'vitest'
import { renderDiagram } from './index.ts'
import { DiagramError } from './model.ts'
import { parseDiagram } from './parse.ts'
import { portsOf } from './ports.ts'
import { layoutSequence } from './sequence.ts'
import { textWidth, wrap } from './text.ts'

const sequence = `sequenceDiagram
  participant B as Browser
  participant A as API
  B->>A: POST /api/auth/login<br/>with a password
  Note over A: verify the hash
  alt right
    A-->>B: 200
  else wrong
    A-->>B: 401
  end
  A-xB: an answer that is lost`

const boxes = `flowchart LR
  subgraph data["Data network"]
    db[("Postgres")]
  end
  web["Browser: React"]:::danger -- "HTTPS" --> api
  api -->|SQL| db
  api <-.-> log([Logs])`

describe('parsing', () => {
  test('a sequence has actors in the order of their declaration, and nested steps', () => {
    const model = parseDiagram(sequence)
    expect(model).toMatchObject({
      kind: 'sequence',
      actors: [
        { id: 'B', label: 'Browser' },
        { id: 'A', label: 'API' },
      ],
      steps: [
        { kind: 'message', text: 'POST /api/auth/login with a password', dashed: false },
        { kind: 'note', over: ['A'] },
        { kind: 'block', word: 'alt', parts: [{ label: 'right' }, { label: 'wrong' }] },
        { kind: 'message', lost: true },
      ],
    })
  })

  test('boxes know their group, shape and tone; lines their label and arrows', () => {
    expect(parseDiagram(boxes)).toMatchObject({
      direction: 'right',
      groups: [{ id: 'data', label: 'Data network' }],
      boxes: [
        { id: 'db', label: 'Postgres', shape: 'store', group: 'data' },
        { id: 'web', label: 'Browser: React', shape: 'box', tone: 'danger' },
        { id: 'api', label: 'api' },
        { id: 'log', shape: 'round' },
      ],
      lines: [
        { from: 'web', to: 'api', label: 'HTTPS', arrows: 'end', dashed: false },
        { from: 'api', to: 'db', label: 'SQL' },
        { from: 'api', to: 'log', arrows: 'both', dashed: true },
      ],
    })
  })

  const refused = [
    ['pie title x', 1, 'a diagram starts with'],
    ['sequenceDiagram\n  A->>B: x\n  alt y\n  A->>B: z', 3, 'has no "end"'],
    ['sequenceDiagram\n  A=>B: x', 2, 'cannot read "A=>B: x"'],
    ['sequenceDiagram\n  A->>B: x\n  participant A', 3, 'declared after its first use'],
    ['flowchart LR\n  a ==> b', 2, 'cannot read "==> b"'],
    ['flowchart LR\n  a:::pink --> b', 2, '"pink" is no tone'],
    ['flowchart LR\n  subgraph g\n    a\n  end\n  b --> g', 1, 'ends at the subgraph g'],
  ] as const
  for (const [code, line, sentence] of refused) {
    test(`refuses ${JSON.stringify(code)} with its line`, () => {
      let error: unknown
      try {
        parseDiagram(code)
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(DiagramError)
      expect(error).toMatchObject({ line, message: expect.stringContaining(sentence) })
    })
  }
})

describe('drawing', () => {
  test('both layouts have a title, a description and no fixed colour', () => {
    for (const code of [sequence, boxes]) {
      const { wide, narrow } = renderDiagram(code, 'A & B', 'what it shows')
      for (const svg of [wide, narrow]) {
        expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="(\w+)-t \1-d"/)
        expect(svg).toContain('>A &amp; B</title>')
        expect(svg).toContain('>what it shows</desc>')
        expect(svg).not.toMatch(/#[0-9a-f]{3,6}\b|rgb|NaN|Infinity|undefined/)
      }
    }
  })

  test('ids differ between diagrams and between layouts', () => {
    const ids = [renderDiagram(sequence, 'a'), renderDiagram(boxes, 'b')].flatMap(({ wide, narrow }) =>
      [wide, narrow].map((svg) => /id="(\w+)-t"/.exec(svg)?.[1]),
    )
    expect(new Set(ids).size).toBe(4)
  })

  test('a sequence keeps to the width it is given', () => {
    const model = parseDiagram(sequence)
    if (model.kind !== 'sequence') throw new Error('not a sequence')
    expect(layoutSequence(model, 344).width).toBeLessThanOrEqual(344)
    expect(layoutSequence(model, 690).width).toBeLessThanOrEqual(690)
  })

  test('the words name every step and every line', () => {
    expect(JSON.stringify(renderDiagram(sequence, 'a').words)).toContain(
      'API to Browser, lost on the way: an answer that is lost',
    )
    expect(renderDiagram(boxes, 'b').words.map((w) => w.text)).toEqual([
      'Data network holds Postgres',
      'Browser: React to api: HTTPS',
      'api to Postgres: SQL',
      'api and Logs',
    ])
  })
})

describe('the ends of lines', () => {
  const area = { left: 0, top: 0, right: 100, bottom: 40 }
  const below = { left: 0, top: 100, right: 100, bottom: 140 }
  const line = (bend: number) => ({
    line: { from: 'a', to: 'b', label: '', dashed: false, arrows: 'end' as const },
    bends: [[bend, 70] as const],
  })
  const right = line(90)
  const left = line(10)

  test('share a side in the order in which the lines come, also where two lines join the same boxes', () => {
    const boxes = new Map([
      ['a', { area, shape: 'box' as const }],
      ['b', { area: below, shape: 'box' as const }],
    ])
    const ports = portsOf([right, left], boxes, 'y')
    expect(ports.get(left)?.start[0]).toBeCloseTo(100 / 3)
    expect(ports.get(right)?.start[0]).toBeCloseTo(200 / 3)
    expect([ports.get(left)?.start[1], ports.get(left)?.end[1]]).toEqual([40, 100])
  })

  test('lie on the outline of a diamond', () => {
    const boxes = new Map([
      ['a', { area, shape: 'choice' as const }],
      ['b', { area: below, shape: 'box' as const }],
    ])
    const start = portsOf([right, left], boxes, 'y').get(left)?.start
    // On the diamond: |x - 50| / 50 + |y - 20| / 20 = 1.
    expect(start && Math.abs(start[0] - 50) / 50 + Math.abs(start[1] - 20) / 20).toBeCloseTo(1)
  })
})

describe('text', () => {
  test('is broken into lines of about the same length', () => {
    const lines = wrap('10:02 request with the token', 150, 14)
    expect(lines).toEqual(['10:02 request', 'with the token'])
  })

  test('breaks a word only where it alone is too wide', () => {
    const lines = wrap('X-Request-Id /api/auth/login/with/a/long/path', 90, 14)
    expect(lines.join('')).toBe('X-Request-Id/api/auth/login/with/a/long/path')
    for (const line of lines) expect(textWidth(line, 14)).toBeLessThanOrEqual(90)
  })
})
