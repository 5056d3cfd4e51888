/** `check --watch` and the documents for machines, on the process transport. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { freePort } from '../../workbook/doctor/ports.ts'
import { parseXml } from '../../workbook/session/fixtures/xml.ts'
import { runReportSchema } from '../../workbook/session/report.ts'
import { type Checkout, makeCheckout, type Running } from './checkout.ts'

let checkout: Checkout
let dir: string

beforeAll(async () => {
  checkout = makeCheckout()
  dir = path.join(checkout.root, 'watched')
  await checkout.run(['lab', 'export', 'L01', '--state', 'solution', '--to', dir])
})
afterAll(() => {
  const left = checkout.leftovers()
  checkout.remove()
  expect(left).toEqual([])
})

/** Saves a change of one file. */
function change(file: string, act: (text: string) => string): void {
  const target = path.join(dir, 'api', 'src', file)
  const before = readFileSync(target, 'utf8')
  const after = act(before)
  expect(after).not.toBe(before)
  writeFileSync(target, after)
}
const shortest = (length: number) => (text: string) => text.replace(/const MIN = \d+/, `const MIN = ${length}`)
const policy = path.join('auth', 'policy.ts')

const begun: Running[] = []
function begin(words: string[], options: Parameters<Checkout['begin']>[1] = {}): Running {
  const running = checkout.begin(words, options)
  begun.push(running)
  return running
}
const watch = (words: string[] = [], options: Parameters<Checkout['begin']>[1] = {}) =>
  begin(['check', 'L01', ...words, '--dir', dir, '--runtime', 'process', '--watch'], options)
// A terminal ends its lines in CR LF.
const waits = /^Waiting for a \w+\.[^\n]*\n/m

// A test that failed must not leave its watch to the next one.
afterEach(async () => {
  for (const running of begun.splice(0)) {
    running.interrupt()
    await running.ended
  }
})

/** Ends a watch as Ctrl-C does, and sees that it leaves nothing. */
async function end(running: Running): Promise<void> {
  running.interrupt()
  expect((await running.ended).code).toBe(130)
  expect(checkout.leftovers()).toEqual([])
}

describe('a watch', () => {
  it('turns a fail into a pass by a save, the failure first, and leaves nothing', async () => {
    change(policy, shortest(16))
    const running = watch(['C01', 'C05', 'C08'])
    const first = await running.until(waits)
    expect(first).toMatch(/^FAIL +C05/m)
    expect(first).toMatch(/2 pass, 1 fail/)
    change(policy, shortest(15))
    const second = await running.until(waits)
    expect(second).toContain('api/src/auth/policy.ts saved')
    expect([...second.matchAll(/^(?:PASS|FAIL) +(C\d\d)/gm)].map(([, id]) => id)[0]).toBe('C05')
    expect(second).toContain('3 pass in')
    await end(running)
  })

  it('says what keeps a server from starting, and goes on when it is mended', async () => {
    const running = watch(['C01'])
    await running.until(waits)
    change('server.ts', (text) => `throw new Error('boom at start')\n${text}`)
    const broken = await running.until(waits)
    expect(broken).toContain('boom at start')
    expect(broken).toContain('The API ended during its start.')
    expect(broken).not.toMatch(/^FAIL/m)
    change('server.ts', (text) => text.replace(/^.*\n/, ''))
    expect(await running.until(waits)).toMatch(/^PASS +C01/m)
    await end(running)
  })

  it('brings back an API that was killed meanwhile', async () => {
    const running = watch(['C01'])
    await running.until(waits)
    const stacks = path.join(checkout.root, '.workbook', 'stacks')
    const record = readdirSync(stacks).map((name) => readFileSync(path.join(stacks, name), 'utf8'))[0] ?? ''
    const { apis } = z.object({ apis: z.array(z.object({ pid: z.int() })).min(1) }).parse(JSON.parse(record))
    for (const { pid } of apis) process.kill(pid, 'SIGKILL')
    change('server.ts', (text) => `${text}// saved after the end\n`)
    expect(await running.until(waits)).toMatch(/^PASS +C01/m)
    await end(running)
  })

  it('starts over when another save comes, even while a server hangs at its start', async () => {
    const running = watch(['C01'])
    await running.until(waits)
    change('server.ts', (text) => `while (Math.PI > 3) {}\n${text}`)
    await running.until(/saved/)
    await sleep(1_000)
    change('server.ts', (text) => text.replace(/^.*\n/, ''))
    await running.until(/Stopped: there is something newer/, 5_000)
    expect(await running.until(waits)).toMatch(/^PASS +C01/m)
    await end(running)
  })

  it('tells a mistake in course.json and waits', async () => {
    const running = watch(['C01'])
    await running.until(waits)
    const file = path.join(dir, 'course.json')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, before.replace('"signUp"', '"signup"'))
    expect(await running.until(waits)).toContain('Did you mean "signUp"?')
    writeFileSync(file, before)
    expect(await running.until(waits)).toMatch(/^PASS +C01/m)
    await end(running)
  })

  it('runs only by keys with --manual', async () => {
    const running = watch(['C01', '--manual'])
    await running.until(waits)
    change('server.ts', (text) => `${text}// not looked at\n`)
    await sleep(2_500)
    expect(running.output()).toBe('')
    await end(running)
  })

  it.each([50, 500, 1_500])('leaves nothing when it is interrupted after %d ms', async (ms) => {
    const running = watch()
    await running.until(/first run/)
    await sleep(ms)
    await end(running)
  })

  it.each([
    [['--json'], 'one document'],
    [['--junit'], 'one document'],
    [['--hint'], 'the key h'],
  ])('does not go with %j', async (words, sentence) => {
    const outcome = await watch(words).ended
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain(sentence)
  })

  it('does not go with --url', async () => {
    const outcome = await checkout.run(['check', 'L01', '--url', 'http://127.0.0.1:1', '--watch'])
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain('--watch looks at a folder')
  })
})

