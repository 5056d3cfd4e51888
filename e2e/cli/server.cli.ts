/** The local server with real labs behind it, on the process transport: nothing is told twice, lost, or left running. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../workbook/doctor/ports.ts'
import type { LabEvent, LabState, StandingAnswer } from '../../workbook/session/desk/protocol.ts'
import type { StackRecord } from '../../workbook/stack/registry.ts'
import { type Checkout, makeCheckout } from './checkout.ts'

interface Server {
  url: string
  token: string
  /** Stacks that it ended at its start. */
  ended: string[]
  child: ChildProcess
  /** When the program is gone. */
  gone: Promise<void>
}

let checkout: Checkout
let env: Record<string, string>
let server: Server

beforeAll(async () => {
  checkout = makeCheckout()
  mkdirSync(path.join(checkout.root, 'dist'), { recursive: true })
  writeFileSync(path.join(checkout.root, 'dist', 'index.html'), '<html><head></head></html>')
  // A docker that has no engine, so that labs run as processes; later one that hangs.
  mkdirSync(path.join(checkout.root, 'bin'))
  fakeDocker('exit 1')
  env = { PATH: `${checkout.root}/bin:${process.env.PATH}`, API_PORT: String(await freePort()) }
  server = await serve()
}, 60_000)
afterEach(async () => {
  await call('DELETE', 'acts').catch(() => {})
})
afterAll(async () => {
  fakeDocker('exit 1')
  server.child.kill('SIGKILL')
  await server.gone
  await checkout.run(['lab', 'stop', 'L01'], { env })
  const left = checkout.leftovers()
  checkout.remove()
  expect(left).toEqual([])
})

function fakeDocker(script: string): void {
  const file = path.join(checkout.root, 'bin', 'docker')
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}

