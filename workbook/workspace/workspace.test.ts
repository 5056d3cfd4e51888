/** States of the real L01, and of a small lab made for the purpose. */
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { findLab, type Lab, trackDefaults } from '../catalog/index.ts'
import { buildState, isEmptyFolder, type Tree, writeTree } from './materialise.ts'
import {
  alternateIds,
  loadAlternate,
  loadMutant,
  mutantIds,
  parseState,
  StateError,
  tracksOfAlternate,
  tracksOfMutant,
} from './states.ts'

const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const textOf = (tree: Tree, name: string) => tree.get(name)?.content.toString('utf8') ?? ''

let root: string
let lab: Lab
const put = async (file: string, content: string | Buffer) => {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true })
  await writeFile(path.join(root, file), content)
}
const small = 'solutions/01-small'
const patch = (from: string, to: string) =>
  `diff --git a/api/a.ts b/api/a.ts\n--- a/api/a.ts\n+++ b/api/a.ts\n@@ -1,3 +1,3 @@\n one\n-${from}\n+${to}\n three\n`
const mutant = (id: string, more = '') =>
  put(`${small}/mutants/${id}/mutant.yaml`, `id: ${id}\ntitle: T\nkilledBy: C01\ndiagnosis: d\n${more}`)

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'workspace-'))
  await put('labs/depot/common/README.md', '# %LAB% %TITLE%\n100 % of __LAB__ in __PROJECT__, __init__\n')
  await put('labs/depot/common/course.json', '{}\n')
  await put('labs/depot/express/api/a.ts', 'base\n')
  await put('labs/depot/express/api/old.ts', 'old\n')
  await put('labs/01-small/starter/express/api/a.ts', 'starter\n')
  await put(`${small}/express/api/a.ts`, 'one\ntwo\nthree\n')
  await put(`${small}/express/.remove`, 'api/old.ts\n\n')
  await put(`${small}/alternates/over/alternate.yaml`, 'id: over\ntitle: T\nabout: A\nkind: overlay\ntrack: express\n')
  await put(`${small}/alternates/over/files/api/b.ts`, 'over\n')
  await put(
    `${small}/alternates/alone/alternate.yaml`,
    'id: alone\ntitle: T\nabout: A\nkind: standalone\ntrack: other\n',
  )
  await put(`${small}/alternates/alone/files/api/main.js`, 'alone\n')
  await mutant('one-wrong')
  await put(`${small}/mutants/one-wrong/express.patch`, patch('two', 'TWO'))
  lab = {
    id: 'L01',
    slug: 'small',
    title: 'A small lab',
    tracks: ['express'],
    after: [],
    base: ['common', '{track}'],
    folder: '01-small',
    dir: path.join(root, 'labs/01-small'),
  } as unknown as Lab
})
afterEach(() => rm(root, { recursive: true }))