const script = process.platform === 'linux' && tryRun('script', ['--version'])
function tryRun(command: string, words: string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!script)('the keys of a watch', () => {
  it('run all, run the failure, show a hint and the log, and quit', async () => {
    change(policy, shortest(16))
    const running = watch(['C01', 'C05', '--manual', '--plain'], { terminal: true })
    expect(await running.until(waits)).toContain('r all   f last failure   h hint   l log   q quit')
    running.type('f')
    const failure = await running.until(waits)
    expect(failure).toContain('the last failure')
    expect(failure).toContain('0 pass, 1 fail')
    running.type('h')
    await running.until(/Hint 1 /, 5_000)
    running.type('h')
    await running.until(/Hint 2 /, 5_000)
    running.type('l')
    await running.until(/Log +\{/, 5_000)
    running.type('f')
    expect(await running.until(waits)).toMatch(/hint\s+3\s+of\s+3/)
    change(policy, shortest(15))
    running.type('r')
    expect(await running.until(waits)).toContain('2 pass in')
    running.type('f')
    await running.until(/Nothing has failed/, 5_000)
    running.type('q')
    expect((await running.ended).code).toBe(0)
    expect(checkout.leftovers()).toEqual([])
  })

  it('end it by Ctrl-C', async () => {
    const running = watch(['C01', '--manual'], { terminal: true })
    await running.until(waits)
    running.type('\u0003')
    expect((await running.ended).code).toBe(130)
    expect(checkout.leftovers()).toEqual([])
  })
})

describe('a watch of a lab that runs', () => {
  it('uses it, says that it went, goes on when it is back, and leaves it running', async () => {
    const env = { API_PORT: String(await freePort()) }
    const start = () => checkout.run(['lab', 'start', 'L01', '--runtime', 'process'], { env })
    await start()
    const running = begin(['check', 'L01', 'C01', '--runtime', 'process', '--watch'])
    expect(await running.until(waits)).not.toContain('one was started for this run')
    await checkout.run(['lab', 'stop', 'L01'])
    await running.until(/The stack is gone/, 10_000)
    await start()
    await running.until(/the stack is back/, 10_000)
    expect(await running.until(waits)).toMatch(/^PASS +C01/m)
    running.interrupt()
    expect((await running.ended).code).toBe(130)
    expect((await checkout.run(['lab', 'status', 'L01'])).stdout).toContain(env.API_PORT)
    await checkout.run(['lab', 'stop', 'L01'])
    expect(checkout.leftovers()).toEqual([])
  })
})

describe('documents for machines', () => {
  it('are what they are published to be, with failures in them', async () => {
    change(policy, shortest(16))
    const words = ['check', 'L01', 'C01', 'C05', '--dir', dir, '--runtime', 'process']
    const json = await checkout.run([...words, '--json'])
    const report = JSON.parse(json.stdout)
    expect(report.totals).toMatchObject({ pass: 1, fail: 1 })
    expect(runReportSchema.parse(report)).toEqual(report)
    const file = path.join(checkout.root, 'docs', 'schema', 'result.schema.json')
    expect(z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8'))).safeParse(report).error).toBeUndefined()

    const junit = await checkout.run([...words, '--junit'])
    expect(junit.code).toBe(1)
    const elements = parseXml(junit.stdout)
    expect(elements[0]).toMatchObject({ name: 'testsuites', attributes: { tests: '2', failures: '1', errors: '0' } })
    expect(elements.filter((e) => e.name === 'testcase')).toHaveLength(2)
    expect(elements.find((e) => e.name === 'failure')?.text).toContain('(clause password.2)')
    change(policy, shortest(15))
  })

  it('blame nobody when there is no engine', async () => {
    const words = ['check', 'L01', '--dir', dir, '--runtime', 'container', '--junit']
    const outcome = await checkout.run(words, { env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' } })
    expect(outcome.code).toBe(3)
    expect(parseXml(outcome.stdout).find((e) => e.name === 'error')?.attributes.type).toBe('env')
  })
})
