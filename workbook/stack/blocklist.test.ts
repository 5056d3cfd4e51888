import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBlocklist, writeRandomBlocklist } from './blocklist.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'blocklist-'))
})
afterAll(() => rm(dir, { recursive: true }))

test('a drawn list holds entries that only the list is a reason to refuse, with both ends of lines', async () => {
  const file = path.join(dir, 'new', 'list.txt')
  await writeRandomBlocklist(file)
  const entries = await readBlocklist(file)
  expect(entries.length).toBe(2_000)
  expect(new Set(entries.map((e) => e.text)).size).toBe(2_000)
  expect(entries.filter((e) => e.ending === 'crlf')).toHaveLength(1_000)
  for (const { text } of entries) {
    expect(text).toMatch(/^[\x21-\x7e]{18,24}$/)
    expect(text).not.toMatch(/depot/i)
    for (const kind of [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/]) expect(text).toMatch(kind)
  }
})
test('two lists share nothing', async () => {
  const [a, b] = [path.join(dir, 'a'), path.join(dir, 'b')]
  await Promise.all([writeRandomBlocklist(a), writeRandomBlocklist(b)])
  const seen = new Set((await readBlocklist(a)).map((e) => e.text))
  expect((await readBlocklist(b)).some((e) => seen.has(e.text))).toBe(false)
})
test('entries are read with their spaces and without the ends of their lines', async () => {
  await writeFile(path.join(dir, 'c'), 'one \r\n\n two\n\r\nthree')
  expect(await readBlocklist(path.join(dir, 'c'))).toEqual([
    { text: 'one ', ending: 'crlf' },
    { text: ' two', ending: 'lf' },
    { text: 'three', ending: 'lf' },
  ])
})