describe('a state is built', () => {
  test('starter: the base with the starter over it', async () => {
    const tree = await buildState(root, lab, { kind: 'starter' }, 'express')
    expect([...tree.keys()].sort()).toEqual(['README.md', 'api/a.ts', 'api/old.ts', 'course.json'])
    expect(textOf(tree, 'api/a.ts')).toBe('starter\n')
  })
  test('solution: what .remove names is gone, and .remove itself is no file of it', async () => {
    const tree = await buildState(root, lab, { kind: 'solution' }, 'express')
    expect([...tree.keys()].sort()).toEqual(['README.md', 'api/a.ts', 'course.json'])
  })
  test('the words for lab, title and project are filled in, and nothing else', async () => {
    const tree = await buildState(root, lab, { kind: 'starter' }, 'express')
    expect(textOf(tree, 'README.md')).toBe('# L01 A small lab\n100 % of L01 in depot-l01, __init__\n')
  })
  test('the commands of the track are filled in, and its name', async () => {
    await put('labs/depot/common/compose.yaml', 'command: __MIGRATE__\ntest: __HEALTHY__\n')
    await put('labs/depot/common/course.json', '{ "track": "__TRACK__" }\n')
    const tree = await buildState(root, lab, { kind: 'solution' }, 'express')
    const { command, test } = parse(textOf(tree, 'compose.yaml')) as { command: string[]; test: string[] }
    expect(command).toEqual(trackDefaults.express.migrate)
    expect(test).toEqual(['CMD', ...trackDefaults.express.healthy])
    expect(textOf(tree, 'course.json')).toBe('{ "track": "express" }\n')
  })
  test('a further track has layers, patches and overlays of its own', async () => {
    lab = { ...lab, tracks: ['express', 'fastapi'] }
    await put('labs/depot/fastapi/api/a.py', 'base\n')
    await put(`${small}/fastapi/api/a.py`, 'solution\n')
    await put(`${small}/alternates/over/fastapi/api/b.py`, 'over\n')
    const over = await buildState(root, lab, { kind: 'alternate', id: 'over' }, 'fastapi')
    expect([...over.keys()].sort()).toEqual(['README.md', 'api/a.py', 'api/b.py', 'course.json'])
    const [alternate, alone] = [await loadAlternate(root, lab, 'over'), await loadAlternate(root, lab, 'alone')]
    expect(tracksOfAlternate(lab, alternate)).toEqual(['express', 'fastapi'])
    // Of another framework: run once, whatever tracks the lab has.
    expect(tracksOfAlternate(lab, alone)).toEqual(['express'])
    expect(tracksOfMutant(lab, await loadMutant(root, lab, 'one-wrong'))).toEqual(['express'])
    await expect(buildState(root, lab, { kind: 'mutant', id: 'one-wrong' }, 'fastapi')).rejects.toThrow('fastapi.patch')
  })
  test('an overlay lies on the solution, a standalone on the common base alone', async () => {
    const over = await buildState(root, lab, { kind: 'alternate', id: 'over' }, 'express')
    expect([textOf(over, 'api/a.ts'), textOf(over, 'api/b.ts')]).toEqual(['one\ntwo\nthree\n', 'over\n'])
    const alone = await buildState(root, lab, { kind: 'alternate', id: 'alone' }, 'express')
    expect([...alone.keys()].sort()).toEqual(['README.md', 'api/main.js', 'course.json'])
  })
  test('a lab that goes on from another lies on its solution', async () => {
    await put('labs/02-next/starter/express/api/next.ts', 'starter\n')
    await put('solutions/02-next/express/api/next.ts', 'solved\n')
    const next = { ...lab, id: 'L02', after: ['L01'], folder: '02-next', dir: path.join(root, 'labs/02-next') } as Lab
    const starter = await buildState(root, next, { kind: 'starter' }, 'express')
    expect([textOf(starter, 'api/a.ts'), textOf(starter, 'api/next.ts')]).toEqual(['one\ntwo\nthree\n', 'starter\n'])
    expect(starter.has('api/old.ts')).toBe(false)
    const solution = await buildState(root, next, { kind: 'solution' }, 'express')
    expect([textOf(solution, 'api/a.ts'), textOf(solution, 'api/next.ts')]).toEqual(['one\ntwo\nthree\n', 'solved\n'])
    await expect(buildState(root, { ...next, after: ['L07'] } as Lab, { kind: 'starter' }, 'express')).rejects.toThrow(
      'L02 goes on from L07, and there is no such lab',
    )
  })
  test('a layer may change a file below it by .patch, and a standalone has the parts of the base that are of no track', async () => {
    await put(
      'labs/depot/keys/.patch',
      '--- a/README.md\n+++ b/README.md\n@@ -1,1 +1,1 @@\n-# %LAB% %TITLE%\n+# Keys\n',
    )
    await put('labs/depot/common/README.md', '# %LAB% %TITLE%\n')
    const keyed = { ...lab, base: ['common', '{track}', 'keys'] } as Lab
    const starter = await buildState(root, keyed, { kind: 'starter' }, 'express')
    expect(textOf(starter, 'README.md')).toBe('# Keys\n')
    expect(starter.has('.patch')).toBe(false)
    const alone = await buildState(root, keyed, { kind: 'alternate', id: 'alone' }, 'express')
    expect([textOf(alone, 'README.md'), alone.has('api/a.ts')]).toEqual(['# Keys\n', false])
    await put('labs/depot/keys/.patch', '--- a/README.md\n+++ b/README.md\n@@ -1,1 +1,1 @@\n-# Other\n+# Keys\n')
    await expect(buildState(root, keyed, { kind: 'starter' }, 'express')).rejects.toThrow(
      'labs/depot/keys/.patch does not apply to README.md',
    )
  })
  test('a mutant is the solution with its patch', async () => {
    const tree = await buildState(root, lab, { kind: 'mutant', id: 'one-wrong' }, 'express')
    expect(textOf(tree, 'api/a.ts')).toBe('one\nTWO\nthree\n')
  })
  test('a mutant of an alternate is that with the patch', async () => {
    await mutant('of-over', 'base: over\n')
    await put(`${small}/mutants/of-over/express.patch`, '--- a/api/b.ts\n+++ b/api/b.ts\n@@ -1 +1 @@\n-over\n+under\n')
    const tree = await buildState(root, lab, { kind: 'mutant', id: 'of-over' }, 'express')
    expect(textOf(tree, 'api/b.ts')).toBe('under\n')
  })
  test('a patch may add and delete files', async () => {
    await put(
      `${small}/mutants/one-wrong/express.patch`,
      '--- /dev/null\n+++ b/api/new.ts\n@@ -0,0 +1 @@\n+new\n--- a/api/a.ts\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-one\n-two\n-three\n',
    )
    const tree = await buildState(root, lab, { kind: 'mutant', id: 'one-wrong' }, 'express')
    expect(textOf(tree, 'api/new.ts')).toBe('new\n')
    expect(tree.has('api/a.ts')).toBe(false)
  })
  test('a patch that moves a file leaves none behind', async () => {
    await put(
      `${small}/mutants/one-wrong/express.patch`,
      'diff --git a/api/a.ts b/api/z.ts\nrename from api/a.ts\nrename to api/z.ts\n--- a/api/a.ts\n+++ b/api/z.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n',
    )
    const tree = await buildState(root, lab, { kind: 'mutant', id: 'one-wrong' }, 'express')
    expect(textOf(tree, 'api/z.ts')).toBe('one\nTWO\nthree\n')
    expect(tree.has('api/a.ts')).toBe(false)
  })
  test('installed packages of a layer are not part of it', async () => {
    await put(`${small}/express/api/node_modules/x/index.js`, 'x')
    expect([...(await buildState(root, lab, { kind: 'solution' }, 'express')).keys()].join()).not.toContain('modules')
  })
  test('a file that is no text comes out as it went in, underscores or not', async () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0x80]), Buffer.from('__LAB__')])
    await put(`${small}/express/logo.bin`, bytes)
    const tree = await buildState(root, lab, { kind: 'solution' }, 'express')
    expect(tree.get('logo.bin')?.content.subarray(0, 4)).toEqual(bytes.subarray(0, 4))
  })
})

