import { chmod, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPython, pythonTrouble } from './python.ts'

let bin: string
beforeEach(async () => {
  bin = await realpath(await mkdtemp(path.join(tmpdir(), 'python-')))
  await symlink('/bin/sh', path.join(bin, 'sh'))
})
afterEach(() => rm(bin, { recursive: true }))

/** A program of this name that answers as an interpreter of that version does. */
async function interpreter(name: string, version: number[], venv = true): Promise<void> {
  const answer = JSON.stringify([path.join(bin, name), version, venv])
  await writeFile(path.join(bin, name), `#!/bin/sh\necho '${answer}'\n`)
  await chmod(path.join(bin, name), 0o755)
}
const search = (more = {}) => findPython({ PATH: bin, ...more })

test('none on PATH', async () => {
  expect(await search()).toEqual({ kind: 'none' })
  expect(pythonTrouble({ kind: 'none' })?.fix).toContain('WORKBOOK_PYTHON')
})

test('the plain name comes first', async () => {
  await interpreter('python3', [3, 11, 2])
  await interpreter('python3.13', [3, 13, 5])
  expect(await search()).toMatchObject({ kind: 'found', python: { version: '3.11.2' } })
})

test('one that is too old is passed over where a newer one has a name of its own', async () => {
  await interpreter('python3', [3, 9, 2])
  expect(await search()).toEqual({ kind: 'old', version: '3.9.2' })
  await interpreter('python3.12', [3, 12, 1])
  expect(await search()).toMatchObject({ kind: 'found', python: { version: '3.12.1', venv: true } })
})

test('one without venv is the last resort, and its trouble is told', async () => {
  await interpreter('python3', [3, 11, 2], false)
  const found = await search()
  expect(pythonTrouble(found)?.found).toContain('3.11.2 is here without its module venv')
  await interpreter('python3.13', [3, 13, 5])
  expect(pythonTrouble(await search())).toBeUndefined()
})

test('a program that is no interpreter (a shim without a version behind it) is passed over', async () => {
  await writeFile(path.join(bin, 'python3'), '#!/bin/sh\necho "python3: command not found" >&2\nexit 127\n')
  await chmod(path.join(bin, 'python3'), 0o755)
  expect(await search()).toEqual({ kind: 'none' })
})

test('WORKBOOK_PYTHON is the only one that is asked', async () => {
  await interpreter('python3', [3, 13, 5])
  await interpreter('mine', [3, 12, 0])
  expect(await search({ WORKBOOK_PYTHON: path.join(bin, 'mine') })).toMatchObject({ python: { version: '3.12.0' } })
  expect(await search({ WORKBOOK_PYTHON: path.join(bin, 'gone') })).toEqual({ kind: 'none' })
})
