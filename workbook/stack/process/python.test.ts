import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { placesOf } from '../files.ts'
import { EnvironmentTrouble } from '../types.ts'
import { ensurePython, pythonPath } from './python.ts'

let root: string
let api: string
const told: string[] = []
const ensure = () => ensurePython(placesOf(root), api, (text) => told.push(text))
/** How often pip was called, and what it was to install last. */
const installs = async () =>
  (await readFile(path.join(root, 'pip.log'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'venv-')))
  api = path.join(root, 'copy', 'api')
  await mkdir(api, { recursive: true })
  await writeFile(path.join(api, 'requirements.txt'), 'fastapi==1\n')
  await interpreter()
  told.length = 0
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})

/** An interpreter that makes environments of nothing, and whose pip writes down that it was called. */
async function interpreter({ pip = 'true', version = '[3,12,1]', venv = 'true' } = {}): Promise<void> {
  const file = path.join(root, 'python')
  const script = `#!/bin/sh
case "$*" in
  -I*) echo '["${file}", ${version}, ${venv}]' ;;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip "*) echo "$*" >> ${root}/pip.log; ${pip} ;;
esac
`
  await writeFile(file, script)
  await chmod(file, 0o755)
  vi.stubEnv('WORKBOOK_PYTHON', file)
}

test('a program in another language is none of ours', async () => {
  await rm(path.join(api, 'requirements.txt'))
  expect(await ensure()).toBe('none')
  expect(pythonPath(api)).toBeUndefined()
})

test('an environment is filled once for each list, and linked', async () => {
  expect(await ensure()).toBe('fetched')
  expect(await ensure()).toBe('present')
  expect(await installs()).toHaveLength(1)
  expect(told).toHaveLength(1)
  expect(pythonPath(api)).toBe(path.join(api, '.venv', 'bin'))
  const before = await readlink(path.join(api, '.venv'))
  await writeFile(path.join(api, 'requirements.txt'), 'fastapi==2\n')
  expect(await ensure()).toBe('fetched')
  expect(await readlink(path.join(api, '.venv'))).not.toBe(before)
  await writeFile(path.join(api, 'requirements.txt'), 'fastapi==1\n')
  expect(await ensure()).toBe('present')
  expect(await readlink(path.join(api, '.venv'))).toBe(before)
})

test('two at once fill it once', async () => {
  await interpreter({ pip: 'sleep 0.3' })
  const other = path.join(root, 'other', 'api')
  await mkdir(other, { recursive: true })
  await writeFile(path.join(other, 'requirements.txt'), 'fastapi==1\n')
  const both = await Promise.all([ensure(), ensurePython(placesOf(root), other, () => {})])
  expect(both.toSorted()).toEqual(['fetched', 'present'])
  expect(await installs()).toHaveLength(1)
})

test('several stacks of one folder at once link it once', async () => {
  await ensure()
  for (const before of ['nothing', 'another list']) {
    await rm(path.join(api, '.venv'))
    if (before === 'another list') await symlink(path.join(root, '.workbook', 'python', 'old'), path.join(api, '.venv'))
    await Promise.all([ensure(), ensure(), ensure(), ensure()])
    expect(existsSync(path.join(api, '.venv', 'bin'))).toBe(true)
  }
  expect(await readdir(api)).toEqual(['.venv', 'requirements.txt'])
})

test('what was interrupted is begun anew, not taken for whole', async () => {
  await ensure()
  const home = await readlink(path.join(api, '.venv'))
  await rm(path.join(home, '.workbook-ready'))
  await writeFile(path.join(home, 'half'), '')
  expect(await ensure()).toBe('fetched')
  expect(existsSync(path.join(home, 'half'))).toBe(false)
})

test('another Python gets an environment of its own', async () => {
  await ensure()
  await interpreter({ version: '[3,13,5]' })
  expect(await ensure()).toBe('fetched')
})

test('an environment of the learner’s own is left alone, folder or link', async () => {
  await mkdir(path.join(api, '.venv'))
  expect(await ensure()).toBe('own')
  await rm(path.join(api, '.venv'), { recursive: true })
  await mkdir(path.join(root, 'mine'))
  await symlink(path.join(root, 'mine'), path.join(api, '.venv'))
  expect(await ensure()).toBe('own')
  expect(await installs()).toEqual([])
})

test('a link that leads nowhere any more is ours to renew', async () => {
  await ensure()
  await rm(path.join(root, '.workbook'), { recursive: true })
  expect(await ensure()).toBe('fetched')
})

test('pip that fails is told in its own last words, and what it left is not used', async () => {
  await interpreter({ pip: 'echo "ERROR: No matching distribution found for fastapi==1" >&2; exit 1' })
  const trouble = await ensure().catch((error: unknown) => error)
  expect(trouble).toBeInstanceOf(EnvironmentTrouble)
  expect((trouble as EnvironmentTrouble).log.join('\n')).toContain('No matching distribution')
  expect(existsSync(path.join(api, '.venv'))).toBe(false)
  await interpreter()
  expect(await ensure()).toBe('fetched')
})

test.each([
  [{ version: '[3,9,2]' }, 'the Python here is 3.9.2, older than 3.11'],
  [{ venv: 'false' }, 'without its module venv'],
])('an interpreter that will not do is told: %o', async (like, words) => {
  await interpreter(like)
  await expect(ensure()).rejects.toThrow(words)
})

test('no Python at all is told, with where to get one', async () => {
  vi.stubEnv('WORKBOOK_PYTHON', path.join(root, 'gone'))
  const trouble = (await ensure().catch((error: unknown) => error)) as EnvironmentTrouble
  expect(trouble.message).toContain('there is no Python')
  expect(trouble.remedy).toContain('Install Python 3.11')
})
