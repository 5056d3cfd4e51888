import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { CatalogError, formatProblem, type Problem } from './problem.ts'
import { parseData, readData } from './read.ts'
import { courseJsonSchema, lessonFrontmatterSchema } from './schema.ts'

const schema = z.strictObject({
  title: z.string().trim().min(1),
  hours: z.number().positive(),
  level: z.enum(['core', 'hard', 'stretch']).default('core'),
  env: z.record(z.string().regex(/^[A-Z_]+$/, 'an environment variable name'), z.string()).default({}),
  steps: z.array(z.strictObject({ name: z.string(), links: z.array(z.strictObject({ url: z.url() })) })).default([]),
})

function problemsOf(text: string, of: z.ZodType = schema, lineOffset = 0): Problem[] {
  try {
    parseData(text, 'x.yaml', of, lineOffset)
  } catch (error) {
    if (error instanceof CatalogError) return error.problems
    throw error
  }
  return []
}

const good = 'title: A\nhours: 2\n'

test('a right file gives its data, defaults filled in', () => {
  expect(parseData(good, 'x.yaml', schema)).toEqual({ title: 'A', hours: 2, level: 'core', env: {}, steps: [] })
})

test('JSON is read by the same reader', () => {
  expect(parseData('{"title": "A", "hours": 2}', 'x.json', schema)).toMatchObject({ title: 'A', hours: 2 })
  expect(problemsOf('{\n  "title": "A",\n  "hours": "2"\n}')).toMatchObject([{ line: 3, column: 12, field: 'hours' }])
})

describe('a mistake is told with its place', () => {
  test('an unknown field: at its name, with the one that was meant', () => {
    expect(problemsOf(`${good}levle: hard\n`)).toEqual([
      {
        file: 'x.yaml',
        line: 3,
        column: 1,
        field: '',
        found: 'an unknown field "levle"',
        expected: 'one of title, hours, level, env, steps',
        suggestion: 'level',
      },
    ])
  })
  test('an unknown field inside lists of mappings: the fields known there', () => {
    const text = `${good}steps:\n  - name: a\n    links:\n      - url: https://example.org\n      - url: https://example.org\n        ulr: b\n`
    expect(problemsOf(text)).toEqual([
      {
        file: 'x.yaml',
        line: 8,
        column: 9,
        field: 'steps[0].links[1]',
        found: 'an unknown field "ulr"',
        expected: 'one of url',
        suggestion: 'url',
      },
    ])
  })
  test('an unknown field that resembles none: no suggestion', () => {
    expect(problemsOf(`${good}kubernetes: 1\n`)[0]).not.toHaveProperty('suggestion')
  })
  test('a wrong type: at the value, with what stands there', () => {
    expect(problemsOf('title: A\nhours: two\n')).toEqual([
      { file: 'x.yaml', line: 2, column: 8, field: 'hours', found: '"two"', expected: 'a number' },
    ])
  })
  test('a list or a mapping where the other belongs', () => {
    expect(problemsOf(`${good}steps: {}\n`)).toMatchObject([{ line: 3, column: 8, found: '{}', expected: 'a list' }])
    expect(problemsOf(`${good}steps:\n  - hello\n`)).toMatchObject([
      { line: 4, column: 5, field: 'steps[0]', found: '"hello"', expected: 'a mapping' },
    ])
    expect(problemsOf(`${good}env: []\n`)).toMatchObject([{ line: 3, expected: 'a mapping' }])
  })
  test('a word that is none of the allowed: all of them, and the one that was meant', () => {
    expect(problemsOf(`${good}level: strech\n`)).toEqual([
      {
        file: 'x.yaml',
        line: 3,
        column: 8,
        field: 'level',
        found: '"strech"',
        expected: 'one of "core", "hard", "stretch"',
        suggestion: 'stretch',
      },
    ])
  })
  test('a missing field: at the mapping that lacks it', () => {
    const text = `${good}steps:\n  - name: a\n    links: []\n  - links: []\n`
    expect(problemsOf(text)).toEqual([
      { file: 'x.yaml', line: 6, column: 5, field: 'steps[1].name', found: 'nothing', expected: 'a string' },
    ])
  })
  test('an empty text, a number out of range, no URL', () => {
    expect(problemsOf('title: ""\nhours: 0\n')).toMatchObject([
      { field: 'title', expected: 'a text that is not empty' },
      { field: 'hours', line: 2, expected: 'a value above 0' },
    ])
    expect(problemsOf(`${good}steps: [{ name: a, links: [{ url: nowhere }] }]\n`)).toMatchObject([
      { line: 3, column: 35, field: 'steps[0].links[0].url', found: '"nowhere"', expected: 'a URL' },
    ])
  })
  test('a long value is shortened', () => {
    const [problem] = problemsOf(`title: A\nhours: ${'x'.repeat(500)}\n`)
    expect(problem?.found.length).toBeLessThanOrEqual(60)
  })
  test('a name in a mapping of free names that may not stand there: what a name looks like', () => {
    const [problem] = problemsOf(`${good}env:\n  lower: x\n`)
    expect(problem).toMatchObject({ line: 4, field: 'env.lower' })
    expect(problem?.expected).toContain('an environment variable name')
  })
  test('a text that is too long: how long it may be, in a sentence', () => {
    const [problem] = problemsOf(
      `id: "1.2"\ntitle: A\ndescription: ${'x'.repeat(201)}\nhours: 1\nupdated: 2026-01-01\n`,
      lessonFrontmatterSchema,
    )
    expect(problem).toMatchObject({ line: 3, column: 14, field: 'description' })
    expect(formatProblem(problem as Problem)).toMatch(/expected .*200/)
    expect(formatProblem(problem as Problem)).not.toMatch(/expected Too big/)
  })
  test('all mistakes of a file come together', () => {
    expect(problemsOf('titel: A\nhours: two\nlevel: x\n').map((p) => p.field)).toEqual(
      expect.arrayContaining(['', 'hours', 'level', 'title']),
    )
  })
  test('lines of frontmatter count from the top of the page', () => {
    expect(problemsOf('title: A\nhours: two\n', schema, 1)).toMatchObject([{ line: 3, column: 8 }])
    expect(problemsOf('title: A\nhours: [\n', schema, 1)[0]?.line).toBeGreaterThanOrEqual(3)
  })
  test('lines are right in a file with CRLF', () => {
    expect(problemsOf('title: A\r\nhours: two\r\n')).toMatchObject([{ line: 2, column: 8 }])
  })
})

