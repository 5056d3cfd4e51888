import { describe, expect, test } from 'vitest'
import type { Facts } from './facts.ts'
import { type Finding, judgeFacts } from './judge.ts'

const healthy: Facts = {
  platform: 'linux',
  arch: 'x64',
  wsl: undefined,
  onWindowsDrive: false,
  autocrlf: undefined,
  engine: { version: '26.1.5', arch: 'x86_64', memory: 8e9, clockSkewMs: 12 },
  ports: [{ port: 3000, free: true, owner: undefined }],
  diskFree: 50e9,
  memory: { total: 16e9, available: 8e9 },
  python: { kind: 'found', python: { path: '/usr/bin/python3.13', version: '3.13.5', venv: true } },
  stale: { containers: [], volumes: [] },
}

function finding(id: string, over: Partial<Facts>, containers = true): Finding {
  const found = judgeFacts({ ...healthy, ...over }, containers).find((f) => f.id === id)
  if (found === undefined) throw new Error(`no finding ${id}`)
  return found
}

describe('the facts of a machine', () => {
  test('that is well have nothing missing, and no fix', () => {
    for (const f of judgeFacts(healthy, true)) {
      expect(['ok', 'not-needed']).toContain(f.state)
      expect(f.fix).toBeUndefined()
    }
  })
  test('a taken port names its holder and the variable that chooses another', () => {
    const f = finding('port-3000', { ports: [{ port: 3000, free: false, owner: 'node (pid 4711)' }] })
    expect(f).toMatchObject({ state: 'advice', found: 'taken by node (pid 4711)' })
    expect(f.fix).toContain('API_PORT=3001')
  })
  test('Python is missed only where a copy is written in it and runs as a process', () => {
    const none = { ...healthy, python: { kind: 'none' } } as const
    const state = (containers: boolean, used: boolean) =>
      judgeFacts(none, containers, used).find((f) => f.id === 'python')?.state
    expect([state(true, true), state(false, false), state(false, true)]).toEqual(['not-needed', 'advice', 'missing'])
    expect(finding('python', { python: { kind: 'old', version: '3.9.2' } }, false)).toMatchObject({
      state: 'advice',
      found: 'the Python here is 3.9.2, older than 3.11',
    })
    const bare = { path: '/usr/bin/python3', version: '3.11.2', venv: false }
    expect(finding('python', { python: { kind: 'found', python: bare } }, false).fix).toContain('python3-venv')
  })
  test('a full disk is missing, a tight one is advice', () => {
    expect(finding('disk', { diskFree: 1e8 }).state).toBe('missing')
    expect(finding('disk', { diskFree: 1e9 }).state).toBe('advice')
  })
  test('little memory of the engine counts only where containers are used', () => {
    const engine = { ...healthy.engine, version: '26', arch: 'x86_64', memory: 1e9, clockSkewMs: 0 }
    expect(finding('memory', { engine }).state).toBe('advice')
    expect(finding('memory', { engine }, false).state).toBe('ok')
  })
  test.each([
    [600_000, 'missing', '600 s ahead of'],
    [-600_000, 'missing', '600 s behind'],
    [4_000, 'ok', 'the same'],
  ])('an engine clock that is %d ms off is %s', (clockSkewMs, state, words) => {
    const f = finding('clock', { engine: { version: '26', arch: 'x86_64', memory: 8e9, clockSkewMs } })
    expect(f.state).toBe(state)
    expect(f.found).toContain(words)
  })
  test('the clock of an engine is not needed without containers', () => {
    expect(finding('clock', { engine: undefined }, false).state).toBe('not-needed')
  })
  test('an engine of another architecture is told', () => {
    expect(finding('architecture', { arch: 'arm64' }).state).toBe('advice')
    expect(finding('architecture', { arch: 'arm64' }, false).state).toBe('ok')
  })
  test('line ends that git rewrites, Windows itself, and a Windows drive under WSL', () => {
    expect(finding('windows', { autocrlf: 'true' }).state).toBe('missing')
    expect(finding('windows', { platform: 'win32' }).state).toBe('missing')
    expect(finding('windows', { wsl: '5.15-microsoft', onWindowsDrive: true }).state).toBe('advice')
    expect(finding('windows', { wsl: '5.15-microsoft' }).state).toBe('ok')
  })
  test('a container that ended is left over; a migration that ended is as it should be', () => {
    const stale = { containers: ['depot-l01-migrate-1', 'depot-l01-api-1'], volumes: [] }
    expect(finding('stale', { stale })).toMatchObject({ state: 'advice', found: 'depot-l01-api-1' })
    expect(finding('stale', { stale: { containers: ['depot-l01-migrate-1'], volumes: ['x'] } }).state).toBe('ok')
  })
  test('every finding that is not well says what to do', () => {
    const worst: Facts = {
      ...healthy,
      autocrlf: 'true',
      diskFree: 0,
      memory: { total: 1e9, available: 1e8 },
      engine: { version: '26', arch: 'aarch64', memory: 1e9, clockSkewMs: 1e6 },
      ports: [{ port: 4321, free: false, owner: undefined }],
      stale: { containers: ['depot-l01-api-1'], volumes: [] },
      python: { kind: 'none' },
    }
    const notWell = judgeFacts(worst, true).filter((f) => f.state !== 'not-needed')
    for (const f of [...notWell, ...judgeFacts(worst, false).filter((f) => f.id === 'python')])
      expect([f.id, f.state, f.fix]).not.toContain(undefined)
    expect(notWell.map((f) => f.state)).not.toContain('ok')
  })
})
