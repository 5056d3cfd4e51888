import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Draft, drafted, draftsOf, keeper, memoryDrafts, staleOf } from './drafts.ts'
import { exportText, fitsRequest, importText } from './exchange-file.ts'

const starter = { 'a.ts': 'a', 'b.ts': 'b' }

describe('drafts', () => {
  test('are what differs, and make the files again', () => {
    const files = { ...starter, 'b.ts': 'mine', 'c.ts': 'new' }
    const drafts = draftsOf(starter, files)
    expect(drafts.map(({ file }) => file)).toEqual(['b.ts', 'c.ts'])
    expect(drafted(starter, drafts)).toEqual(files)
    expect(staleOf(starter, drafts)).toEqual([])
  })
  test('know when their starter is another one, unless they are as it is now', () => {
    const drafts = draftsOf(starter, { ...starter, 'b.ts': 'mine', 'c.ts': 'new' })
    expect(staleOf({ ...starter, 'b.ts': 'newer' }, drafts)).toEqual(['b.ts'])
    expect(staleOf({ ...starter, 'b.ts': 'mine' }, drafts)).toEqual([])
    expect(staleOf({ 'a.ts': 'a' }, drafts)).toEqual(['b.ts'])
    expect(staleOf({ ...starter, 'c.ts': 'of the course' }, drafts)).toEqual(['c.ts'])
  })
  test('keep what they began from while they are changed', () => {
    const [first] = draftsOf(starter, { ...starter, 'b.ts': 'mine' })
    const newer = { ...starter, 'b.ts': 'newer' }
    expect(draftsOf(newer, { ...newer, 'b.ts': 'mine again' }, first && [first])[0]?.from).toBe(first?.from)
  })
  test('in memory are bounded and apart, as in the browser', async () => {
    const store = memoryDrafts()
    await store.write('X1.3', new Map([['a.ts', { file: 'a.ts', text: 'x', from: '' }]]))
    for (let at = 1; at <= 7; at++) await store.keep('X1.3', { at, why: '', drafts: [] })
    expect((await store.read('X1.3')).kept.map(({ at }) => at)).toEqual([3, 4, 5, 6, 7])
    expect(await store.read('L03')).toEqual({ drafts: [], kept: [] })
    await store.write('X1.3', new Map([['a.ts', undefined]]))
    expect((await store.read('X1.3')).drafts).toEqual([])
  })
})

describe('a keeper', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const draft = (text: string): Draft => ({ file: 'a.ts', text, from: '' })

  test('writes once nobody types, the newest of each file', async () => {
    const written: unknown[] = []
    const own = keeper(async (changes) => void written.push([...changes]), 300)
    own.put('a.ts', draft('1'))
    await vi.advanceTimersByTimeAsync(299)
    own.put('a.ts', draft('2'))
    own.put('b.ts', undefined)
    await vi.advanceTimersByTimeAsync(299)
    expect(written).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(written).toEqual([
      [
        ['a.ts', draft('2')],
        ['b.ts', undefined],
      ],
    ])
  })
  test('writes at once when the page goes, and nothing twice', async () => {
    const write = vi.fn(async () => {})
    const own = keeper(write, 300)
    own.put('a.ts', draft('1'))
    await own.flush()
    await own.flush()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(write).toHaveBeenCalledTimes(1)
  })
  test('writes in order, also after a write that failed', async () => {
    const seen: string[] = []
    const own = keeper(async (changes) => {
      const text = changes.get('a.ts')?.text ?? ''
      if (text === '1') throw new Error('full')
      seen.push(text)
    }, 300)
    own.put('a.ts', draft('1'))
    const first = own.flush()
    own.put('a.ts', draft('2'))
    await expect(first).rejects.toThrow('full')
    await own.flush()
    expect(seen).toEqual(['2'])
  })
})

describe('an exported file', () => {
  const editable = (path: string) => path.startsWith('api/')
  test('is read again', () => {
    const files = { 'api/a.ts': 'x' }
    expect(importText(exportText('L03', files), 'L03', editable)).toEqual(files)
  })
  test.each([
    ['{', 'it is not JSON'],
    ['null', 'no draft of this course'],
    ['{"workbook":2,"lab":"L03","files":{}}', 'no draft of this course'],
    ['{"workbook":1,"lab":"L01","files":{}}', 'a draft of L01, not of L03'],
    ['{"workbook":1,"lab":"L03","files":{"../x":"y"}}', 'names ../x'],
    ['{"workbook":1,"lab":"L03","files":{"api/x":1}}', 'names api/x'],
  ])('%s is refused', (text, why) => expect(() => importText(text, 'L03', editable)).toThrow(why))
  test('may be too large for the local server', () => {
    expect(fitsRequest('L03', { a: 'x'.repeat(60_000) })).toBe(true)
    expect(fitsRequest('L03', { a: 'ü'.repeat(40_000) })).toBe(false)
  })
})
