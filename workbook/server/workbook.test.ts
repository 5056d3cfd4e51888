/** The local server against whoever should get nothing from it. Real HTTP; no lab runs, and there is no Docker here. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadCatalog } from '../catalog/index.ts'
import { contextOf } from '../session/context.ts'
import { createWorkbook, type Workbook } from './workbook.ts'

const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const secret = 'nobody outside reads this'
let root: string
let workbook: Workbook
let host: string

/** A checkout whose copies, results and records are its own. */
async function makeRoot(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'workbook-server-'))
  for (const name of ['course', 'labs', 'solutions', 'docker', 'workbook', 'node_modules', 'package.json'])
    await symlink(path.join(checkout, name), path.join(made, name))
  await mkdir(path.join(made, 'workspace'))
  await mkdir(path.join(made, 'dist', '_astro'), { recursive: true })
  await writeFile(path.join(made, 'secret.txt'), secret)
  const page = '<!DOCTYPE html><html><head></head><body>page</body></html>'
  for (const file of ['index.html', '404.html', '_astro/a.js']) await writeFile(path.join(made, 'dist', file), page)
  return made
}
const open = async (port = 0) => {
  const context = await contextOf(root, new AbortController().signal, () => {})
  const catalog = await loadCatalog(checkout)
  return createWorkbook({ context, catalog, dist: path.join(root, 'dist'), port })
}
beforeAll(async () => {
  vi.stubEnv('PATH', '/nonexistent')
  root = await makeRoot()
  workbook = await open()
  host = new URL(workbook.url).host
})
afterAll(async () => {
  await workbook.close()
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})

interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
}
type Headers = Record<string, string>
/** Sends the path and the headers as they stand: fetch would tidy them up. */
const send = (method: string, where: string, headers: Headers = {}, body?: string) =>
  new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(workbook.url)
    const length: Headers = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
    const request = http.request(
      { hostname, port, method, path: where, headers: { ...length, ...headers }, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      },
    )
    request.on('error', reject)
    request.end(body)
  })
const own = (): Headers => ({ 'X-Workbook-Token': workbook.token, 'Content-Type': 'application/json' })
const post = (where: string, body: unknown, headers: Headers = own()) =>
  send('POST', where, headers, typeof body === 'string' ? body : JSON.stringify(body))
const refusal = ({ text }: Answer) => JSON.parse(text) as { error: string }
const acts = '/api/labs/L01/acts'
const state = '/api/labs/L01/state'
const alive = async () => expect((await send('GET', state)).status).toBe(200)

describe('another name, another site', () => {
  const port = () => host.split(':')[1]
  const places = ['/', '/404.html', '/nowhere', '/_astro/a.js', state, '/api/labs/L01/events', '/api/nowhere']
  test.each([
    ['a name that points here', () => ({ Host: `evil.test:${port()}` })],
    [
      'the same with its own origin: DNS rebinding',
      () => ({ Host: `evil.test:${port()}`, Origin: `http://evil.test:${port()}` }),
    ],
    ['a name that begins like ours', () => ({ Host: `localhost.evil.test:${port()}` })],
    ['a foreign origin', () => ({ Origin: 'https://evil.test' })],
    ['a sandboxed frame', () => ({ Origin: 'null' })],
    ['a lab of the learner that was taken over', () => ({ Origin: 'http://127.0.0.1:3000' })],
  ])('%s gets 403 for pages, files and API alike', async (_what, headers) => {
    for (const where of places) {
      const answer = await send('GET', where, headers())
      expect([where, answer.status]).toEqual([where, 403])
      expect(answer.text).not.toContain('<html')
      expect(answer.text).not.toContain(workbook.token)
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    }
    const act = await post(acts, { act: 'reset' }, { ...own(), ...headers() })
    expect(act.status).toBe(403)
  })
  test('a browser that says another site asks is refused by the API, and may follow a link to a page', async () => {
    for (const site of ['cross-site', 'same-site']) {
      expect((await send('GET', state, { 'Sec-Fetch-Site': site })).status).toBe(403)
      expect((await send('GET', '/', { 'Sec-Fetch-Site': site })).status).toBe(200)
    }
  })
  test('no host at all, in HTTP 1.0 and 1.1', async () => {
    for (const version of ['1.0', '1.1'])
      expect(await raw(`GET / HTTP/${version}\r\n\r\n`)).toMatch(/^HTTP\/1.1 40[03] /)
  })
  test('a request for leave of another site gets none', async () => {
    const ask = { Origin: 'http://evil.test', 'Access-Control-Request-Method': 'POST' }
    expect((await send('OPTIONS', acts, ask)).status).toBe(403)
    expect((await send('OPTIONS', acts)).status).toBe(401)
  })
  test('no frame of another site shows a page', async () => {
    expect((await send('GET', '/')).headers['content-security-policy']).toContain("frame-ancestors 'none'")
  })
})

