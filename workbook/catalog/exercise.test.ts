import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadCatalog } from './load.ts'
import { CatalogError, type Problem } from './problem.ts'

const exercise = `id: X1.1
title: A
lesson: "1.1"
aim: B
minutes: 10
files: [verify.ts]
sources:
  - { id: rfc1, title: RFC 1, url: "https://example.org/1", date: 2023-07 }
`
const mutants = 'mutants:\n  - id: wrong\n    title: Wrong\n    killedBy: C01\n    diagnosis: is-wrong\n'
const option = (text: string, more = '') => `      - { text: ${text}, feedback: because, sources: [rfc1]${more} }\n`
const product = (id: string) =>
  `  - id: ${id}\n    question: Which?\n    options:\n${option('a', ', correct: true')}${option('b')}${option('c')}`
const products = `products:\n${product('one-thing')}${product('other')}${product('third')}`

let root: string
const put = async (file: string, text: string) => {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true })
  await writeFile(path.join(root, file), text)
}
const own = (file: string, text: string) => put(`labs/exercises/policy/${file}`, text)
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
  root = await mkdtemp(path.join(tmpdir(), 'exercises-'))
  await put('course/01-m/module.yaml', 'id: M1\ntitle: M\naim: x\nhours: 3\npages: [one]\n')
  await put('course/01-m/one.mdx', '---\nid: "1.1"\ntitle: T\ndescription: d\nhours: 1\nupdated: 2026-01-02\n---\n')
  await own('exercise.yaml', exercise)
  await own('mutants.yaml', mutants)
  for (const program of ['starter', 'solution', 'alternates/other'])
    await own(`${program}/verify.ts`, 'export const verify = 1\n')
  await own('mutants/wrong.patch', '')
})
afterEach(() => rm(root, { recursive: true }))

/** Turns the exercise into a choice. */
async function choice(text = products) {
  await rm(path.join(root, 'labs/exercises/policy'), { recursive: true })
  await own('exercise.yaml', exercise.replace('files: [verify.ts]\n', ''))
  await own('products.yaml', text)
}

test('an exercise comes with its programs', async () => {
  expect((await loadCatalog(root)).exercises).toMatchObject([
    {
      id: 'X1.1',
      slug: 'policy',
      files: ['verify.ts'],
      alternates: ['other'],
      mutants: [{ id: 'wrong' }],
      products: [],
    },
  ])
})

describe('wrong are', () => {
  test('a number that is not the lesson’s, and a lesson that is not there', async () => {
    await own('exercise.yaml', exercise.replace('X1.1', 'X1.2'))
    expect(await problems()).toMatchObject([{ file: 'labs/exercises/policy/exercise.yaml', field: 'id' }])
    await own('exercise.yaml', exercise.replace('X1.1', 'X9.1').replace('"1.1"', '"9.1"'))
    expect(await problems()).toMatchObject([{ field: 'lesson', found: '"9.1"' }])
  })
  test('an unknown field: its line, and what was meant', async () => {
    await own('exercise.yaml', exercise.replace('minutes', 'minuts'))
    expect(await problems()).toEqual(
      expect.arrayContaining([expect.objectContaining({ line: 5, suggestion: 'minutes' })]),
    )
  })
  test('a program without its file, and a file that is not listed', async () => {
    await rm(path.join(root, 'labs/exercises/policy/starter'), { recursive: true })
    await own('alternates/other/more.ts', '')
    expect(await problems()).toMatchObject([
      { file: 'labs/exercises/policy/starter', found: 'no verify.ts' },
      { file: 'labs/exercises/policy/alternates/other/more.ts', found: 'a file that files does not list' },
    ])
  })
  test('a mutant that is not listed, one without a patch or a base, and one that is listed twice', async () => {
    const one = mutants.slice('mutants:\n'.length)
    await own('mutants.yaml', `${mutants}${one}${one.replace('wrong', 'gone')}    base: nowhere\n`)
    await own('mutants/extra.patch', '')
    expect(await problems()).toMatchObject([
      { file: 'labs/exercises/policy/mutants/gone.patch', found: 'no such file' },
      { file: 'labs/exercises/policy/mutants/extra.patch', found: 'what is no patch of a listed mutant' },
      { file: 'labs/exercises/policy/mutants.yaml', field: 'gone.base', found: '"nowhere"' },
      { file: 'labs/exercises/policy/mutants.yaml', line: 6, found: '"wrong"' },
    ])
  })
  test('neither files nor products', async () => {
    await own('exercise.yaml', exercise.replace('[verify.ts]', '[]'))
    expect(await problems()).toMatchObject([{ field: 'files', found: 'no files and no products.yaml' }])
  })
})

describe('a choice', () => {
  test('is answered like quizzes, and they are the lesson’s', async () => {
    await choice()
    const { modules, exercises } = await loadCatalog(root)
    expect(exercises[0]?.products.map(({ id }) => id)).toEqual(['one-thing', 'other', 'third'])
    expect(modules[0]?.lessons[0]?.quizzes.map(({ id }) => id)).toEqual(['one-thing', 'other', 'third'])
  })
  test('that cites what is not listed: the place, and what was meant', async () => {
    await choice(products.replace('[rfc1]', '[rfc2]'))
    expect(await problems()).toMatchObject([
      { file: 'labs/exercises/policy/products.yaml', line: 5, found: '"rfc2"', suggestion: 'rfc1' },
    ])
  })
  test('without a right option, or with an id twice: the line', async () => {
    await choice(products.replace(', correct: true', ''))
    expect(await problems()).toMatchObject([{ line: 5, expected: 'exactly one option with correct: true' }])
    await choice(products.replace('id: other', 'id: one-thing'))
    expect(await problems()).toMatchObject([
      { file: 'labs/exercises/policy/products.yaml', line: 8, found: '"one-thing", which this file has too' },
    ])
  })
})
