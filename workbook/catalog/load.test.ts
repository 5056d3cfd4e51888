import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findLab, loadCatalog } from './load.ts'
import { CatalogError, type Problem } from './problem.ts'

const lab = `id: L01
slug: password-login
title: A
aim: B
module: M1
hours: 2
tracks: [express]
base: [common]
services: [api]
capabilities: [http]
settings:
  base: { about: x, env: {} }
contract:
  - id: login.1
    text: c
    sources: [rfc1]
  - id: login.2
    text: d
proves: [e]
does-not-prove: [f]
sources:
  - { id: rfc1, title: RFC 1, url: "https://example.org/1", date: 2023-07 }
`
const page = (title = 'A page', id = '1.1') =>
  `---\nid: "${id}"\ntitle: ${title}\ndescription: about\nhours: 1\nupdated: 2026-01-02\n---\n\nText.\n`
const module = 'id: M1\ntitle: Authentication\naim: x\nhours: 3\npages: [one, two]\n'

let root: string
const put = async (file: string, text: string) => {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true })
  await writeFile(path.join(root, file), text)
}
async function problems(): Promise<Problem[]> {
  try {
    await loadCatalog(root)
  } catch (error) {
    if (error instanceof CatalogError) return error.problems
    throw error
  }
  return []
}

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'catalog-'))
  await put('labs/01-password-login/lab.yaml', lab)
  await put('labs/depot/README.md', 'no lab')
  await put('course/01-authentication/module.yaml', module)
  await put('course/01-authentication/one.mdx', page())
  await put('course/01-authentication/two.mdx', page('A page', '1.2'))
})
afterEach(() => rm(root, { recursive: true }))

test('a right course gives its modules, pages in reading order, and labs', async () => {
  await put('course/01-authentication/module.yaml', module.replace('[one, two]', '[two, one]'))
  const catalog = await loadCatalog(root)
  expect(catalog.labs).toMatchObject([
    {
      id: 'L01',
      folder: '01-password-login',
      dir: path.join(root, 'labs/01-password-login'),
      doesNotProve: ['f'],
      requires: [],
      settings: { base: { blocklist: 'shipped' } },
    },
  ])
  expect(catalog.labs[0]).not.toHaveProperty('does-not-prove')
  expect(catalog.modules[0]?.lessons).toMatchObject([
    {
      slug: 'two',
      path: '/01-authentication/two/',
      file: 'course/01-authentication/two.mdx',
      updated: '2026-01-02',
    },
    { slug: 'one' },
  ])
})

describe('a lab', () => {
  test('in a folder of another name says which folder it wants', async () => {
    await put('labs/02-other/lab.yaml', lab)
    expect(await problems()).toMatchObject([
      {
        file: 'labs/02-other/lab.yaml',
        found: 'L01 and password-login in the folder 02-other',
        expected: 'the folder 01-password-login',
      },
    ])
  })
  test('that cites a source it does not list says where, and which source was meant', async () => {
    await put('labs/01-password-login/lab.yaml', lab.replace('sources: [rfc1]', 'sources: [rfc2]'))
    expect(await problems()).toMatchObject([
      {
        file: 'labs/01-password-login/lab.yaml',
        field: 'contract[0].sources[0]',
        found: '"rfc2"',
        expected: 'the id of an entry of sources',
        suggestion: 'rfc1',
      },
    ])
  })
  test('with one clause id twice', async () => {
    await put('labs/01-password-login/lab.yaml', lab.replace('login.2', 'login.1'))
    expect(await problems()).toMatchObject([
      { field: expect.stringContaining('contract'), found: expect.stringContaining('login.1') },
    ])
  })
  test('that cites an unknown source, or has a clause twice, says on which line', async () => {
    await put('labs/01-password-login/lab.yaml', lab.replace('sources: [rfc1]', 'sources: [rfc2]'))
    expect((await problems()).map((p) => p.line)).toEqual([16])
    await put('labs/01-password-login/lab.yaml', lab.replace('login.2', 'login.1'))
    expect((await problems()).map((p) => p.line)).toEqual([17])
  })
  test('without its file', async () => {
    await mkdir(path.join(root, 'labs/03-empty'))
    expect(await problems()).toMatchObject([{ file: 'labs/03-empty/lab.yaml', found: 'no such file' }])
  })
})

