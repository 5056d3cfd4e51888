import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { SecondSource, SqlConnection, Stack } from '../../stack/types.ts'
import type { AnyCheck } from '../core/check.ts'
import type { Exchange } from '../core/exchange.ts'
import { GraderBug, NotOffered } from '../core/failure.ts'
import { checkOf, course } from '../fixtures/fakes.ts'
import { type Kits, openKits, type Target } from './open.ts'

let server: http.Server
let origin: string
let heard: http.IncomingHttpHeaders[] = []
beforeAll(async () => {
  server = http.createServer((req, res) => {
    heard.push(req.headers)
    res.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

let kits: Kits | undefined
afterEach(async () => {
  await kits?.close()
  kits = undefined
  heard = []
})

/** A stack of straw: its connections write down what they are asked. */
function stackOf(more: Partial<Stack> = {}) {
  const asked: string[] = []
  let open = 0
  const owner = async (): Promise<SqlConnection> => {
    open++
    return {
      query: async (text) => {
        asked.push(text)
        return []
      },
      close: async () => void open--,
    }
  }
  const stack = {
    origin,
    env: { LOGIN_MAX: '5' },
    blocklistFile: undefined,
    mark: async () => ({ position: 0 }),
    logs: async () => ['a line with r-1 in it'],
    secondSource: async () => undefined,
    owner,
    ...more,
  } as unknown as Stack
  return { target: { kind: 'stack', stack } as Target, asked, open: () => open }
}
const settings = { base: { env: { REUSE_GRACE: '3' } }, strict: { env: { REUSE_GRACE: '0', LOGIN_MAX: '9' } } }
const url = (more = {}): Target => ({ kind: 'url', origin, env: {}, settings, second: true, ...more })
const check = (...capabilities: AnyCheck['capabilities']) => checkOf('C01', async () => {}, { capabilities })
async function kitOf(target: Target, of: AnyCheck, watch: (e: Exchange) => void = () => {}, seed = 'seed') {
  kits = await openKits(target, course, seed)
  return kits.kitFor(of, watch, new AbortController().signal)
}

describe('a check may use what it declares', () => {
  test.each(['sql', 'given', 'gate'] as const)('%s', async (name) => {
    const { target, asked } = stackOf()
    const use = async (kit: Awaited<ReturnType<typeof kitOf>>) => {
      if (name === 'sql') await kit.sql.query`SELECT 1`
      else if (name === 'given') await kit.given.disabled('a@b.example')
      else await kit.gate.hold(() => {})
    }
    await expect((async () => use(await kitOf(target, check('http'))))()).rejects.toThrow(GraderBug)
    expect(asked).toEqual([])
    await kits?.close()
    await use(await kitOf(target, check('http', name))).catch(() => {})
    expect(asked).not.toEqual([])
  })
  test.each(['keys', 'attacker'] as const)('%s', async (name) => {
    const { target } = stackOf({
      attacker: async () => ({ origin: 'http://x', close: async () => void closed++ }) as never,
    })
    let closed = 0
    const use = async (of: AnyCheck) => {
      const kit = await kitOf(target, of)
      return name === 'keys' ? kit.keys.list() : kit.attacker()
    }
    await expect(use(check('http'))).rejects.toThrow(GraderBug)
    await kits?.close()
    if (name === 'keys') await expect(use(check('http', name))).rejects.toThrow(NotOffered)
    else expect(await use(check('http', name))).toMatchObject({ origin: 'http://x' })
    await kits?.close()
    kits = undefined
    expect(closed).toBe(name === 'keys' ? 0 : 1)
  })
  test('stack: the programs one by one, and a restart in the lane last alone', async () => {
    let boots = 0
    const { target } = stackOf({ replicas: [origin, origin], reboot: async () => ++boots > 0 } as Partial<Stack>)
    const undeclared = await kitOf(target, check('http'))
    expect(() => undeclared.replicas.length).toThrow(GraderBug)
    await expect(undeclared.restart()).rejects.toThrow(GraderBug)
    await kits?.close()
    const kit = await kitOf(target, check('stack'))
    expect(kit.replicas).toHaveLength(2)
    expect((await kit.replicas[1]?.get('/x'))?.response?.status).toBe(200)
    await expect(kit.restart()).rejects.toThrow(/lane is "last"/)
    await kits?.close()
    await (
      await kitOf(
        target,
        checkOf('C01', async () => {}, { capabilities: ['stack'], lane: 'last' }),
      )
    ).restart()
    expect(boots).toBe(1)
  })
  test('redis: where the lab has none it is not offered', async () => {
    const { target } = stackOf({ redis: async () => undefined } as Partial<Stack>)
    await expect((await kitOf(target, check('http'))).redis.dump()).rejects.toThrow(GraderBug)
    await kits?.close()
    await expect((await kitOf(target, check('redis'))).redis.dump()).rejects.toThrow(NotOffered)
  })
  test('an attacker that cannot be put up is not offered, never left out', async () => {
    const { target } = stackOf({ attacker: async () => undefined })
    await expect((await kitOf(target, check('attacker'))).attacker()).rejects.toThrow(NotOffered)
  })
  test('disabling an account quotes its address', async () => {
    const { target, asked } = stackOf()
    await (await kitOf(target, check('given'))).given.disabled(`O'Neil@b.example`)
    expect(asked.at(-1)).toContain(`'o''neil@b.example'`)
  })
})

describe('the kits of a run', () => {
  test('share their connections, and close all of them', async () => {
    const { target, open } = stackOf()
    const kit = await kitOf(target, check('http', 'sql', 'given'))
    const other = (kits as Kits).kitFor(check('sql'), () => {}, new AbortController().signal)
    await Promise.all([kit.sql.query`SELECT 1`, other.sql.query`SELECT 1`, kit.given.disabled('a')])
    expect(open()).toBe(2)
    await kits?.close()
    kits = undefined
    expect(open()).toBe(0)
  })
  test('open no connection where nobody asks', async () => {
    const { target, open } = stackOf()
    await (await kitOf(target, check('http', 'sql'))).http.get('/x')
    expect(open()).toBe(0)
  })
  test('tell each check of its own exchanges alone', async () => {
    const { target } = stackOf()
    const [mine, others]: [string[], string[]] = [[], []]
    const kit = await kitOf(target, check('http'), (e) => mine.push(e.url))
    const other = kits?.kitFor(check('http'), (e) => others.push(e.url), new AbortController().signal)
    await kit.http.get('/mine')
    await other?.http.get('/other')
    expect([mine, others]).toEqual([[`${origin}/api/mine`], [`${origin}/api/other`]])
  })
  test('give words that no other check and no other run has', async () => {
    const { target } = stackOf()
    const kit = await kitOf(target, check('http'))
    const words = [kit.unique(), kit.unique(), kits?.kitFor(check(), () => {}, new AbortController().signal).unique()]
    await kits?.close()
    words.push((await kitOf(target, check('http'))).unique())
    expect(new Set(words).size).toBe(4)
    for (const word of words) expect(word).toMatch(/^[0-9a-z]+$/)
  })
  test('draw by seed and check', async () => {
    const { target } = stackOf()
    const draw = async (seed: string, id: string) => {
      const kit = await kitOf(target, { ...check('http'), id }, undefined, seed)
      await kits?.close()
      return kit.rng.text(20)
    }
    expect(await draw('a', 'C01')).toBe(await draw('a', 'C01'))
    expect(await draw('a', 'C01')).not.toBe(await draw('a', 'C02'))
    expect(await draw('a', 'C01')).not.toBe(await draw('b', 'C01'))
  })
  test('look like an ordinary client', async () => {
    const { target } = stackOf()
    await (await kitOf(target, check('http'))).http.get('/x')
    expect(heard[0]?.['user-agent']).toMatch(/Mozilla|curl/)
    expect(JSON.stringify(heard)).not.toMatch(/workbook|grader|seed/)
  })
  test('know the settings in force', async () => {
    const { target } = stackOf()
    expect((await kitOf(target, check('http'))).settings).toEqual({ env: { LOGIN_MAX: '5' }, blocklist: undefined })
  })
  test('read the log until the line is there', async () => {
    let asked = 0
    const { target } = stackOf({ logs: async () => (++asked < 3 ? [] : ['r-1']) })
    expect(await (await kitOf(target, check('logs'))).logs.lines('r-1')).toEqual(['r-1'])
    expect(asked).toBe(3)
  })
})

describe('a second network address', () => {
  test('is told missing where there is none', async () => {
    const { target } = stackOf()
    await expect((await kitOf(target, check('http'))).elsewhere()).rejects.toThrow(NotOffered)
  })
  test('on this machine sends from there, watched like the first', async () => {
    const { target } = stackOf({ secondSource: async () => ({ kind: 'local-address', address: '127.0.0.2' }) })
    const seen: Exchange[] = []
    const kit = await kitOf(target, check('http'), (e) => seen.push(e))
    expect((await (await kit.elsewhere()).get('/x')).response?.status).toBe(200)
    expect(seen).toHaveLength(1)
  })

  const probe = (answer: object): SecondSource => ({
    kind: 'probe',
    origin: 'http://api:3000',
    send: async () => answer,
    close: async () => {},
  })
  test('behind a probe gives exchanges like any other', async () => {
    const { target } = stackOf({
      secondSource: async () => probe({ status: 401, headers: { 'x-a': '1' }, body: '{"code":"x"}' }),
    })
    const seen: Exchange[] = []
    const kit = await kitOf(target, check('http'), (e) => seen.push(e))
    const exchange = await (await kit.elsewhere()).post('/auth/login', { json: { a: 1 } })
    expect(exchange).toMatchObject({
      method: 'POST',
      url: 'http://api:3000/api/auth/login',
      requestBody: '{"a":1}',
      response: { status: 401, json: { code: 'x' }, headerNames: ['x-a'] },
    })
    expect(seen).toEqual([exchange])
  })
  test.each([
    ['no answer in time', 'timeout'],
    ['connect ECONNREFUSED 172.18.0.3:3000', 'refused'],
    ['socket hang up', 'closed'],
    ['Parse Error: Expected HTTP/', 'invalid'],
  ])('behind a probe tells troubles apart: %s', async (error, kind) => {
    const { target } = stackOf({ secondSource: async () => probe({ error }) })
    const kit = await kitOf(target, check('http'))
    expect((await (await kit.elsewhere()).get('/x')).trouble?.kind).toBe(kind)
  })
  test('behind a probe that never answers ends with the time of the check', async () => {
    const source = { ...probe({}), send: () => new Promise(() => {}) } as SecondSource
    const { target } = stackOf({ secondSource: async () => source })
    kits = await openKits(target, course, 'seed')
    const controller = new AbortController()
    const kit = kits.kitFor(check('http'), () => {}, controller.signal)
    const answer = (await kit.elsewhere()).get('/x')
    controller.abort()
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'still waiting'))])
    expect(first).toMatchObject({ trouble: { kind: 'aborted' } })
  })
})

