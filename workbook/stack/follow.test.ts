import { appendFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { composeLine, followLogs, type LogLine } from './follow.ts'

let root: string
let file: string
let heard: string[]
let stop: AbortController
let over: Promise<void>
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'follow-'))
  const folder = path.join(root, 'logs', 'depot-l01')
  await mkdir(folder, { recursive: true })
  file = path.join(folder, 'api.log')
  heard = []
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await over
  await rm(root, { recursive: true })
})
const begin = () => {
  const places = { root, state: root, shared: root }
  const note = (lines: LogLine[]) => heard.push(...lines.map((l) => `${l.service} ${l.text}`))
  over = followLogs(places, { name: 'depot-l01', transport: 'process' }, note, stop.signal)
}
const heardAll = (...lines: string[]) => vi.waitFor(() => expect(heard).toEqual(lines), { timeout: 3000, interval: 20 })
/** Longer than two looks. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 650))

describe('the log of a process', () => {
  test('is told from what is there, and then as it grows, in whole lines', async () => {
    await writeFile(file, 'one\n\ntwo\nthr')
    begin()
    await heardAll('api one', 'api two')
    await appendFile(file, 'ee\nfour\n')
    await heardAll('api one', 'api two', 'api three', 'api four')
  })

  test('may come later than whoever reads it, and of two services', async () => {
    begin()
    await aWhile()
    await writeFile(file, 'one\n')
    await writeFile(path.join(path.dirname(file), 'db.log'), 'ready\n')
    await vi.waitFor(() => expect(heard.toSorted()).toEqual(['api one', 'db ready']), { timeout: 3000 })
  })

  test('that was begun anew is told from its beginning', async () => {
    await writeFile(file, 'a long first line\nand a par')
    begin()
    await heardAll('api a long first line')
    await truncate(file)
    await appendFile(file, 'new\n')
    await heardAll('api a long first line', 'api new')
  })

  test('keeps a character that two writes cut in half', async () => {
    await writeFile(file, 'x\n')
    begin()
    await heardAll('api x')
    const bytes = Buffer.from('Zürich €\n')
    await appendFile(file, bytes.subarray(0, 2))
    await aWhile()
    await appendFile(file, bytes.subarray(2, 10))
    await aWhile()
    await appendFile(file, bytes.subarray(10))
    await heardAll('api x', 'api Zürich €')
  })

  test('of a long line is told its beginning, also where it came in pieces', async () => {
    const begins = `begin${'x'.repeat(3_995)}`
    await writeFile(file, `${begins}${'y'.repeat(9000)}\n${begins}`)
    begin()
    await heardAll(`api ${begins}…`)
    await appendFile(file, 'z'.repeat(9000))
    await aWhile()
    await appendFile(file, 'end\nnext\n')
    await heardAll(`api ${begins}…`, `api ${begins}…`, 'api next')
  })

  test('is told from its end where there is much, without a piece of a line', async () => {
    await writeFile(file, `${'0123456789\n'.repeat(20_000)}last\n`)
    begin()
    await vi.waitFor(() => expect(heard.at(-1)).toBe('api last'), { timeout: 3000 })
    expect(heard.length).toBeLessThan(7_000)
    expect(new Set(heard)).toEqual(new Set(['api 0123456789', 'api last']))
  })

  test('leaves out the middle of what grew faster than anybody reads, and no line is mixed of two', async () => {
    await writeFile(file, 'first\nhalf a line')
    begin()
    await heardAll('api first')
    await appendFile(file, `${'0123456789\n'.repeat(200_000)}last\n`)
    await vi.waitFor(() => expect(heard.at(-1)).toBe('api last'), { timeout: 3000 })
    expect(heard.length).toBeLessThan(110_000)
    expect(new Set(heard)).toEqual(new Set(['api first', 'api 0123456789', 'api last']))
  })

  test('that cannot be read is silent, and ends when told to', async () => {
    await mkdir(file)
    begin()
    await aWhile()
    stop.abort()
    await over
    expect(heard).toEqual([])
  })
})

describe('the log of containers', () => {
  /** A docker that prints and then follows. */
  const docker = async (script: string) => {
    const bin = path.join(root, 'bin')
    await mkdir(bin)
    await writeFile(path.join(bin, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`)
  }
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('is told in few pieces, of a flood the end; and its docker ends with the reader', async () => {
    const pid = path.join(root, 'pid')
    await docker(`echo $$ > ${pid}; yes 'api-1  | line' | head -n 30000; echo 'api-1  | last'; exec sleep 60`)
    const pieces: LogLine[][] = []
    over = followLogs(
      { root, state: root, shared: root },
      { name: 'x', transport: 'container' },
      (lines) => pieces.push(lines),
      stop.signal,
    )
    await vi.waitFor(() => expect(pieces.at(-1)?.at(-1)).toEqual({ service: 'api', text: 'last' }), { timeout: 5000 })
    expect(pieces.length).toBeLessThan(30)
    expect(Math.max(...pieces.map((lines) => lines.length))).toBeLessThanOrEqual(2_000)
    const child = Number(await readFile(pid, 'utf8'))
    expect(() => process.kill(child, 0)).not.toThrow()
    stop.abort()
    await over
    expect(() => process.kill(child, 0)).toThrow('ESRCH')
  })

  test('is listened to again where it ended, from there on', async () => {
    await docker(`echo "api-1  | $*"`)
    over = followLogs(
      { root, state: root, shared: root },
      { name: 'depot-l01', transport: 'container' },
      (lines) => heard.push(...lines.map((l) => l.text)),
      stop.signal,
    )
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(1), { timeout: 4000 })
    expect(heard[0]).toBe('compose -p depot-l01 logs --follow --no-color --tail 200')
    expect(heard[1]).toMatch(/ --since \d{4}-\d\d-\d\dT/)
  })
})

test.each([
  ['api-1  | GET /', { service: 'api', text: 'GET /' }],
  ['db-1   | ', { service: 'db', text: '' }],
  ['object-store-12  |   indented | bar', { service: 'object-store', text: '  indented | bar' }],
  ['api  | custom name', { service: 'api', text: 'custom name' }],
  ['no bar at all', undefined],
  ['', undefined],
])('a line of Compose: %j', (line, parsed) => {
  expect(composeLine(line)).toEqual(parsed)
})