describe('a module', () => {
  test('that lists a page that is not there names the one that was meant', async () => {
    await put('course/01-authentication/module.yaml', module.replace('two]', 'tow]'))
    expect(await problems()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          file: 'course/01-authentication/module.yaml',
          field: expect.stringContaining('pages'),
          found: '"tow"',
          suggestion: 'two',
        }),
      ]),
    )
  })
  test('with a page that it does not list', async () => {
    await put('course/01-authentication/three.mdx', page('A page', '1.3'))
    expect(await problems()).toMatchObject([
      {
        file: 'course/01-authentication/three.mdx',
        found: 'a page that pages does not list',
        expected: 'an entry in course/01-authentication/module.yaml',
      },
    ])
  })
  test('without its file', async () => {
    await put('course/02-new/one.mdx', page('A page', '2.1'))
    expect(await problems()).toMatchObject([{ file: 'course/02-new/module.yaml', found: 'no such file' }])
  })
})

describe('a page', () => {
  test('without frontmatter', async () => {
    await put('course/01-authentication/one.mdx', '# Hello\n')
    expect(await problems()).toMatchObject([
      { file: 'course/01-authentication/one.mdx', line: 1, found: 'no frontmatter' },
    ])
  })
  test('with a mistake in its frontmatter: the line of the page', async () => {
    await put('course/01-authentication/one.mdx', page().replace('hours: 1', 'hours: one'))
    expect(await problems()).toMatchObject([
      { file: 'course/01-authentication/one.mdx', line: 5, column: 8, field: 'hours', found: '"one"' },
    ])
  })
  test('with CRLF is read like any other', async () => {
    await put('course/01-authentication/one.mdx', page().replaceAll('\n', '\r\n'))
    expect(await problems()).toEqual([])
  })
})

test('the mistakes of all files come together', async () => {
  await put('labs/01-password-login/lab.yaml', lab.replace('hours: 2', 'hours: two'))
  await put('course/01-authentication/one.mdx', page().replace('hours: 1', 'hours: one'))
  await put('course/01-authentication/two.mdx', page('A page', '1.2').replace('updated: 2026-01-02', 'updated: soon'))
  expect((await problems()).map((p) => p.file).sort()).toEqual([
    'course/01-authentication/one.mdx',
    'course/01-authentication/two.mdx',
    'labs/01-password-login/lab.yaml',
  ])
})

describe('finding a lab', () => {
  test.each(['L01', 'l1', '01', 'password-login', '01-password-login', 'Password-Login'])('by %s', async (word) => {
    expect((await findLab(root, word)).id).toBe('L01')
  })
  test('by a misspelt name: the id that was meant, and all there are', async () => {
    await expect(findLab(root, 'pasword-login')).rejects.toThrow(
      'There is no lab "pasword-login". Did you mean L01? Labs: L01.',
    )
  })
  test('by a name like none: all there are', async () => {
    await expect(findLab(root, 'kubernetes')).rejects.toThrow('There is no lab "kubernetes". Labs: L01.')
  })
  test('a mistake in another lab does not keep this one from being found', async () => {
    await put('labs/02-broken/lab.yaml', 'id: [')
    expect((await findLab(root, 'L01')).slug).toBe('password-login')
  })
})

test('two pages with one id, and a page of a lab that does not exist, are told', async () => {
  await put('course/01-authentication/two.mdx', page().replace('hours: 1', 'hours: 1\nlab: L77'))
  expect(await problems()).toMatchObject([
    { file: 'course/01-authentication/two.mdx', field: 'id', found: '"1.1"' },
    { file: 'course/01-authentication/two.mdx', field: 'lab', found: '"L77"', expected: 'one of L00, L01' },
  ])
})

