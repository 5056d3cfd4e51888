/** The container transport at the command line. */
import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../workbook/doctor/ports.ts'
import type { RunReport } from '../../workbook/session/report.ts'
import { type Checkout, dockerThere, makeCheckout } from './checkout.ts'

const there = await dockerThere()
let checkout: Checkout
let port: string

beforeAll(async () => {
  checkout = makeCheckout()
  port = String(await freePort())
})
afterAll(async () => {
  await checkout.run(['lab', 'stop', 'L01'])
  const left = checkout.leftovers()
  checkout.remove()
  expect(left).toEqual([])
})

const workspace = () => path.join(checkout.root, 'workspace', '01-password-login')
const compose = (words: string[], env: Record<string, string> = {}) =>
  execFileSync('docker', ['compose', ...words], {
    cwd: workspace(),
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
const settings = () => compose(['exec', '-T', 'api', 'printenv', 'LOGIN_WINDOW']).trim()

describe.runIf(there)('a learner with Docker', () => {
  it('starts, is graded on the running stack, and takes up a changed file', async () => {
    const started = await checkout.run(['lab', 'start', 'L01', '--runtime', 'container'], { env: { API_PORT: port } })
    expect(started.stdout).toContain(`http://127.0.0.1:${port}/api`)
    expect(started.code).toBe(0)
    const checked = await checkout.run(['check', 'L01', 'C01', 'C12', '--json'])
    const report = JSON.parse(checked.stdout) as RunReport
    expect(report.transport).toBe('container')
    expect(report.checks.map((c) => c.verdict)).toEqual(['pass', 'pass'])
    expect((await checkout.run(['lab', 'stop', 'L01'])).code).toBe(0)
    expect(checkout.leftovers()).toEqual([])
  })

  it('is watched: a save, an API that was started anew, a stack that goes and comes back', async () => {
    const start = () => checkout.run(['lab', 'start', 'L01', '--runtime', 'container'], { env: { API_PORT: port } })
    const waits = /^Waiting for a save\..*\n/m
    await start()
    const running = checkout.begin(['check', 'L01', 'C01', '--watch'])
    onTestFinished(async () => {
      running.interrupt()
      await running.ended
    })
    const first = await running.until(waits)
    expect(first).toContain('containers')
    expect(first).not.toContain('one was started for this run')
    appendFileSync(path.join(workspace(), 'api', 'src', 'server.ts'), '// saved\n')
    const second = await running.until(waits)
    expect(second).toContain('the image was built anew')
    expect(second).toMatch(/^PASS +C01/m)
    // What the round itself started is no reason for another one.
    await sleep(7_000)
    expect(running.output()).toBe('')
    compose(['restart', 'api'])
    await running.until(/the API was started anew/, 30_000)
    expect(await running.until(waits)).toMatch(/^PASS +C01/m)
    await checkout.run(['lab', 'stop', 'L01'])
    await running.until(/The stack is gone/, 30_000)
    await start()
    await running.until(/the stack is back/, 30_000)
    expect(await running.until(waits)).toMatch(/^PASS +C01/m)
    running.interrupt()
    expect((await running.ended).code).toBe(130)
    expect((await checkout.run(['lab', 'stop', 'L01'])).code).toBe(0)
    expect(checkout.leftovers()).toEqual([])
  })

  it('uses a stack that was started by hand, and leaves it as it was', async () => {
    compose(['up', '-d', '--wait'], { API_PORT: port, LOGIN_WINDOW: '47' })
    const before = compose(['ps', '-q', 'api']).trim()
    const checked = await checkout.run(['check', 'L01', 'C01', 'C09h'])
    expect(checked.stdout).toContain('started by hand')
    expect(checked.stdout).toMatch(/^PASS +C01/m)
    // The starter has no throttle: C09h is a hard check and does not change the exit code.
    expect(checked.stdout).toMatch(/^FAIL +C09h/m)
    expect(checked.code).toBe(0)
    expect(compose(['ps', '-q', 'api']).trim()).toBe(before)
    expect(settings()).toBe('47')
    expect(compose(['ps', '-a', '--services']).trim().split('\n').sort()).toEqual(['api', 'db', 'migrate'])
  })

  it.each([700, 1_800, 3_500])(
    'an interrupt after %d ms leaves that stack running on its own settings',
    async (killAfter) => {
      const interrupted = await checkout.run(['check', 'L01'], { killAfter })
      expect([1, 130]).toContain(interrupted.code)
      expect(settings()).toBe('47')
      expect(compose(['ps', '-a', '--services']).trim().split('\n').sort()).toEqual(['api', 'db', 'migrate'])
    },
  )

  it('grades another folder beside it, and removes that stack afterwards', async () => {
    const to = path.join(checkout.root, 'exported')
    await checkout.run(['lab', 'export', 'L01', '--state', 'solution', '--to', to])
    const checked = await checkout.run(['check', 'L01', 'C01', 'C02', '--dir', to, '--runtime', 'container'])
    expect(checked.stdout).toContain('2 pass')
    expect(checked.code).toBe(0)
    expect(checkout.leftovers().filter((line) => !line.startsWith('depot-l01-'))).toEqual([])
    expect(settings()).toBe('47')
    compose(['down', '-v'])
    expect(checkout.leftovers()).toEqual([])
  })
})
