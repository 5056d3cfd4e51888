import { describe, expect, test } from 'vitest'
import { type Migration, migrate } from './migrate.ts'
import { parseProgress, progressText } from './parse.ts'
import { emptyProgress } from './schema.ts'

test('what is written can be read', () => {
  expect(parseProgress(progressText(emptyProgress()))).toEqual({ kind: 'good', progress: emptyProgress() })
})

test.each([
  ['', 'it is empty'],
  ['{"schema": 1, "les', 'it is no whole JSON document'],
  ['{}', 'it is no progress file: it has no "schema"'],
  ['null', 'it is no progress file: it has no "schema"'],
  ['{"schema": "1"}', 'its "schema" is no version number'],
  ['{"schema": -1}', 'its "schema" is no version number'],
  ['{"schema": 0}', 'there is no way from schema 0 to 1'],
])('%j is bad, and why', (text, why) => {
  expect(parseProgress(text)).toEqual({ kind: 'bad', why })
})

test('a wrong field is named', () => {
  const text = JSON.stringify({ ...emptyProgress(), lessons: { '/a/b/': { firstSeen: 1, lastSeen: 2 } } })
  expect(parseProgress(text)).toMatchObject({ kind: 'bad', why: expect.stringContaining('lessons./a/b/.firstSeen') })
})

test('a name that objects inherit is dropped', () => {
  const text = JSON.stringify(emptyProgress()).replace('"quizzes":{}', '"quizzes":{"__proto__":{"answers":[]}}')
  expect(text).toContain('__proto__')
  expect(parseProgress(text)).toEqual({ kind: 'good', progress: emptyProgress() })
})

describe('migrations', () => {
  const table: Record<number, Migration> = {
    3: ({ pages, ...rest }) => ({ ...rest, lessons: pages }),
    4: (document) => {
      ;(document.lessons as string[]).push('added')
      return document
    },
  }
  test('run one after another, and leave what they are given alone', () => {
    const old = { schema: 3, pages: ['one'] }
    expect(migrate(old, 5, table)).toEqual({ schema: 5, lessons: ['one', 'added'] })
    expect(old).toEqual({ schema: 3, pages: ['one'] })
  })
  test('begin where the document is', () => {
    expect(migrate({ schema: 4, lessons: [] }, 5, table)).toEqual({ schema: 5, lessons: ['added'] })
    expect(migrate({ schema: 5, lessons: [] }, 5, table)).toEqual({ schema: 5, lessons: [] })
  })
  test('a missing step is said', () => {
    expect(() => migrate({ schema: 2 }, 5, table)).toThrow('there is no way from schema 2 to 3')
  })
})
