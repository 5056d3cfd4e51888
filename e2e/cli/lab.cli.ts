/** A learner's way through a lab at the command line, on the process transport. */
import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../workbook/doctor/ports.ts'
import type { RunReport } from '../../workbook/session/report.ts'
import { type Checkout, makeCheckout } from './checkout.ts'

const processes = ['--runtime', 'process']
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
const start = (words: string[] = []) =>
  checkout.run(['lab', 'start', 'L01', ...processes, ...words], { env: { API_PORT: port } })

describe('a learner on the process transport', () => {
  it('starts a lab, and the starter fails what the lab teaches', async () => {
    const started = await start()
    expect(started.stderr).toBe('')
    expect(started.code).toBe(0)
    expect(started.stdout).toContain(`http://127.0.0.1:${port}/api`)
    const checked = await checkout.run(['check'])
    expect(checked.code).toBe(1)
    expect(checked.stdout).toMatch(/^FAIL +C05/m)
    expect(checked.stdout).toContain('Why')
    expect(checked.stdout).toMatch(/^ {2}Repeat +npm run check -- L01 C\d\d --seed [0-9a-f]{6}$/m)
    expect(checked.stdout).toMatch(/\d+ pass, \d+ fail/)
  })

  it('says that it runs already, instead of starting a second one', async () => {
    const again = await start()
    expect(again.code).toBe(0)
    expect(again.stdout).toContain('was running already')
  })

  it('takes up a changed file before it grades', async () => {
    appendFileSync(path.join(workspace(), 'api', 'src', 'app.ts'), '\n// a change\n')
    const checked = await checkout.run(['check', 'L01', 'C01'])
    expect(checked.stdout).toContain('Your files changed since the API was started')
    expect(checked.code).toBe(0)
  })

  it('grades a server behind --url with its settings', async () => {
    const file = path.join(checkout.root, 'settings.env')
    writeFileSync(file, 'LOGIN_MAX=5\nLOGIN_WINDOW=3\n')
    const checked = await checkout.run([
      'check',
      'L01',
      'C01',
      'C02',
      'C07',
      '--url',
      `http://127.0.0.1:${port}`,
      '--env-file',
      file,
      '--json',
    ])
    const report = JSON.parse(checked.stdout) as RunReport
    expect(report.transport).toBe('url')
    expect(Object.fromEntries(report.checks.map((c) => [c.id, c.verdict]))).toEqual({
      C01: 'pass',
      C02: 'not-run',
      C07: 'not-run',
    })
    expect(checked.code).toBe(3)
  })

  it('does not put the starter over a running lab, and keeps a snapshot when it does', async () => {
    const refused = await checkout.run(['lab', 'reset', 'L01'])
    expect(refused.code).toBe(2)
    expect((await checkout.run(['lab', 'stop', 'L01'])).stdout).toContain('is stopped')
    const mine = path.join(workspace(), 'api', 'src', 'mine.ts')
    writeFileSync(mine, 'export {}\n')
    const reset = await checkout.run(['lab', 'reset', 'L01'])
    expect(reset.code).toBe(0)
    expect(existsSync(mine)).toBe(false)
    const name = /restore L01 (\S+)/.exec(reset.stdout)?.[1] ?? ''
    const restored = await checkout.run(['lab', 'restore', 'L01', name])
    expect(restored.code).toBe(0)
    expect(existsSync(mine)).toBe(true)
    expect((await checkout.run(['lab', 'restore', 'L01', '--snapshot', name])).code).toBe(0)
    const list = await checkout.run(['lab', 'snapshots', 'L01'])
    expect(list.stdout.match(/before (reset|restore)/g)).toEqual(['before reset', 'before restore', 'before restore'])
  })

  it('applies the solution to one file while the lab runs, and the next check takes it up', async () => {
    expect((await start()).code).toBe(0)
    expect((await checkout.run(['check', 'L01', 'C05'])).code).toBe(1)
    const one = await checkout.run(['lab', 'solve', 'L01', 'api/src/auth/policy.ts'])
    expect(one.code).toBe(0)
    expect(one.stdout).toMatch(/^ {2}api\/src\/auth\/policy\.ts\n1 file is as in the solution now\./)
    expect(one.stdout).toContain('It is running: npm run check -- L01 restarts the API')
    const left = await checkout.run(['lab', 'diff', 'L01', '--between', 'mine-solution', '--stat'])
    expect(left.stdout).toMatch(/^added +api\/src\/auth\/throttle\.ts {2}\+\d+ -0$/m)
    expect(left.stdout).not.toContain('policy.ts')
    // From a folder in the copy, as one would type it there.
    const cwd = path.join(workspace(), 'api')
    expect((await checkout.run(['lab', 'solve', 'src/auth/throttle.ts'], { cwd })).stdout).toContain('throttle.ts')
    expect((await checkout.run(['lab', 'solve', 'L01'])).code).toBe(0)
    const checked = await checkout.run(['check', 'L01', 'C05'])
    expect(checked.stdout).toContain('Your files changed since the API was started')
    expect(checked.code).toBe(0)
    expect((await checkout.run(['lab', 'stop', 'L01'])).code).toBe(0)
  })

  it('takes in a draft that a page exported, by its path from where they are', async () => {
    const routes = 'api/src/auth/routes.ts'
    const draft = (lab: string) => JSON.stringify({ workbook: 1, lab, files: { [routes]: '// of the page\n' } })
    writeFileSync(path.join(checkout.root, 'l01-draft.json'), draft('L01'))
    writeFileSync(path.join(checkout.root, 'l03-draft.json'), draft('L03'))
    const cwd = path.join(workspace(), 'api')
    const other = await checkout.run(['lab', 'import-draft', 'L01', '../../../l03-draft.json'], { cwd })
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('This is a draft of L03, not of L01.')])
    const taken = await checkout.run(['lab', 'import-draft', 'L01', '../../../l01-draft.json'], { cwd })
    expect(taken.code).toBe(0)
    expect(taken.stdout).toMatch(
      /^ {2}api\/src\/auth\/routes\.ts\nYour files as they were: npm run lab -- restore L01 /,
    )
    expect(readFileSync(path.join(workspace(), routes), 'utf8')).toBe('// of the page\n')
    const name = /restore L01 (\S+)/.exec(taken.stdout)?.[1] ?? ''
    expect((await checkout.run(['lab', 'restore', 'L01', name])).code).toBe(0)
  })

  it('is told that the course changed, and brings it in around their own files', async () => {
    expect((await checkout.run(['lab', 'reset', 'L01'])).code).toBe(0)
    const starter = path.join(checkout.root, 'labs', '01-password-login', 'starter', 'express', 'api', 'src', 'auth')
    for (const name of ['policy.ts', 'routes.ts']) appendFileSync(path.join(starter, name), '// newer\n')
    appendFileSync(path.join(workspace(), 'api', 'src', 'auth', 'routes.ts'), '// mine\n')
    expect((await checkout.run(['lab', 'status', 'L01'])).stdout).toContain('The course changed 2 files of L01')
    const updated = await checkout.run(['lab', 'update', 'L01'])
    expect(updated.code).toBe(0)
    expect(updated.stdout).toMatch(
      /Brought up to the course:\n {2}api\/src\/auth\/policy\.ts\nKept .*\n {2}api\/src\/auth\/routes\.ts {2}\(you changed it\)/,
    )
    expect(readFileSync(path.join(workspace(), 'api', 'src', 'auth', 'routes.ts'), 'utf8')).toMatch(/\/\/ mine\n$/)
    expect((await checkout.run(['lab', 'status', 'L01'])).stdout).not.toContain('The course changed')
  })

  it('tells the second of two commands who is at work', async () => {
    const first = checkout.begin(['lab', 'start', 'L01', ...processes], { env: { API_PORT: port } })
    const lock = path.join(checkout.root, '.workbook', 'locks', '01-password-login.json')
    while (!existsSync(lock)) await new Promise((resolve) => setTimeout(resolve, 10))
    const second = await checkout.run(['lab', 'reset', 'L01'])
    expect(second.code).toBe(3)
    expect(second.stderr).toMatch(
      /^Another command is at work on L01: start, since .* \(pid \d+\)\.\nWait until it has ended/,
    )
    expect((await first.ended).code).toBe(0)
    expect((await checkout.run(['lab', 'clean', '--yes'])).stderr).toMatch(
      /depot-l01 is running, so nothing is removed/,
    )
    expect((await checkout.run(['lab', 'stop', 'L01'])).code).toBe(0)
  })

  it('sees what clean would remove, and is asked first', async () => {
    // An engine of this machine holds things of others: without one, only what lies in this checkout is looked at.
    const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }
    const asked = await checkout.run(['lab', 'clean'], { env })
    expect(asked.code).toBe(2)
    expect(asked.stdout).toMatch(/^database .*depot-l01 {2}[\d.]+ MB$/m)
    expect(asked.stderr).toContain('clean --yes')
    const before = readFileSync(path.join(workspace(), 'api', 'src', 'auth', 'routes.ts'), 'utf8')
    const cleaned = await checkout.run(['lab', 'clean', '--yes'], { env })
    expect(cleaned.stdout).toMatch(/\d+ removed\.$/m)
    expect(cleaned.code).toBe(0)
    expect(readFileSync(path.join(workspace(), 'api', 'src', 'auth', 'routes.ts'), 'utf8')).toBe(before)
    expect((await checkout.run(['lab', 'snapshots', 'L01'])).stdout).toContain('before reset')
    expect((await checkout.run(['lab', 'clean', '--yes'], { env })).stdout).not.toContain('depot-l01')
  })

  it.each([300, 700, 1_200])('leaves nothing when start is interrupted after %d ms', async (killAfter) => {
    const interrupted = await checkout.run(['lab', 'start', 'L01', ...processes], {
      env: { API_PORT: port },
      killAfter,
    })
    expect([0, 130]).toContain(interrupted.code)
    if (interrupted.code === 0) await checkout.run(['lab', 'stop', 'L01'])
    expect(checkout.leftovers()).toEqual([])
  })
})

