/** Trees side by side, and what an update may touch. */
import { describe, expect, test } from 'vitest'
import { compare } from './compare.ts'
import { type CopyTree, hashOf } from './copy.ts'
import type { Tree } from './materialise.ts'
import { planUpdate, type Source } from './update.ts'

const tree = (files: Record<string, string | Buffer>, executable: string[] = []): Tree =>
  new Map(
    Object.entries(files).map(([name, text]) => [
      name,
      { content: Buffer.from(text), executable: executable.includes(name) },
    ]),
  )
const side = (files: Record<string, string | Buffer>, others: string[] = [], executable: string[] = []): CopyTree => ({
  files: tree(files, executable),
  others: new Set(others),
})
const sides: [string, string] = ['starter', 'mine']

describe('two trees', () => {
  test('added, removed, changed, same', () => {
    const result = compare(side({ a: '1\n', b: '1\n', c: '1\n' }), side({ a: '1\n', b: '2\n', d: '1\n' }), sides)
    expect(result.same).toBe(1)
    expect(result.files.map((f) => [f.path, f.status, f.plus, f.minus])).toEqual([
      ['b', 'changed', 1, 1],
      ['c', 'removed', 0, 1],
      ['d', 'added', 1, 0],
    ])
    expect(result.files[0]?.text).toBe('--- starter/b\n+++ mine/b\n@@ -1,1 +1,1 @@\n-1\n+2\n')
    expect(result.files[1]?.text).toContain('+++ /dev/null')
    expect(result.files[2]?.text).toContain('--- /dev/null')
  })
  test('a missing end of line is a difference', () => {
    expect(compare(side({ a: 'x\n' }), side({ a: 'x' }), sides).files[0]?.text).toContain('\\ No newline')
  })
  test.each([
    ['binary', side({ a: 'x' }), side({ a: Buffer.from([0xff, 0x00]) })],
    ['no plain file', side({ a: 'x' }), side({}, ['a'])],
    ['only the right to execute differs', side({ a: 'x' }), side({ a: 'x' }, [], ['a'])],
    ['too large', side({ a: 'x\n' }), side({ a: 'y\n'.repeat(150_000) })],
  ])('without text: %s', (why, left, right) => {
    const [file] = compare(left, right, sides).files
    expect(file).toEqual({ path: 'a', status: 'changed', plus: 0, minus: 0, why })
  })
  test('two long files without a common line do not hold up the rest', () => {
    const lines = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word}${i}\n`).join('')
    const from = performance.now()
    const [file] = compare(side({ a: lines('x') }), side({ a: lines('y') }), sides).files
    expect(file?.status).toBe('changed')
    expect(performance.now() - from).toBeLessThan(10_000)
  })
  test('the text of all files together has an end', () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, 'line\n'.repeat(30_000)]))
    const result = compare(side({}), side(files), sides)
    expect(result.files).toHaveLength(20)
    expect(result.files.reduce((sum, f) => sum + (f.text?.length ?? 0), 0)).toBeLessThanOrEqual(1_000_000)
    expect(result.files.at(-1)?.why).toBe('too large')
  })
})

describe('an update', () => {
  const sources = (files: Record<string, string>, state: Source['state'] = 'starter'): Record<string, Source> =>
    Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name, { sha256: hashOf(Buffer.from(text)), state }]),
    )
  const plan = (recorded: Record<string, string>, now: Record<string, string>, mine: CopyTree) =>
    planUpdate(sources(recorded), { starter: tree(now), solution: tree({}) }, 'starter', mine)

  test.each<[string, Record<string, string>, Record<string, string>, CopyTree, object]>([
    ['nothing changed', { a: '1' }, { a: '1' }, side({ a: '1' }), {}],
    ['mine changed', { a: '1' }, { a: '1' }, side({ a: 'mine' }), {}],
    ['course changed', { a: '1' }, { a: '2' }, side({ a: '1' }), { replace: ['a'] }],
    ['both changed', { a: '1' }, { a: '2' }, side({ a: 'mine' }), { keep: ['a you changed it'] }],
    ['both to the same', { a: '1' }, { a: '2' }, side({ a: '2' }), {}],
    ['new in the course', {}, { a: '1' }, side({}), { add: ['a'] }],
    ['new in both', {}, { a: '1' }, side({ a: 'mine' }), { keep: ['a you made one of your own'] }],
    ['new in both, the same', {}, { a: '1' }, side({ a: '1' }), {}],
    ['gone from the course', { a: '1' }, {}, side({ a: '1' }), { remove: ['a'] }],
    ['gone, and mine changed', { a: '1' }, {}, side({ a: 'mine' }), { keep: ['a you changed it'] }],
    ['gone from both', { a: '1' }, {}, side({}), {}],
    ['mine gone, course the same', { a: '1' }, { a: '1' }, side({}), {}],
    ['mine gone, course changed', { a: '1' }, { a: '2' }, side({}), { keep: ['a you removed it'] }],
    ['mine is a link now', { a: '1' }, { a: '2' }, side({}, ['a']), { keep: ['a you changed it'] }],
    [
      'a link where the course has a new file',
      {},
      { a: '2' },
      side({}, ['a']),
      { keep: ['a you made one of your own'] },
    ],
    ['made by me, not of the course', {}, {}, side({ a: 'mine' }), {}],
  ])('%s', (_what, recorded, now, mine, expected) => {
    const made = plan(recorded, now, mine)
    expect({
      replace: [...made.replace.keys()],
      add: [...made.add.keys()],
      remove: made.remove,
      keep: made.keep.map((k) => `${k.path} ${k.why}`),
    }).toEqual({ replace: [], add: [], remove: [], keep: [], ...expected })
    // Carried out, it is up to date: nothing is told twice.
    expect(made.sources).toEqual(sources(now))
  })
  test('a file follows the state that it came from', () => {
    const made = planUpdate(
      sources({ a: '1' }, 'solution'),
      { starter: tree({ a: 'starter' }), solution: tree({ a: '2' }) },
      'starter',
      side({ a: '1' }),
    )
    expect(made.replace.get('a')?.content.toString()).toBe('2')
  })
})
