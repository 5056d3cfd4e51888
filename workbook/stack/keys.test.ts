import { createPrivateKey } from 'node:crypto'
import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addKey, readKeys, removeKey, restoreKeys, signWith, writeFreshKeys } from './keys.ts'

let root: string
let dir: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'keys-'))
  dir = path.join(root, 'keys')
  await writeFreshKeys(dir)
})
afterEach(() => rm(root, { recursive: true }))

describe('a folder of keys', () => {
  test('holds RSA private keys, and a regular file that names the one that signs', async () => {
    const { current, keys } = await readKeys(dir)
    expect(Object.keys(keys)).toHaveLength(2)
    expect(Object.keys(keys)).toContain(current)
    for (const pem of Object.values(keys)) {
      expect(createPrivateKey(pem).asymmetricKeyType).toBe('rsa')
      expect(createPrivateKey(pem).asymmetricKeyDetails?.modulusLength).toBe(2048)
    }
    expect((await lstat(path.join(dir, 'current'))).isFile()).toBe(true)
    expect((await readdir(dir)).sort()).toEqual([...Object.keys(keys).map((kid) => `${kid}.pem`), 'current'].sort())
  })
  test('is another one each time', async () => {
    const before = await readKeys(dir)
    await writeFreshKeys(dir)
    const after = await readKeys(dir)
    expect(Object.keys(after.keys).filter((kid) => kid in before.keys)).toEqual([])
  })
  test('can be read by another user', async () => {
    for (const name of await readdir(dir)) expect((await lstat(path.join(dir, name))).mode & 0o444).toBe(0o444)
    expect((await lstat(dir)).mode & 0o055).toBe(0o055)
  })
  test('is put back as it was, whatever was done to it', async () => {
    const before = await readKeys(dir)
    expect(await restoreKeys(dir, before)).toBe(false)
    await signWith(dir, await addKey(dir))
    await removeKey(dir, before.current)
    expect(await readFile(path.join(dir, 'current'), 'utf8')).not.toContain(before.current)
    expect(await restoreKeys(dir, before)).toBe(true)
    expect(await readKeys(dir)).toEqual(before)
  })
})