describe('text that is no YAML', () => {
  test('an open bracket: where, and that YAML or JSON is expected', () => {
    expect(problemsOf('title: A\nhours: [1\n')[0]).toMatchObject({
      file: 'x.yaml',
      field: '',
      expected: 'valid YAML or JSON',
    })
    expect(problemsOf('title: A\nhours: [1\n')[0]?.line).toBeGreaterThanOrEqual(2)
  })
  test('a key twice: at the second', () => {
    expect(problemsOf('title: A\nhours: 2\ntitle: B\n')).toMatchObject([
      { line: 3, column: 1, found: 'Map keys must be unique' },
    ])
  })
  test('an empty file and a bare list are no mapping', () => {
    expect(problemsOf('')).toMatchObject([{ line: 1, column: 1, found: 'null', expected: 'a mapping' }])
    expect(problemsOf('[1, 2]')).toMatchObject([{ line: 1, column: 1, expected: 'a mapping' }])
  })
  test('a value that begins with a star (an alias to YAML) is a mistake of the file, not of the reader', () => {
    expect(problemsOf('title: *important*\nhours: 2\n')).toMatchObject([{ file: 'x.yaml', line: 1 }])
  })
})

describe('course.json', () => {
  test('an empty object is a whole declaration', () => {
    expect(parseData('{}', 'course.json', courseJsonSchema)).toEqual({
      track: 'express',
      signUp: 'open',
      run: {},
      services: {},
    })
  })
  test('a misspelt service name is found behind its default', () => {
    expect(problemsOf('{"services": {"apy": "x"}}', courseJsonSchema)).toMatchObject([
      { field: 'services', column: 15, suggestion: 'api' },
    ])
  })
})

describe('from disk', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'read-'))
  })
  afterAll(() => rm(dir, { recursive: true }))

  test('a file is named in messages as it was asked for', async () => {
    await writeFile(path.join(dir, 'a.yaml'), 'hours: 1\n')
    await expect(readData(path.join(dir, 'a.yaml'), 'labs/a.yaml', schema)).rejects.toThrow(/^labs\/a\.yaml:1:1: title/)
  })
  test('a file that is not there', async () => {
    await expect(readData(path.join(dir, 'b.yaml'), 'labs/b.yaml', schema)).rejects.toThrow(
      'labs/b.yaml: found no such file, expected a readable file.',
    )
  })
})