describe('quizzes', () => {
  const option = (text: string, more = '') => `      - { text: ${text}, feedback: because${more} }\n`
  const quiz = (id: string, options: string) => `  - id: ${id}\n    question: Why?\n    options:\n${options}`
  const right = option('a', ', correct: true') + option('b') + option('c')
  const withQuizzes = (quizzes: string, id?: string) =>
    put(
      `course/01-authentication/${id === '1.2' ? 'two' : 'one'}.mdx`,
      page('A page', id).replace('updated: 2026-01-02\n', `updated: 2026-01-02\nquizzes:\n${quizzes}`),
    )

  test('are part of their page', async () => {
    await withQuizzes(quiz('why', right))
    expect((await loadCatalog(root)).modules[0]?.lessons[0]?.quizzes).toMatchObject([
      { id: 'why', options: [{ text: 'a', correct: true }, { correct: false }, { text: 'c' }] },
    ])
  })
  test.each([
    ['no right option', option('a') + option('b') + option('c'), 11, 'exactly one option with correct: true'],
    ['two right options', right + option('d', ', correct: true'), 11, 'exactly one option with correct: true'],
    ['two options', option('a', ', correct: true') + option('b'), 11, 'at least 3 entries'],
    ['an option without feedback', `${right}      - { text: d }\n`, 14, 'a string'],
    ['the same option twice', right + option('a'), 14, 'a text that no other option has'],
    ['empty feedback', `${right}      - { text: d, feedback: "" }\n`, 14, 'a text that is not empty'],
  ])('with %s: the line and what is wanted', async (_name, options, line, expected) => {
    await withQuizzes(quiz('why', options))
    expect(await problems()).toMatchObject([{ file: 'course/01-authentication/one.mdx', line, expected }])
  })
  test('with one id twice, on one page or two: the line of the second', async () => {
    await withQuizzes(quiz('why', right) + quiz('why', right))
    expect(await problems()).toMatchObject([
      { file: 'course/01-authentication/one.mdx', line: 14, found: '"why", which this page has too' },
    ])
    await withQuizzes(quiz('why', right))
    await withQuizzes(quiz('other', right) + quiz('why', right), '1.2')
    expect(await problems()).toMatchObject([
      {
        file: 'course/01-authentication/two.mdx',
        line: 14,
        found: '"why", which course/01-authentication/one.mdx has too',
      },
    ])
  })
})

describe('goals', () => {
  const goals = 'goals:\n  - { id: sign-in, text: Sign in. }\n  - { id: caching, text: Cache. }\n'
  const counting = (list: string) => lab.replace('services: [api]', `services: [api]\ngoals: ${list}`)

  test('are those of the course, and labs count for them', async () => {
    await put('course/goals.yaml', goals)
    await put('labs/01-password-login/lab.yaml', counting('[caching]'))
    const catalog = await loadCatalog(root)
    expect([catalog.goals.map((g) => g.id), catalog.labs[0]?.goals]).toEqual([['sign-in', 'caching'], ['caching']])
  })
  test('that a lab names and the course has not: the place, and which was meant', async () => {
    await put('course/goals.yaml', goals)
    await put('labs/01-password-login/lab.yaml', counting('[sign-in, cachng]'))
    expect(await problems()).toMatchObject([
      {
        file: 'labs/01-password-login/lab.yaml',
        line: 10,
        column: 18,
        found: '"cachng"',
        expected: 'the id of a goal in course/goals.yaml',
        suggestion: 'caching',
      },
    ])
  })
  test('with one id twice', async () => {
    await put('course/goals.yaml', goals.replace('caching', 'sign-in'))
    expect(await problems()).toMatchObject([
      { file: 'course/goals.yaml', line: 3, expected: 'an id that no other goal has' },
    ])
  })
})