describe('without the token of this start', () => {
  test.each([
    ['POST', acts],
    ['DELETE', acts],
    ['POST', '/api/labs/L01/rounds'],
    ['POST', '/api/labs/L01/hints'],
    ['POST', '/api/labs/L01/draft'],
    ['PUT', '/api/anything'],
  ])('%s %s is refused with a sentence', async (method, where) => {
    for (const token of [undefined, 'x', workbook.token.toLowerCase(), `${workbook.token.slice(1)}\u00e9`]) {
      const headers: Headers = { 'Content-Type': 'application/json' }
      if (token !== undefined) headers['X-Workbook-Token'] = token
      const answer = await send(method, where, headers, '{}')
      expect([answer.status, refusal(answer).error]).toEqual([401, 'This page is of an earlier start of the workbook.'])
    }
  })
  test('the page holds it, and each start has its own', async () => {
    expect((await send('GET', '/')).text).toContain(`<meta name="workbook-api" content="${workbook.token}">`)
    const other = await open()
    expect(other.token).not.toBe(workbook.token)
    await other.close()
  })
})

describe('an address', () => {
  const bad = [
    '..%2f..%2fetc',
    '..%5c..',
    '%00',
    '%2e%2e',
    'L01%00',
    'L01%2f..',
    'l01',
    '__proto__',
    'constructor',
    'x'.repeat(4000),
  ]
  test.each(bad)('with the lab %j gives 404 and nothing else', async (id) => {
    for (const [method, what] of [
      ['GET', 'state'],
      ['GET', 'checks'],
      ['GET', 'events'],
      ['POST', 'acts'],
      ['DELETE', 'acts'],
      ['POST', 'rounds'],
      ['POST', 'hints'],
    ] as const) {
      const body = { acts: '{"act":"stop"}', rounds: '{"why":"all"}', hints: '{"check":"C01"}' }[what as string]
      const answer = await send(method, `/api/labs/${id}/${what}`, own(), method === 'POST' ? body : undefined)
      expect([what, answer.status]).toEqual([what, 404])
      expect(answer.text).not.toContain(root)
    }
  })
  test.each([
    ['/api/labs/%zz/state', 400],
    ['/api/labs/../../secret.txt', 404],
    ['/../secret.txt', 404],
    ['/..%2fsecret.txt', 404],
    ['/%2e%2e/secret.txt', 404],
    ['/_astro/..%2f..%2fsecret.txt', 404],
    ['/..%5csecret.txt', 404],
    ['/%00', 404],
    ['//etc/passwd', 404],
    ['/api', 404],
    [`/${'x'.repeat(20_000)}`, 431],
  ])('%s answers %i at most, and no file outside', async (where, status) => {
    const answer = await send('GET', where)
    expect([400, 403, 404, status]).toContain(answer.status)
    expect(answer.text).not.toContain(secret)
    expect(answer.text).not.toContain(root)
    expect(answer.text).not.toMatch(/\bat .*:\d+:\d+/)
  })
  test.each(['../../etc/passwd', '%00', 'x'.repeat(3000), '12345678-0', 'zzzzzzzz-1', '12345678-99999999999'])(
    'with the last event %j begins anew',
    async (after) => {
      const stream = await listenTo(`/api/labs/L01/events?after=${after}`)
      await stream.until('event: whole')
      const other = await listenTo('/api/labs/L01/events?after=a&after=b&after[c]=d')
      await other.until('event: whole')
      await Promise.all([stream.close(), other.close()])
    },
  )
})

