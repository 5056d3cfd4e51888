/** What a program in the page may do and what it may not: bounded, told in words, and the page stays as it was. */
import { test as base, expect, type Page } from '@playwright/test'
import { root } from '../pages.ts'
import { type BarePage, serveBarePage } from './serve.ts'

const test = base.extend<{ bare: Page }, { server: BarePage }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's needs from this pattern
    async ({}, use) => {
      const server = await serveBarePage(root, [])
      await use(server)
      await server.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  bare: async ({ page, server }, use) => {
    await page.goto(server.url)
    await page.evaluate('ready')
    await use(page)
  },
})

interface Ran {
  value?: { value?: unknown; thrown?: { message: string } }
  error?: { name: string; message: string; trouble?: { kind: string } }
  lines: string[]
  dropped: number
}

/** Runs `main.ts` and calls its function `f`. */
const run = (page: Page, code: string, ms = 3_000): Promise<Ran> =>
  page.evaluate(
    ([text, limit]) =>
      (globalThis as unknown as { run(...words: unknown[]): Promise<Ran> }).run({ 'main.ts': text }, 'main.ts', {
        name: 'f',
        args: [],
        ms: limit,
      }),
    [code, ms] as const,
  )

test('a loop without an end is ended, and the page goes on', async ({ bare }) => {
  const begun = Date.now()
  const { error, lines } = await run(bare, `console.log('here')\nexport function f() { while (true) {} }`, 1_000)
  expect(error).toMatchObject({ name: 'Error', message: expect.stringContaining('did not come to an end within 1 s') })
  expect(lines).toEqual(['here'])
  expect(Date.now() - begun).toBeLessThan(10_000)
  expect((await run(bare, 'export const f = () => 1')).value).toEqual({ value: 1 })
})

test('50 MB are no trouble', async ({ bare }) => {
  const { value } = await run(
    bare,
    `export function f() { const all = new Uint8Array(50e6).fill(1); return all.length + 'x'.repeat(5e6).length }`,
  )
  expect(value).toEqual({ value: 55e6 })
})

test('a million lines: the first ones, and how many were too many', async ({ bare }) => {
  const { lines, dropped } = await run(
    bare,
    `for (let i = 0; i < 1e6; i++) console.log(i)\nexport const f = () => 1`,
    20_000,
  )
  expect(lines.slice(0, 3)).toEqual(['0', '1', '2'])
  expect(lines.length).toBeLessThan(100_000)
  expect(lines.length + dropped).toBe(1e6)
})

const wait = 'await new Promise((go) => setTimeout(go, 500))'

test('a promise that nobody catches ends the program, as in Node, with its words', async ({ bare }) => {
  const { error, lines } = await run(
    bare,
    `export async function f() { Promise.reject(new RangeError('lost')); ${wait} }`,
  )
  expect(error?.message).toContain('ended with exit code 1')
  expect(lines).toEqual(['Uncaught RangeError: lost', expect.stringMatching(/^at f \(\/app\/main\.ts:1:\d+\)$/)])
})

test('so does an error in a timer; a listener for uncaughtException is asked first', async ({ bare }) => {
  const thrown = `setTimeout(() => { throw new Error('late') }, 0)`
  const { lines } = await run(bare, `export async function f() { ${thrown}; ${wait} }`)
  expect(lines[0]).toBe('Uncaught Error: late')
  const heard = await run(
    bare,
    `process.on('uncaughtException', (error) => console.log('heard', error.message))\nexport async function f() { ${thrown}; ${wait}; return 'alive' }`,
  )
  expect(heard).toMatchObject({ value: { value: 'alive' }, lines: ['heard late'] })
})

test('what is thrown by a call comes back with its place', async ({ bare }) => {
  const { value } = await run(bare, `export function f() {\n  throw new TypeError('no')\n}`)
  expect(value?.thrown).toMatchObject({ name: 'TypeError', message: 'no', stack: ['at f (/app/main.ts:2:9)'] })
})

test('no way leads out: not to another origin, not to this one, not to storage, not to the page', async ({
  bare,
  server,
}) => {
  const before = server.asked.length
  const code = `
const tried: Record<string, string> = {}
const attempt = async (name: string, act: () => unknown) => {
  try { await act(); tried[name] = 'REACHED' } catch (error) { tried[name] = String(error.message) }
}
const other = 'http://127.0.0.1:9/', own = '${server.url}'
export async function f() {
  await attempt('fetch', () => fetch(other))
  await attempt('the real fetch', () => globalThis.fetch(own, { mode: 'no-cors' }))
  await attempt('XMLHttpRequest', () => new Promise((done, failed) => {
    const request = new XMLHttpRequest()
    request.onload = done
    request.onerror = () => failed(new Error('blocked'))
    request.open('GET', own)
    request.send()
  }))
  await attempt('WebSocket', () => new Promise((done, failed) => {
    const socket = new WebSocket(own.replace('http', 'ws'))
    socket.onopen = done
    socket.onerror = () => failed(new Error('blocked'))
  }))
  await attempt('EventSource', () => new Promise((done, failed) => {
    const source = new EventSource(own)
    source.onopen = done
    source.onerror = () => failed(new Error('blocked'))
  }))
  await attempt('importScripts', () => importScripts(own + 'harness.js'))
  await attempt('import', () => globalThis.eval('import("' + own + 'harness.js")'))
  await attempt('indexedDB', () => new Promise((done, failed) => {
    const request = indexedDB.open('x')
    request.onsuccess = done
    request.onerror = () => failed(request.error)
  }))
  await attempt('localStorage', () => localStorage.length)
  await attempt('document', () => document.title)
  await attempt('parent', () => parent.document)
  return tried
}`
  const { value } = await run(bare, code, 10_000)
  const tried = value?.value as Record<string, string>
  expect(Object.keys(tried)).toHaveLength(11)
  expect(Object.entries(tried).filter(([, how]) => how === 'REACHED')).toEqual([])
  expect(tried.fetch).toContain('A program in the page reaches no other address')
  expect(server.asked.slice(before)).toEqual([])
})
