/** Pages of the local server, and that the built site knows nothing of it. */
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TOKEN_META } from '../session/desk/protocol.ts'
import { localPages, marked } from './pages.ts'
import { listen, policyOf, type StaticSite, securityHeaders, siteFiles } from './static.ts'

const token = 'tok-en_1'
const built = (word: string) =>
  `<!DOCTYPE html><html lang="en" dir="ltr"><head><meta charset="utf-8"><script>${word}()</script></head><body><html-like></html-like></body></html>`
const mark = (origin: string) => `<meta name="workbook-isolated" content="${origin}">`
const frame = (more: string) =>
  `<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'">${more}`
let dist: string
let site: StaticSite
const put = async (file: string, text: string) => {
  await mkdir(path.dirname(path.join(dist, file)), { recursive: true })
  await writeFile(path.join(dist, file), text)
}
const get = (where: string, init?: RequestInit) => fetch(new URL(where, site.url), { redirect: 'manual', ...init })

beforeAll(async () => {
  dist = await mkdtemp(path.join(tmpdir(), 'dist-'))
  for (const file of [
    'index.html',
    'lesson/index.html',
    'café/index.html',
    'gone/index.html',
    '404.html',
    'sub/404.html',
  ])
    await put(file, built('one'))
  await put('_astro/a.js', 'a()')
  await put('isolated/index.html', built('one').replace('<head>', `<head>${mark('https://runtime.example')}`))
  await put('_run/isolated-frame.1.html', frame(mark('')))
  await put('_run/frame.1.html', frame(''))
  const pages = localPages(dist, token)
  const app = express()
  app.use(securityHeaders, pages.known, siteFiles(dist, pages.missing))
  site = await listen(app, { port: 0 })
})
afterAll(async () => {
  await site.close()
  await rm(dist, { recursive: true })
})

describe('a page', () => {
  test.each(['/', '/index.html', '/lesson/', '/lesson/?q=1', '/lesson/index.html', '/caf%C3%A9/', '/l%65sson/'])(
    '%s holds token and mark, once',
    async (where) => {
      const response = await get(where)
      const html = await response.text()
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(html.split(`<meta name="${TOKEN_META}" content="${token}">`)).toHaveLength(2)
      expect(html.split('data-workbook="local"')).toHaveLength(2)
      expect(html).toBe(marked(built('one'), token))
    },
  )
  test('may run the inline scripts of the file and no others', async () => {
    const policy = (await get('/lesson/')).headers.get('content-security-policy')
    expect(policy).toBe(policyOf(built('one')))
    expect(policy).toContain("'sha256-")
  })
  test('answers 304 when it is the same, HEAD without a body', async () => {
    const first = await get('/lesson/')
    const etag = first.headers.get('etag') ?? ''
    expect(first.headers.get('cache-control')).toBe('no-cache')
    expect((await get('/lesson/', { headers: { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' } })).status).toBe(
      304,
    )
    const head = await get('/lesson/', { method: 'HEAD' })
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, ''])
  })
  test('that was built anew is read anew', async () => {
    const before = (await get('/lesson/')).headers
    const file = path.join(dist, 'lesson', 'index.html')
    await writeFile(file, built('two'))
    await utimes(file, new Date(), new Date(Date.now() + 5000))
    const after = await get('/lesson/')
    expect(await after.text()).toContain('two()')
    expect(after.headers.get('etag')).not.toBe(before.get('etag'))
    expect(after.headers.get('content-security-policy')).toBe(policyOf(built('two')))
  })
  test('that is isolated, and the frame in it, come with the headers for that; others do not', async () => {
    const headersOf = async (where: string) => {
      const { headers } = await get(where)
      return ['embedder', 'resource'].map((what) => headers.get(`cross-origin-${what}-policy`))
    }
    expect(await headersOf('/isolated/')).toEqual(['require-corp', 'same-origin'])
    expect(await headersOf('/_run/isolated-frame.1.html')).toEqual(['require-corp', 'cross-origin'])
    expect(await headersOf('/_run/frame.1.html')).toEqual([null, 'same-origin'])
    expect(await headersOf('/lesson/')).toEqual([null, 'same-origin'])
    expect((await get('/isolated/')).headers.get('content-security-policy')).toContain(
      "frame-src 'self' https://runtime.example",
    )
  })
  test('of another start is another: its token differs', async () => {
    expect(marked(built('one'), 'other')).not.toBe(marked(built('one'), token))
  })
})

describe('what is no page', () => {
  test.each(['/nowhere/', '/404.html', '/api2', '/lesson/x'])(
    '%s gives the page for it, with token and mark',
    async (where) => {
      const response = await get(where)
      expect(response.status).toBe(404)
      expect(await response.text()).toBe(marked(built('one'), token))
      expect(response.headers.get('content-security-policy')).toBe(policyOf(built('one')))
    },
  )
  test('a page of a folder that is called 404 is a page', async () => {
    expect((await get('/sub/404.html')).status).toBe(200)
  })
  test('a page that vanished is missing', async () => {
    expect((await get('/gone/')).status).toBe(200)
    await rm(path.join(dist, 'gone'), { recursive: true })
    expect((await get('/gone/')).status).toBe(404)
  })
  test('files are as they are, and other methods are refused', async () => {
    const file = await get('/_astro/a.js')
    expect([file.status, await file.text()]).toEqual([200, 'a()'])
    for (const where of ['/', '/lesson/', '/nowhere/']) expect((await get(where, { method: 'POST' })).status).toBe(405)
  })
  test('the slash is put where it belongs', async () => {
    const response = await get('/lesson')
    expect([response.status, response.headers.get('location')]).toEqual([301, '/lesson/'])
  })
})

test('no source of a page writes what the local server puts into it; scripts that ask for it find nothing in a published copy', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const sources: string[] = []
  for (const folder of ['site', 'course']) {
    for (const name of await readdir(path.join(root, folder), { recursive: true }))
      if (/\.(astro|mdx?|html)$/.test(name)) sources.push(path.join(root, folder, name))
  }
  expect(sources.length).toBeGreaterThan(5)
  for (const file of sources) {
    const text = await readFile(file, 'utf8')
    for (const trace of [`name="${TOKEN_META}"`, `name='${TOKEN_META}'`, 'data-workbook="local"', '/api/labs'])
      expect(text.includes(trace), `${trace} in ${file}`).toBe(false)
  }
})