describe('what is asked for', () => {
  test.each<[body: unknown, what: string]>([
    ['', 'no body'],
    ['{"act":', 'cut in half'],
    ['"act"', 'no object'],
    ['[]', 'a list'],
    ['null', 'null'],
    ['{}', 'nothing'],
    [{ act: 'format' }, 'an unknown act'],
    [{ act: 'stop', force: true }, 'an unknown member'],
    ['{"act":"stop","__proto__":{"x":1}}', 'a prototype'],
    [{ act: 'check', checks: ['../../etc/passwd'] }, 'a path as a check'],
    [{ act: 'check', checks: ['C01\n'] }, 'a line break'],
    [{ act: 'check', checks: 'C01' }, 'a text for a list'],
    [{ act: 'check', checks: Array(61).fill('C01') }, 'too many'],
    [{ act: 'check', seed: '../x' }, 'a seed that is a path'],
    [{ act: 'check', dir: '/etc' }, 'a folder'],
    [{ act: 'start', track: '../../x' }, 'a track that is a path'],
    [{ act: 'start', runtime: 'shell' }, 'a runtime'],
    [{ act: 'reset', track: 7 }, 'a number'],
    ['['.repeat(30_000), 'a deep one'],
  ])('%j is refused: %s', async (body) => {
    const answer = await post(acts, body)
    expect(answer.status).toBe(400)
    expect(refusal(answer).error).toMatch(/^This request (cannot be understood|cannot be read)/)
    expect(answer.text).not.toMatch(/\bat .*:\d+:\d+/)
  })
  test.each([
    ['hints', { check: '..%2f' }],
    ['hints', { check: 'C04', more: 1 }],
    ['rounds', { why: 'never' }],
    ['draft', { lab: 'L01', files: {} }],
    ['draft', { workbook: 1, lab: 'L01', files: { 'api/src/x.ts': 1 } }],
    ['draft', { workbook: 1, lab: 'L01', files: {}, dir: '/etc' }],
  ])('%s %j', async (what, body) => expect((await post(`/api/labs/L01/${what}`, body)).status).toBe(400))
  test('that cannot be done now comes with a sentence for people', async () => {
    expect(refusal(await post(acts, { act: 'check' })).error).toContain('You have no copy of L01 yet.')
    expect((await post(acts, { act: 'check' })).status).toBe(422)
    expect((await post(acts, { act: 'check', checks: ['C99'] })).status).toBe(422)
    expect(refusal(await post('/api/labs/L01/hints', { check: 'C99' })).error).toBe(
      'C99 has no failure to give a hint for.',
    )
    const draft = (lab: string, file: string) =>
      post('/api/labs/L01/draft', { workbook: 1, lab, files: { [file]: secret } })
    expect(refusal(await draft('L01', 'api/src/x.ts')).error).toContain('You have no copy of L01 yet.')
    expect(refusal(await draft('L03', 'api/src/x.ts')).error).toBe('This is a draft of L03, not of L01.')
    expect((await draft('L01', '../../secret.txt')).status).toBe(422)
    expect((await post('/api/labs/L01/rounds', { why: 'all' })).text).toBe('{"asked":false}')
    expect((await send('DELETE', acts, own())).text).toBe('{"stopped":false}')
  })
  test('in another form than JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
      expect((await post(acts, '{"act":"stop"}', { ...own(), 'Content-Type': type })).status).toBe(415)
    expect((await post(acts, 'x', { ...own(), 'Content-Encoding': 'gzip' })).status).toBe(415)
    expect((await post(acts, 'x', { ...own(), 'Content-Type': 'application/json; charset=x' })).status).toBe(415)
  })
})

describe('a body', () => {
  const head = (more: string) =>
    `POST ${acts} HTTP/1.1\r\nHost: ${host}\r\nX-Workbook-Token: ${workbook.token}\r\nContent-Type: application/json\r\n${more}\r\n\r\n`
  test('of 10 MB is refused by its length, and the connection closed', async () => {
    const answer = await raw(head('Content-Length: 10000000'), 10_000_000)
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(answer).toContain('A request has 64 kB at most.')
    await alive()
  })
  test('without an end is refused at once, and not read', async () => {
    const before = process.memoryUsage().rss
    expect(await raw(head('Transfer-Encoding: chunked'), Number.POSITIVE_INFINITY)).toMatch(/^HTTP\/1.1 411 /)
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
    await alive()
  })
  test('without an end from a stranger is not read either', async () => {
    for (const [line, status] of [
      [`POST ${acts} HTTP/1.1\r\nHost: evil.test`, 403],
      [`POST / HTTP/1.1\r\nHost: ${host}`, 405],
      [`POST ${acts} HTTP/1.1\r\nHost: ${host}`, 411],
    ] as const)
      expect(await raw(`${line}\r\nTransfer-Encoding: chunked\r\n\r\n`, Number.POSITIVE_INFINITY)).toMatch(
        new RegExp(`^HTTP/1.1 ${status} `),
      )
  })
  test('with two lengths is none', async () => {
    expect(await raw(head('Content-Length: 4\r\nTransfer-Encoding: chunked'))).toMatch(/^HTTP\/1.1 400 /)
  })
  test('of just the limit is read', async () => {
    expect((await post(acts, ' '.repeat(64 * 1024))).status).toBe(400)
    expect((await post(acts, ' '.repeat(64 * 1024 + 1))).status).toBe(413)
  })
})

