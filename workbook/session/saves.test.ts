import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Saves, type SavesOptions, watchSaves } from './saves.ts'

let dir: string
let saves: Saves | undefined
let told: string[][]
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'saves-'))
  await put('api/src/app.ts', 'one')
  await put('api/src/config.ts', 'one')
})
afterEach(async () => {
  saves?.close()
  await rm(dir, { recursive: true, force: true })
})
async function put(name: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(dir, name)), { recursive: true })
  await writeFile(path.join(dir, name), text)
}
async function begin(options: SavesOptions): Promise<void> {
  told = []
  saves = await watchSaves(dir, (files) => told.push(files), options)
}
const heard = () => vi.waitFor(() => expect(told).not.toEqual([]), { timeout: 5_000, interval: 10 })

describe.each<[string, SavesOptions]>([
  ['by events', { poll: 60_000 }],
  ['by the clock alone', { events: false, poll: 50 }],
])('%s', (_, options) => {
  test('a saved file is told once, by its name', async () => {
    await begin(options)
    await put('api/src/app.ts', 'two')
    await heard()
    await sleep(200)
    expect(told).toEqual([['api/src/app.ts']])
  })
  test('a file that is written aside and renamed into place', async () => {
    await begin(options)
    await put('api/src/.app.ts.swp', 'two')
    await rename(path.join(dir, 'api/src/.app.ts.swp'), path.join(dir, 'api/src/app.ts'))
    await heard()
    expect(told.flat()).toContain('api/src/app.ts')
  })
  test('a file that is added or goes', async () => {
    await begin(options)
    await rm(path.join(dir, 'api/src/config.ts'))
    await heard()
    expect(told).toEqual([['api/src/config.ts']])
    told = []
    await put('api/src/new.ts', 'x')
    await heard()
    expect(told).toEqual([['api/src/new.ts']])
  })
  test('what is made does not count, nor a save that changes nothing', async () => {
    await begin(options)
    await put('api/node_modules/pg/index.js', 'x')
    await put('api/src/app.ts', 'one')
    await utimes(path.join(dir, 'api/src/app.ts'), new Date(), new Date())
    await sleep(300)
    expect(told).toEqual([])
  })
  test('nothing is told after the end', async () => {
    await begin(options)
    saves?.close()
    await put('api/src/app.ts', 'two')
    await sleep(200)
    expect(told).toEqual([])
  })
})

test('several files saved at once are one save', async () => {
  await begin({ poll: 60_000, quiet: 60 })
  await Promise.all([put('api/src/app.ts', 'two'), put('api/src/config.ts', 'two')])
  await heard()
  expect(told).toEqual([['api/src/app.ts', 'api/src/config.ts']])
})

test('a folder that is replaced by another is looked at again', async () => {
  await begin({ poll: 50 })
  const old = `${dir}.old`
  await rename(dir, old)
  await put('api/src/app.ts', 'restored')
  await vi.waitFor(() => expect(told.flat()).toContain('api/src/app.ts'), { timeout: 5_000 })
  await rm(old, { recursive: true })
  told = []
  await put('api/src/app.ts', 'again')
  await heard()
})
