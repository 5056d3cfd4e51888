import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CourseJson, courseJsonSchema } from '../../catalog/index.ts'
import { readKeys, writeFreshKeys } from '../../stack/keys.ts'
import { NotOffered } from '../core/failure.ts'
import { createKeys } from './keys.ts'

let root: string
let dir: string
let asked: string[]
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'keys-'))
  dir = path.join(root, 'keys')
  await writeFreshKeys(dir)
  asked = []
})
afterEach(() => rm(root, { recursive: true }))

const stack = {
  signal: async (name: string) => void asked.push(name),
  revive: async () => {
    asked.push('restart')
    return true
  },
}
const declared = (keyReload?: CourseJson['keyReload']) =>
  courseJsonSchema.parse(keyReload === undefined ? {} : { keyReload })

describe('the keys of a stack', () => {
  test('are told with the one that signs', async () => {
    const { current, keys } = await readKeys(dir)
    const listed = await createKeys(dir, stack, declared()).list()
    expect(listed.current).toEqual({ kid: current, privateKey: keys[current] })
    expect(listed.all.map((key) => key.kid)).toEqual(Object.keys(keys))
  })
  test.each([
    [undefined, 'restart', ['restart']],
    ['restart', 'restart', ['restart']],
    ['sighup', 'sighup', ['SIGHUP']],
    ['poll', 'poll', []],
  ] as const)('declared %s: taken up by %s', async (keyReload, way, expected) => {
    expect(await createKeys(dir, stack, declared(keyReload)).reload()).toBe(way)
    expect(asked).toEqual(expected)
  })
  test('what a check changed is put back at the end, and taken up', async () => {
    const before = await readKeys(dir)
    const keys = createKeys(dir, stack, declared('sighup'))
    const next = await keys.add()
    await keys.use(next.kid)
    await keys.remove(before.current)
    expect((await keys.list()).current).toEqual(next)
    expect((await readKeys(dir)).keys).not.toHaveProperty(before.current)
    await keys.close()
    expect(await readKeys(dir)).toEqual(before)
    expect(asked).toEqual(['SIGHUP'])
  })
  test('where nothing was changed nothing is reloaded', async () => {
    const keys = createKeys(dir, stack, declared())
    await keys.list()
    await keys.close()
    expect(asked).toEqual([])
  })
})

describe('where the folder is not ours', () => {
  test('an unknown one is not offered', async () => {
    await expect(createKeys(undefined, stack, declared()).list()).rejects.toThrow(NotOffered)
    await expect(createKeys(path.join(root, 'none'), undefined, declared()).list()).rejects.toThrow(NotOffered)
  })
  test('that of a server behind --url is read and never changed', async () => {
    const before = await readKeys(dir)
    const keys = createKeys(dir, undefined, declared())
    expect((await keys.list()).current.kid).toBe(before.current)
    for (const act of [keys.add, keys.reload, () => keys.use('x'), () => keys.remove(before.current)])
      await expect(act()).rejects.toThrow(NotOffered)
    await keys.close()
    expect(await readKeys(dir)).toEqual(before)
  })
})