describe('a state that cannot be built says which file is to blame', () => {
  const build = () => buildState(root, lab, { kind: 'mutant', id: 'one-wrong' }, 'express')
  const file = `${small}/mutants/one-wrong/express.patch`

  test('a patch that does not apply', async () => {
    await put(file, patch('2', 'TWO'))
    await expect(build()).rejects.toThrow(StateError)
    await expect(build()).rejects.toThrow(/one-wrong\/express\.patch does not apply to api\/a\.ts/)
  })
  test('a patch that would apply with a little fuzz only', async () => {
    await put(file, patch('two', 'TWO').replace(' three', ' 3'))
    await expect(build()).rejects.toThrow('does not apply')
  })
  test('a patch of a file that is not there', async () => {
    await put(file, patch('two', 'TWO').replaceAll('a.ts', 'gone.ts'))
    await expect(build()).rejects.toThrow(/one-wrong\/express\.patch changes api\/gone\.ts, which is not there/)
  })
  test.each([
    ['empty', ''],
    ['no patch', 'hello\n'],
    ['without a hunk', '--- a/api/a.ts\n+++ b/api/a.ts\n'],
    ['broken', '--- a/api/a.ts\n+++ b/api/a.ts\n@@ -1,3 +1,3 @@\n one\nnonsense\n'],
  ])('a patch that is %s: the mutant would be the solution', async (_what, text) => {
    await put(file, text)
    await expect(build()).rejects.toThrow(StateError)
    await expect(build()).rejects.toThrow('one-wrong/express.patch')
  })
  test('a mutant without a patch for the track', async () => {
    await rm(path.join(root, file))
    await expect(build()).rejects.toThrow(StateError)
    await expect(build()).rejects.toThrow('express.patch')
  })
  test('a mutant whose file says another id than its folder', async () => {
    await put(`${small}/mutants/one-wrong/mutant.yaml`, 'id: other\ntitle: T\nkilledBy: C01\ndiagnosis: d\n')
    await expect(build()).rejects.toThrow(/says id other; the folder is called one-wrong/)
  })
  test('an alternate whose file says another id than its folder', async () => {
    await put(
      `${small}/alternates/over/alternate.yaml`,
      'id: other\ntitle: T\nabout: A\nkind: overlay\ntrack: express\n',
    )
    await expect(buildState(root, lab, { kind: 'alternate', id: 'over' }, 'express')).rejects.toThrow(/other.*over/)
  })
  test('a .remove of a file that is not there', async () => {
    await put(`${small}/express/.remove`, 'api/older.ts\n')
    await expect(buildState(root, lab, { kind: 'solution' }, 'express')).rejects.toThrow(
      /express\/\.remove removes api\/older\.ts, which is not there/,
    )
  })
  test('a track that there is not', async () => {
    await expect(buildState(root, lab, { kind: 'starter' }, 'fastapi')).rejects.toThrow(StateError)
  })
})