describe('streams of events', () => {
  test('50 are served while everything else answers within a second', async () => {
    const streams = await Promise.all(Array.from({ length: 50 }, () => listenTo('/api/labs/L01/events')))
    await Promise.all(streams.map((stream) => stream.until('"type":"state"')))
    const begun = performance.now()
    expect((await send('GET', '/')).status).toBe(200)
    await alive()
    expect(performance.now() - begun).toBeLessThan(1_000)
    await Promise.all(streams.map((stream) => stream.close()))
  })
  test('the 65th is refused with a sentence; places are free again, and no timer is left', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    await vi.waitFor(async () => {
      const one = await listenTo('/api/labs/L01/events')
      await one.close()
      expect(one.status).toBe(200)
    })
    const before = timers()
    for (let round = 0; round < 3; round++) {
      const streams = []
      for (let n = 0; n < 64; n++) streams.push(await listenTo('/api/labs/L01/events'))
      expect(streams.map((stream) => stream.status)).toEqual(Array(64).fill(200))
      const refused = await send('GET', '/api/labs/L01/events')
      expect([refused.status, refusal(refused).error]).toEqual([503, '64 pages listen already.'])
      await Promise.all(streams.map((stream) => stream.close()))
      await vi.waitFor(async () => {
        const again = await listenTo('/api/labs/L01/events')
        await again.close()
        expect(again.status).toBe(200)
      })
    }
    await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(before + 2), { timeout: 4000 })
  })
  test('HEAD opens none', async () => {
    for (let n = 0; n < 70; n++) expect((await send('HEAD', '/api/labs/L01/events')).status).toBe(200)
  })
  test('end with the server, also those that nobody reads', async () => {
    const mine = workbook
    workbook = await open()
    const other = new URL(workbook.url)
    const deaf = net.connect(Number(other.port), other.hostname)
    deaf.pause()
    deaf.write(`GET /api/labs/L01/events HTTP/1.1\r\nHost: ${other.host}\r\n\r\n`)
    const stream = await listenTo('/api/labs/L01/events')
    await stream.until('"type":"state"')
    const closed = new Promise((resolve) => deaf.once('close', resolve))
    deaf.on('error', () => {})
    deaf.resume()
    const begun = performance.now()
    await workbook.close()
    await closed
    expect(performance.now() - begun).toBeLessThan(2_000)
    workbook = mine
    await alive()
  })
})

test('it answers with the state of every lab, and the checks of it', async () => {
  const body = JSON.parse((await send('GET', state)).text)
  expect(body).toMatchObject({
    lab: { id: 'L01' },
    copy: { exists: false, path: 'workspace/01-password-login' },
    would: { transport: 'process' },
  })
  expect(body).not.toHaveProperty('trouble')
  const { checks } = JSON.parse((await send('GET', '/api/labs/L01/checks')).text)
  expect(checks[0]).toMatchObject({ id: 'C01', level: 'core' })
  expect((await send('GET', state)).headers['cache-control']).toBe('no-store')
})

/** Writes bytes, then a body of so many while the server reads; gives what it answered until it closed the connection. */
function raw(head: string, body = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(workbook.url)
    const socket = net.connect(Number(port), hostname)
    let text = ''
    let left = body
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`not closed after 5 s; there was: ${text}`))
    }, 5_000)
    const piece = `1000\r\n${'x'.repeat(4096)}\r\n`
    const more = () => {
      while (left > 0 && !socket.destroyed) {
        left -= piece.length
        if (!socket.write(piece)) return
        // An endless one lets others have their turn.
        if (left === Number.POSITIVE_INFINITY) return void setImmediate(more)
      }
      if (body === 0) socket.end()
    }
    socket.on('drain', more)
    socket.on('data', (chunk) => {
      text += chunk
    })
    // A connection that is closed with bytes under way may be reset.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
    socket.write(head)
    more()
  })
}

interface Stream {
  status: number
  until(text: string): Promise<void>
  close(): Promise<void>
}
function listenTo(where: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(workbook.url)
    const request = http.get({ hostname, port, path: where, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', () => {})
      resolve({
        status: response.statusCode ?? 0,
        until: (wanted) => vi.waitFor(() => expect(text).toContain(wanted), { timeout: 5000, interval: 20 }),
        close: () =>
          new Promise((done) => {
            response.once('close', () => done())
            request.destroy()
          }),
      })
    })
    request.on('error', reject)
  })
}