function serve(): Promise<Server> {
  const program = path.join(checkout.root, 'e2e', 'cli', 'serve-workbook.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--', program], {
    cwd: checkout.root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended (${code})`)))
    child.stdout?.once('data', (line: Buffer) => resolve({ ...JSON.parse(line.toString()), child, gone }))
  })
}
async function call<T = Record<string, unknown>>(method: string, what: string, body?: unknown) {
  const response = await fetch(new URL(`/api/labs/L01/${what}`, server.url), {
    method,
    headers: { 'X-Workbook-Token': server.token, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as T }
}
const state = async () => (await call<LabState>('GET', 'state')).body
const begin = async (act: Record<string, unknown>) => expect((await call('POST', 'acts', act)).status).toBe(202)
/** An act from its beginning to its end, as a page hears it. */
const carryOut = async (page: ReturnType<typeof listen>, act: Record<string, unknown>) => {
  await page.until('state')
  const before = page.of('end').length
  await begin(act)
  await page.until('end', before + 1)
}
const services = async () => Object.fromEntries((await state()).stack?.services.map((s) => [s.name, s.state]) ?? [])

/** Listens to the events of the lab. */
function listen(lastId?: string) {
  const events: { id: string; event: LabEvent }[] = []
  let whole = false
  const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId }
  const request = http.get(new URL('/api/labs/L01/events', server.url), { headers, agent: false }, (response) => {
    let rest = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        if (block.includes('event: whole')) whole = true
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data !== undefined && data !== '{}')
          events.push({ id: /^id: (.*)$/m.exec(block)?.[1] ?? '', event: JSON.parse(data) as LabEvent })
      }
    })
    response.on('error', () => {})
  })
  request.on('error', () => {})
  const of = <T extends LabEvent['type']>(type: T) =>
    events.map((e) => e.event).filter((e): e is Extract<LabEvent, { type: T }> => e.type === type)
  return {
    events,
    of,
    whole: () => whole,
    last: () => events.findLast((e) => e.id !== '')?.id ?? '',
    /** Waits until so many events of a type came. */
    until: (type: LabEvent['type'], count = 1, timeout = 40_000) =>
      vi.waitFor(() => expect(of(type).length).toBeGreaterThanOrEqual(count), { timeout, interval: 10 }),
    close: () => request.destroy(),
  }
}
const stacks = () => {
  try {
    return readdirSync(path.join(checkout.root, '.workbook', 'stacks'))
  } catch {
    return []
  }
}
/** Processes of labs of the checkout, without the server itself. */
const left = () => checkout.leftovers().filter((line) => !line.includes('serve-workbook'))

describe('a check of a lab that does not run', () => {
  it('stops when it is told to, and leaves nothing', async () => {
    const page = listen()
    await carryOut(page, { act: 'reset' })
    await begin({ act: 'check', checks: ['C04'] })
    expect((await call('POST', 'acts', { act: 'check' })).body.error).toMatch(/^L01 is busy: check/)
    expect((await call('POST', 'acts', { act: 'start' })).status).toBe(409)
    await page.until('ready')
    expect(stacks()).toHaveLength(1)
    expect((await call('DELETE', 'acts')).body).toEqual({ stopped: true })
    await page.until('stopped')
    expect(page.of('stopped')[0]?.why).toBe('You stopped it.')
    expect([left(), stacks()]).toEqual([[], []])
    page.close()
  })

  it('ends with the server, and the page hears it', async () => {
    const page = listen()
    // It is told of the check before, too.
    await page.until('state')
    const before = { ready: page.of('ready').length, stopped: page.of('stopped').length }
    await begin({ act: 'check', checks: ['C04'] })
    await page.until('ready', before.ready + 1)
    expect(stacks()).toHaveLength(1)
    const begun = performance.now()
    server.child.kill('SIGTERM')
    await server.gone
    expect(performance.now() - begun).toBeLessThan(10_000)
    await page.until('stopped', before.stopped + 1, 1_000)
    expect([left(), stacks()]).toEqual([[], []])
  })

  it('is ended by the next start where the server was killed; a reader of before begins anew', async () => {
    server = await serve()
    const page = listen()
    await begin({ act: 'check', checks: ['C04'] })
    await page.until('ready')
    const known = page.last()
    server.child.kill('SIGKILL')
    await server.gone
    expect(stacks()).toHaveLength(1)
    server = await serve()
    expect(server.ended).toHaveLength(1)
    expect([left(), stacks()]).toEqual([[], []])
    const again = listen(known)
    await again.until('state')
    expect(again.whole()).toBe(true)
    again.close()
  })
})

describe('a lab that runs', () => {
  beforeAll(async () => {
    const page = listen()
    await carryOut(page, { act: 'start', runtime: 'process' })
    expect(await services()).toEqual({ db: 'healthy', api: 'healthy' })
    page.close()
  })

  it('tells each result once to a reader that loses its connection again and again', async () => {
    const checks = ['C01', 'C03', 'C05', 'C07', 'C08', 'C11']
    const through = listen()
    await begin({ act: 'check', checks, seed: 'abc' })
    const seen: { id: string; event: LabEvent }[] = []
    let known = through.last()
    while (!seen.some((e) => e.event.type === 'end')) {
      const part = listen(known === '' ? undefined : known)
      await sleep(40)
      part.close()
      // The first may be told everything; the others have no gap.
      if (known !== '') expect(part.whole()).toBe(false)
      seen.push(...part.events.filter((e) => e.id !== ''))
      known = part.last() === '' ? known : part.last()
    }
    const results = seen.flatMap(({ event }) => (event.type === 'result' ? [event.result.id] : []))
    expect(results.toSorted()).toEqual(checks)
    expect(new Set(seen.map((e) => e.id)).size).toBe(seen.length)
    await through.until('end')
    expect(through.of('result').map((e) => e.result.id)).toEqual(results)
    through.close()
    const { body } = await call<StandingAnswer>('GET', 'checks')
    for (const { id, standing } of body.checks) if (checks.includes(id)) expect(standing?.result.id).toBe(id)
  })

  it('whose API was killed is told to be ended; a check says what came of it, stop and start work', async () => {
    const [file = ''] = stacks()
    const record = JSON.parse(
      readFileSync(path.join(checkout.root, '.workbook', 'stacks', file), 'utf8'),
    ) as StackRecord
    const page = listen()
    await page.until('state')
    process.kill(-(record.apis?.[0]?.pid ?? Number.NaN), 'SIGKILL')
    await vi.waitFor(async () => expect(await services()).toEqual({ db: 'healthy', api: 'exited' }))
    // Told by itself to whoever looks, too.
    await vi.waitFor(
      () =>
        expect(page.of('state').at(-1)?.state.stack?.services).toContainEqual(
          expect.objectContaining({ name: 'api', state: 'exited' }),
        ),
      { timeout: 6_000 },
    )
    await carryOut(page, { act: 'check', checks: ['C01'] })
    expect(page.of('ready').at(-1)?.notes).toEqual(['The API had ended: it was started again.'])
    expect(page.of('result').at(-1)?.result.verdict).toBe('pass')
    await carryOut(page, { act: 'stop' })
    expect((await state()).stack).toBeUndefined()
    expect([left(), stacks()]).toEqual([[], []])
    await carryOut(page, { act: 'start', runtime: 'process' })
    expect(await services()).toEqual({ db: 'healthy', api: 'healthy' })
    page.close()
  })

  it('outlives the server, since a command began it for good', async () => {
    server.child.kill('SIGTERM')
    await server.gone
    expect(stacks()).toHaveLength(1)
    server = await serve()
    expect(server.ended).toEqual([])
    expect(await services()).toEqual({ db: 'healthy', api: 'healthy' })
    const page = listen()
    await carryOut(page, { act: 'stop' })
    page.close()
  })
})

it('an engine that hangs keeps no page waiting', async () => {
  server.child.kill('SIGKILL')
  await server.gone
  // Ignores what would end it politely.
  const pids = path.join(checkout.root, 'pids')
  fakeDocker(`trap "" TERM; echo $$ >> ${pids}; exec sleep 60`)
  server = await serve()
  const page = listen()
  const begun = performance.now()
  await page.until('state')
  expect(performance.now() - begun).toBeLessThan(8_000)
  expect(page.of('state')[0]?.state.trouble).toContain('Docker hangs or is very busy')
  const again = performance.now()
  expect((await state()).trouble).toContain('Docker hangs')
  expect(performance.now() - again).toBeLessThan(2_000)
  page.close()
  fakeDocker('exit 1')
  const release = () => {
    for (const pid of readFileSync(pids, 'utf8').trim().split('\n')) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // Gone already.
      }
    }
  }
  release()
  await vi.waitFor(async () => expect((await state()).trouble).toBeUndefined(), { timeout: 5_000 })
  release()
  await vi.waitFor(() => expect(left()).toEqual([]))
})
