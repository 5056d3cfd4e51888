import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf, filesOf, newestChange, readJson, writeAtomic } from './files.ts'

let dir: string
const put = async (file: string, text: string) => {
  await mkdir(path.dirname(path.join(dir, file)), { recursive: true })
  await writeFile(path.join(dir, file), text)
}
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'files-'))
  await put('api/src/a.ts', 'a')
  await put('b.txt', 'b')
})
afterEach(() => rm(dir, { recursive: true }))

describe('the digest of a folder', () => {
  test('stays while nothing changes', async () => {
    expect(await digestOf(dir)).toBe(await digestOf(dir))
    expect(await digestOf(dir)).toMatch(/^[0-9a-f]{64}$/)
  })
  test.each<[string, () => Promise<void>]>([
    ['another content', () => put('b.txt', 'c')],
    ['a new file', () => put('c.txt', '')],
    ['a file gone', () => rm(path.join(dir, 'b.txt'))],
    [
      'another name',
      async () => {
        await rm(path.join(dir, 'b.txt'))
        await put('bb.txt', 'b')
      },
    ],
    [
      'content moved from one file to the next',
      async () => {
        await put('api/src/a.ts', '')
        await put('b.txt', 'ab')
      },
    ],
    [
      'a file that swallowed the next, name and all',
      async () => {
        await rm(path.join(dir, 'b.txt'))
        await put('api/src/a.ts', 'ab.txt\0b')
      },
    ],
  ])('changes with %s', async (_what, change) => {
    const before = await digestOf(dir)
    await change()
    expect(await digestOf(dir)).not.toBe(before)
  })
  test.each(['node_modules', 'api/node_modules', '.git', 'api/.venv', 'api/__pycache__'])(
    'does not see what is made and not written: %s',
    async (folder) => {
      const before = await digestOf(dir)
      await put(`${folder}/x/index.js`, 'x')
      expect(await digestOf(dir)).toBe(before)
    },
  )
  test('does not see a touched date', async () => {
    const before = await digestOf(dir)
    await utimes(path.join(dir, 'b.txt'), 1, 1)
    expect(await digestOf(dir)).toBe(before)
  })
})

test('the files of a folder are given with slashes, sorted', async () => {
  await symlink('b.txt', path.join(dir, 'link'))
  expect(await filesOf(dir)).toEqual(['api/src/a.ts', 'b.txt'])
})

test('the newest change is that of the newest file, packages apart', async () => {
  const at = (s: number) => new Date(s * 1_000)
  await utimes(path.join(dir, 'api/src/a.ts'), at(5_000), at(5_000))
  await utimes(path.join(dir, 'b.txt'), at(6_000), at(6_000))
  await put('node_modules/x.js', 'x')
  expect(await newestChange(dir)).toBe(6_000_000)
})

describe('writing whole or not at all', () => {
  test('makes the folders, replaces, leaves nothing beside', async () => {
    const file = path.join(dir, 'new/folder/x.json')
    await Promise.all(Array.from({ length: 10 }, (_, i) => writeAtomic(file, `{"n": ${i}}`)))
    expect(await readdir(path.dirname(file))).toEqual(['x.json'])
    expect(await readFile(file, 'utf8')).toMatch(/^\{"n": \d\}$/)
  })
  test('a file cut in half by a crash reads as none', async () => {
    await put('x.json', '{"n": ')
    expect(await readJson(path.join(dir, 'x.json'))).toBeUndefined()
    expect(await readJson(path.join(dir, 'missing.json'))).toBeUndefined()
    await put('x.json', '{"n": 1}')
    expect(await readJson(path.join(dir, 'x.json'))).toEqual({ n: 1 })
  })
})