describe('a server behind an address alone', () => {
  test('offers what HTTP can tell, and names what it does not', async () => {
    kits = await openKits(url(), course, 'seed')
    expect(kits.offers(check('http'))).toBeUndefined()
    expect(kits.offers(check('http', 'sql', 'gate'))).toBe(
      'needs sql, gate, which a server behind --url does not offer',
    )
    const two = checkOf('C09h', async () => {}, { requires: ['two-addresses'] })
    expect(kits.offers(two)).toBeUndefined()
    await kits.close()
    kits = await openKits(url({ second: false }), course, 'seed')
    expect(kits.offers(two)).toMatch(/no second network address/)
  })
  test('is graded under other settings where its env file has their values', async () => {
    const strict = checkOf('C02', async () => {}, { settings: 'strict' })
    kits = await openKits(url({ env: { LOGIN_MAX: '9' } }), course, 'seed')
    expect(kits.offers(strict)).toMatch(/settings "strict": start the server with REUSE_GRACE=0, and/)
    expect(kits.offers(check('http'))).toBeUndefined()
    await kits.close()
    kits = await openKits(url({ env: { LOGIN_MAX: '9', REUSE_GRACE: '0', MORE: '1' } }), course, 'seed')
    expect(kits.offers(strict)).toBeUndefined()
  })
  test('has no log to read', async () => {
    await expect((await kitOf(url(), check('http', 'logs'))).logs.lines('x')).rejects.toThrow(NotOffered)
  })
  test('with settings given knows them; a blocklist that cannot be read is not known', async () => {
    const kit = await kitOf(url({ env: { LOGIN_MAX: '7' }, blocklistFile: '/no/such/file' }), check('http'))
    expect(kit.settings).toEqual({ env: { LOGIN_MAX: '7' }, blocklist: undefined })
  })
})
