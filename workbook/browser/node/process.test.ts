import { expect, test } from 'vitest'
import { outcome } from './fixtures/same.ts'
import { Exit, type ProcessOptions, process as page, setProcess } from './process.ts'
import { Timeout } from './timers.ts'

const node = globalThis.process

function begin(options: ProcessOptions = {}): { lines: string[]; exits: number[] } {
  const lines: string[] = []
  const exits: number[] = []
  page.removeAllListeners()
  setProcess({
    onLine: (stream, line) => lines.push(`${stream} ${line}`),
    onExit: (code) => exits.push(code),
    ...options,
  })
  return { lines, exits }
}

test('what the runtime says', () => {
  begin({ env: { A: '1' }, argv: ['/app/server.ts', 'x'], cwd: '/app', pid: 7, version: 'v24.1.0' })
  expect([page.env.A, page.env.B, page.argv.slice(1), page.cwd(), page.pid, page.version, page.versions.node]).toEqual([
    '1',
    undefined,
    ['/app/server.ts', 'x'],
    '/app',
    7,
    'v24.1.0',
    '24.1.0',
  ])
})

test('the environment holds text', async () => {
  begin()
  for (const value of [5, true, undefined, null, {}]) {
    const set = (env: NodeJS.ProcessEnv) => () => {
      env.SHIM_TEST = value as never
      const found = env.SHIM_TEST
      delete env.SHIM_TEST
      return [found, 'SHIM_TEST' in env]
    }
    expect(await outcome(set(page.env))).toEqual(await outcome(set(node.env)))
  }
})

test('lines, whole and broken', () => {
  const { lines } = begin()
  page.stdout.write('one\ntw')
  page.stdout.write(Buffer.from('o\n€').subarray(0, 3))
  page.stdout.write(Buffer.from('€').subarray(1))
  page.stderr.write('err\n')
  expect(lines).toEqual(['stdout one', 'stdout two', 'stderr err'])
  page.stdout.end()
  expect(lines.at(-1)).toBe('stdout €')
  page.stdout.write('x'.repeat(100_000))
  expect(lines.at(-1)).toHaveLength(100_007)
})

test('exit', () => {
  const { lines, exits } = begin()
  const codes: unknown[] = []
  page.on('exit', (code) => codes.push(code))
  page.stdout.write('last')
  expect(() => page.exit(3)).toThrow(Exit)
  expect([codes, exits, lines]).toEqual([[3], [3], ['stdout last']])
  begin()
  page.exitCode = 4
  expect(() => page.exit()).toThrow(expect.objectContaining({ code: 4 }))
})

test('exit codes that are none', async () => {
  begin()
  const old = node.exitCode
  for (const code of [1, '2', undefined, null, 'x', 1.5, {}]) {
    const set = (process: NodeJS.Process) => () => {
      process.exitCode = code as never
      return process.exitCode === undefined ? 'none' : Number(process.exitCode)
    }
    const [here, there] = [await outcome(set(page as never)), await outcome(set(node))]
    node.exitCode = old
    expect(JSON.stringify(here).match(/ERR_\w+|"value":.*/)?.[0]).toBe(
      JSON.stringify(there).match(/ERR_\w+|"value":.*/)?.[0],
    )
  }
})

test('nextTick', async () => {
  begin()
  for (const process of [page as never as NodeJS.Process, node]) {
    const order: unknown[] = []
    process.nextTick((...args: unknown[]) => order.push(args), 1, 2)
    order.push('now')
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(order).toEqual(['now', [1, 2]])
  }
  expect(await outcome(() => page.nextTick('x' as never))).toEqual(await outcome(() => node.nextTick('x' as never)))
})

test('clocks and memory', async () => {
  for (const process of [page as never as NodeJS.Process, node]) {
    const [start, big] = [process.hrtime(), process.hrtime.bigint()]
    await new Promise((resolve) => setTimeout(resolve, 12))
    const [seconds, nanos] = process.hrtime(start)
    expect(seconds).toBe(0)
    expect(nanos).toBeGreaterThan(9e6)
    // Borrowed from the seconds where the parts of one are fewer.
    const [, parts] = process.hrtime([0, 999_999_999])
    expect(parts >= 0 && parts < 1e9).toBe(true)
    expect(process.hrtime.bigint() - big).toBeGreaterThan(9_000_000n)
    expect(process.uptime()).toBeGreaterThan(0)
    expect(Object.values(process.memoryUsage()).every((value) => value >= 0)).toBe(true)
    expect(process.cpuUsage().user).toBeGreaterThan(0)
    expect((process as { umask(): number }).umask()).toBe(0o22)
  }
  expect(Object.keys(page.memoryUsage())).toEqual(Object.keys(node.memoryUsage()))
})

test('warnings and signals', async () => {
  const { lines, exits } = begin({ pid: 5 })
  const seen: unknown[] = []
  page.on('warning', (warning) => seen.push((warning as Error).message))
  page.emitWarning('careful', { type: 'MyWarning', code: 'W1' })
  page.emitWarning(new RangeError('mine'))
  await new Promise((resolve) => setTimeout(resolve, 1))
  expect(lines).toEqual(['stderr (node:5) [W1] MyWarning: careful', 'stderr (node:5) RangeError: mine'])
  expect(seen).toEqual(['careful', 'mine'])
  void page.once('SIGTERM', (signal) => seen.push(signal))
  expect(page.kill(5, 'SIGTERM')).toBe(true)
  expect(seen.at(-1)).toBe('SIGTERM')
  expect(() => page.kill(5, 'SIGTERM')).toThrow(Exit)
  expect(exits).toEqual([143])
  expect(() => page.kill(6)).toThrow(/not offered in the page/)
  expect(() => page.chdir()).toThrow(/not offered in the page/)
  begin()
  expect(() => page.abort()).toThrow(Exit)
  expect(Timeout).toBeDefined()
})
