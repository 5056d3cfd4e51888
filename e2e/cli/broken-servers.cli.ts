/** Servers that misbehave on a request: each gets a clear sentence, in bounded time, and nothing hangs or dies on our side. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunReport } from '../../workbook/session/report.ts'
import { type Checkout, makeCheckout } from './checkout.ts'

let checkout: Checkout

beforeAll(() => {
  checkout = makeCheckout()
})
afterAll(() => {
  const left = checkout.leftovers()
  checkout.remove()
  expect(left).toEqual([])
})

/** The solution with its `app.ts` changed. */
async function broken(id: string, change: (text: string) => string): Promise<string> {
  const to = path.join(checkout.root, id)
  await checkout.run(['lab', 'export', 'L01', '--state', 'solution', '--to', to])
  const target = path.join(to, 'api', 'src', 'app.ts')
  const before = readFileSync(target, 'utf8')
  const after = change(before)
  expect(after).not.toBe(before)
  writeFileSync(target, after)
  return to
}

const login = (code: string) => (text: string) =>
  text.replace(
    "  app.use('/api/auth',",
    `  app.post('/api/auth/login', (req, res) => { ${code} })\n  app.use('/api/auth',`,
  )

describe('a server that misbehaves on a request', () => {
  it.each([
    ['huge', "res.type('json').send(JSON.stringify({ accessToken: 'x'.repeat(5_000_000) }))", 'huge-answer'],
    ['closed', 'req.socket.destroy()', 'closed-connection'],
    [
      'endless',
      "res.type('json'); const t = setInterval(() => res.write(' '.repeat(1000)), 1); res.on('close', () => clearInterval(t))",
      'huge-answer',
    ],
    ['redirect', "res.redirect('/elsewhere')", 'redirect'],
    ['html', "res.status(500).type('html').send('<h1>Oops</h1>')", 'server-error'],
    ['ansi', "res.status(418).send('\\u001b[2J\\u001b[1;1Hyou passed')", 'unrecognised'],
  ])('%s: the check that needs it fails with a diagnosis', async (id, code, diagnosis) => {
    const dir = await broken(id, login(code))
    const outcome = await checkout.run(['check', 'L01', 'C08', 'C07', '--dir', dir, '--runtime', 'process', '--json'])
    const report = JSON.parse(outcome.stdout) as RunReport
    const [c07, c08] = [report.checks.find((c) => c.id === 'C07'), report.checks.find((c) => c.id === 'C08')]
    expect(c08?.failure?.diagnosis).toBe(diagnosis)
    // A neighbour that never signs in is not harmed.
    expect(c07?.verdict).toBe('pass')
    expect(outcome.stdout).not.toContain('\u001b')
    expect(outcome.code).toBe(1)
    expect(outcome.seconds).toBeLessThan(40)
  })

  it('hang: fails the checks that met it, spares the others, and ends', async () => {
    const dir = await broken('hang', login('while (Math.PI > 3) {}'))
    const outcome = await checkout.run(['check', 'L01', 'C07', 'C08', '--dir', dir, '--runtime', 'process', '--json'])
    const report = JSON.parse(outcome.stdout) as RunReport
    expect(report.checks.map((c) => [c.id, c.verdict])).toEqual([
      ['C07', 'pass'],
      ['C08', 'fail'],
    ])
    expect(report.checks[1]?.failure?.diagnosis).toBe('hangs')
    expect(report.checks[1]?.failure?.why).toContain('not even /api/health/ready')
    expect(outcome.seconds).toBeLessThan(60)
  })

  it('crash: the neighbours are judged on their own', async () => {
    const dir = await broken('dies', login("setTimeout(() => { throw new Error('late boom') }, 0)"))
    const outcome = await checkout.run([
      'check',
      'L01',
      'C05',
      'C07',
      'C08',
      '--dir',
      dir,
      '--runtime',
      'process',
      '--json',
    ])
    const report = JSON.parse(outcome.stdout) as RunReport
    const of = (id: string) => report.checks.find((c) => c.id === id)
    expect(of('C07')?.verdict).toBe('pass')
    expect(of('C08')?.verdict).toBe('fail')
    expect(of('C08')?.failure?.log.join(' ')).toContain('late boom')
  })
})
