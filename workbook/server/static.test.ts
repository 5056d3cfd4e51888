import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStaticServer, headersOf, policyOf, type StaticSite } from './static.ts'

let dist: string
let site: StaticSite
const page = (script: string) =>
  `<!doctype html><script>${script}</script><script type="module" src="/_astro/a.123.js"></script>`

beforeAll(async () => {
  dist = await mkdtemp(path.join(tmpdir(), 'dist-'))
  await mkdir(path.join(dist, '_astro'))
  await mkdir(path.join(dist, 'lesson'))
  await writeFile(path.join(dist, '_astro', 'a.123.js'), 'a()')
  await writeFile(path.join(dist, 'lesson', 'index.html'), page('one()'))
  await writeFile(path.join(dist, '404.html'), page('missing()'))
  site = await createStaticServer({ dist, port: 0 })
})
afterAll(async () => {
  await site.close()
  await rm(dist, { recursive: true })
})

/** Sends the path as it stands: fetch would tidy it up, and forbid conditional requests. */
const raw = (where: string, headers: Record<string, string> = {}) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(site.url)
    request({ hostname, port, path: where, headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
const get = (where: string, init?: RequestInit) => fetch(new URL(where, site.url), { redirect: 'manual', ...init })

describe('a page', () => {
  test('is asked for again each time, and answers 304 when it is the same', async () => {
    const first = await get('/lesson/')
    expect(first.status).toBe(200)
    expect(first.headers.get('cache-control')).toBe('no-cache')
    expect(await raw('/lesson/', { 'If-None-Match': first.headers.get('etag') ?? '' })).toBe(304)
  })

  test('may run its own inline scripts and no others, also after it was built anew', async () => {
    const before = (await get('/lesson/')).headers.get('content-security-policy')
    expect(before).toBe(policyOf(page('one()')))
    const file = path.join(dist, 'lesson', 'index.html')
    await writeFile(file, page('two()'))
    await utimes(file, new Date(), new Date(Date.now() + 5000))
    const after = (await get('/lesson/')).headers.get('content-security-policy')
    expect(after).toBe(policyOf(page('two()')))
    expect(after).not.toBe(before)
  })

  test('that is isolated says so, and may hold the one frame that it names; others hold none', async () => {
    const mark = '<meta name="workbook-isolated" content="https://runtime.example"/>'
    expect(headersOf(`<head>${mark}</head>${page('one()')}`)).toMatchObject({
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Content-Security-Policy': expect.stringContaining("frame-src 'self' https://runtime.example"),
    })
    expect(Object.keys(headersOf(page('one()')))).toEqual(['Content-Security-Policy'])
    expect(headersOf(page('one()'))['Content-Security-Policy']).not.toContain('frame-src')
  })

  test('is found with and without the last slash', async () => {
    const response = await get('/lesson')
    expect([response.status, response.headers.get('location')]).toEqual([301, '/lesson/'])
  })
})

test('a file with a hash in its name is kept for good', async () => {
  const response = await get('/_astro/a.123.js')
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
})

test('an unknown address answers 404 with the page for it, under its own policy', async () => {
  const response = await get('/nowhere/')
  expect(response.status).toBe(404)
  expect(await response.text()).toContain('missing()')
  expect(response.headers.get('content-security-policy')).toBe(policyOf(page('missing()')))
})

test('only GET and HEAD are answered', async () => {
  expect((await get('/lesson/', { method: 'POST' })).status).toBe(405)
  expect((await get('/lesson/', { method: 'HEAD' })).status).toBe(200)
})

test('a path that climbs out of the folder, or cannot be decoded, is refused', async () => {
  expect(await raw('/../../../etc/passwd')).toBeGreaterThanOrEqual(400)
  expect(await raw('/%2e%2e/%2e%2e/etc/passwd')).toBeGreaterThanOrEqual(400)
  expect(await raw('/%zz')).toBeGreaterThanOrEqual(400)
})

test('it listens on the loopback interface, and passes on that a port is taken', async () => {
  expect(site.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  const port = Number(new URL(site.url).port)
  await expect(createStaticServer({ dist, port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