describe('the name of a state', () => {
  test.each(['starter', 'solution'])('%s', async (text) => {
    expect(await parseState(root, lab, text)).toEqual({ kind: text })
  })
  test('an alternate and a mutant with their id', async () => {
    expect(await parseState(root, lab, 'alternate:over')).toEqual({ kind: 'alternate', id: 'over' })
    expect(await parseState(root, lab, 'mutant:one-wrong')).toEqual({ kind: 'mutant', id: 'one-wrong' })
  })
  test('misspelt: what was meant, and what there is', async () => {
    await expect(parseState(root, lab, 'solutoin')).rejects.toThrow(
      '"solutoin" names no state. Did you mean solution? Use starter, solution, alternate:<id>, mutant:<id> or cheat:<id>.',
    )
    await expect(parseState(root, lab, 'mutant:one-wron')).rejects.toThrow(
      'L01 has no mutant "one-wron". Did you mean mutant:one-wrong? There are: one-wrong.',
    )
    await expect(parseState(root, lab, 'alternate')).rejects.toThrow(/There are: alone, over\./)
    await expect(parseState(root, lab, 'mutant:../../x')).rejects.toThrow(StateError)
  })
  test.each(['', 'starter:', 'starter:x', 'alternate:over:more', 'Starter '])('%j is none', async (text) => {
    await expect(parseState(root, lab, text)).rejects.toThrow(StateError)
  })
})

describe('writing a tree', () => {
  test('makes folders, keeps what may be executed', async () => {
    await put('labs/depot/express/api/run.sh', '#!/bin/sh\n')
    await chmod(path.join(root, 'labs/depot/express/api/run.sh'), 0o755)
    const to = path.join(root, 'new', 'folder')
    expect(await isEmptyFolder(to)).toBe(true)
    await writeTree(await buildState(root, lab, { kind: 'starter' }, 'express'), to)
    expect(await readFile(path.join(to, 'api/a.ts'), 'utf8')).toBe('starter\n')
    expect((await stat(path.join(to, 'api/run.sh'))).mode & 0o111).not.toBe(0)
    expect((await stat(path.join(to, 'api/a.ts'))).mode & 0o111).toBe(0)
    expect(await isEmptyFolder(to)).toBe(false)
  })
  test('into an empty folder that is there', async () => {
    const to = path.join(root, 'empty')
    await mkdir(to)
    expect(await isEmptyFolder(to)).toBe(true)
    await writeTree(new Map([['a', { content: Buffer.from('x'), executable: false }]]), to)
    expect(await readFile(path.join(to, 'a'), 'utf8')).toBe('x')
  })
})

describe('L01', () => {
  test('starter and solution are whole workspaces without a word left to fill in', async () => {
    const real = await findLab(checkout, 'L01')
    for (const kind of ['starter', 'solution'] as const) {
      const tree = await buildState(checkout, real, { kind }, 'express')
      for (const name of [
        'compose.yaml',
        'course.json',
        'api/package.json',
        'api/src/server.ts',
        'api/src/auth/routes.ts',
      ])
        expect(tree.has(name), name).toBe(true)
      for (const [name, { content }] of tree) expect(content.toString('utf8'), name).not.toMatch(/__[A-Z]+__|%[A-Z]+%/)
      expect(textOf(tree, 'compose.yaml')).toContain('depot-l01')
    }
  })
  test('every mutant differs from the solution, and every alternate can be built', async () => {
    const real = await findLab(checkout, 'L01')
    const whole = (tree: Tree) => JSON.stringify([...tree].map(([name, f]) => [name, f.content.toString('base64')]))
    const solution = whole(await buildState(checkout, real, { kind: 'solution' }, 'express'))
    for (const id of await mutantIds(checkout, real))
      expect(whole(await buildState(checkout, real, { kind: 'mutant', id }, 'express')), id).not.toBe(solution)
    for (const id of await alternateIds(checkout, real))
      expect((await buildState(checkout, real, { kind: 'alternate', id }, 'express')).has('course.json'), id).toBe(true)
  })
})