describe('the solution as a folder', () => {
  it('passes every core check, prints one JSON document, and its folder stays as it was', async () => {
    const to = path.join(checkout.root, 'exported')
    expect((await checkout.run(['lab', 'export', 'L01', '--state', 'solution', '--to', to])).code).toBe(0)
    const list = () =>
      execFileSync('find', ['.', '-printf', '%p %s %T@\n'], { cwd: to, encoding: 'utf8' }).split('\n').sort()
    const before = list()
    const checked = await checkout.run(['check', 'L01', '--dir', to, ...processes, '--json'])
    const report = JSON.parse(checked.stdout) as RunReport
    expect(report.checks.filter((c) => c.verdict !== 'pass').map((c) => `${c.id} ${c.verdict}`)).toEqual([
      'C13 not-run',
    ])
    expect(report).toMatchObject({ schema: 1, complete: true, env: null, transport: 'process', track: 'express' })
    expect(checked.code).toBe(0)
    expect(list()).toEqual(before)
    expect((await checkout.run(['lab', 'export', 'L01', '--state', 'starter', '--to', to])).code).toBe(2)
  })

  it.each([400, 900, 1_600, 3_000])('leaves nothing when a check is interrupted after %d ms', async (killAfter) => {
    const interrupted = await checkout.run(
      ['check', 'L01', '--dir', path.join(checkout.root, 'exported'), ...processes],
      { killAfter },
    )
    expect(interrupted.code).toBe(130)
    expect(checkout.leftovers()).toEqual([])
  })

  it('ends at its next call what a killed check left behind', async () => {
    const child = spawn(
      process.execPath,
      [
        path.join(checkout.root, 'workbook', 'cli', 'main.ts'),
        'check',
        'L01',
        '--dir',
        path.join(checkout.root, 'exported'),
        ...processes,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    expect(checkout.leftovers()).not.toEqual([])
    const next = await checkout.run(['lab', 'list'])
    expect(next.stderr).toContain('Ended what an interrupted command had left running')
    expect(checkout.leftovers()).toEqual([])
  })
})

describe('words that make no sense', () => {
  it.each([
    [['check', 'L1O'], 'Did you mean L01?'],
    [['check', 'L01', 'C99'], 'Did you mean C09?'],
    [['check', 'L01', '--dir', '.'], 'no folder "api"'],
    [['check', 'L01', '--runtime', 'contaner'], 'Did you mean container?'],
    [['lab', 'strat', 'L01'], 'Did you mean start?'],
    [['lab', 'export', 'L01', '--state', 'mutant:min-9', '--to', 'x'], 'Did you mean mutant:min-8?'],
    [['lab', 'solve', 'L01', 'api/src/auth/rotes.ts'], 'Did you mean api/src/auth/routes.ts?'],
    [['lab', 'diff', 'L01', '--between', 'mine-soluton'], 'Did you mean mine-solution?'],
    [['lab', 'restore', 'L01', 'x'], 'L01 has no snapshot "x"'],
    [['lab', 'open', 'L01', '../../README.md'], 'lies outside your copy of L01'],
    [['lab', 'reset', 'L01', 'api/src/auth/routes.ts'], 'wants nothing after the lab'],
    [['lab', 'pull', 'L1O'], 'Did you mean L01?'],
    [['check', 'L01', '--env-file', 'x'], 'without --url it means nothing'],
    [['check', 'L01', '--url', 'http://127.0.0.1:1/api'], 'an origin without a path'],
    [['check', 'L01', '--nonsense'], '--nonsense'],
    [['verify', '--changed', '--full'], '--changed is a part of the gating set'],
    [['verify', '--changed'], 'no git checkout'],
  ])('%j', async (words, sentence) => {
    const outcome = await checkout.run(words)
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain(sentence)
    expect(outcome.stderr).not.toMatch(/\n\s+at /)
  })

  it('names the field of course.json that it does not know', async () => {
    const file = path.join(checkout.root, 'exported', 'course.json')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, before.replace('"signUp"', '"signup"'))
    const outcome = await checkout.run(['check', 'L01', '--dir', path.dirname(file), ...processes])
    writeFileSync(file, before)
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain('Did you mean "signUp"?')
  })
})
