import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { filesOf } from '../files.ts'
import { mirror, refreshMirror } from './modules.ts'

let base: string
let from: string
let to: string
beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'mirror-'))
  from = path.join(base, 'from')
  to = path.join(base, 'to')
  await put('api/package.json', '{}')
  await put('api/src/app.ts', 'one')
  await put('notes.md', 'a note')
  await mirror(from, to)
  // What an installation in the mirror leaves.
  await mkdir(path.join(to, 'api/node_modules/pg'), { recursive: true })
})
afterEach(() => rm(base, { recursive: true }))
async function put(name: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(from, name)), { recursive: true })
  await writeFile(path.join(from, name), text)
}

test('a mirror follows its folder: changed, added, gone', async () => {
  await put('api/src/app.ts', 'two')
  await put('api/src/new/file.ts', 'new')
  await rm(path.join(from, 'notes.md'))
  await refreshMirror(from, to)
  expect(await filesOf(to)).toEqual(['api/package.json', 'api/src/app.ts', 'api/src/new/file.ts'])
  expect(await readFile(path.join(to, 'api/src/app.ts'), 'utf8')).toBe('two')
})

test('installed packages stay until what they were installed for changes', async () => {
  await put('api/src/app.ts', 'two')
  await refreshMirror(from, to)
  expect(existsSync(path.join(to, 'api/node_modules/pg'))).toBe(true)
  await put('api/package-lock.json', '{}')
  await refreshMirror(from, to)
  expect(existsSync(path.join(to, 'api/node_modules'))).toBe(false)
})
