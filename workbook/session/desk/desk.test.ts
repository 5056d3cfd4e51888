/** One act at a time, and an end to everything. The use cases are stand-ins here; nothing runs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Lab } from '../../catalog/index.ts'
import { followLogs } from '../../stack/follow.ts'
import { type CheckRequest, checkLab, planCheck } from '../check.ts'
import type { Context } from '../context.ts'
import { type LabStatus, statusOf } from '../labs.ts'
import { resetLab } from '../reset.ts'
import { UsageError } from '../usage.ts'
import { Busy, Desk } from './desk.ts'

vi.mock('../check.ts')
vi.mock('../labs.ts')
vi.mock('../reset.ts')
vi.mock('../../stack/follow.ts')
vi.mock('../../stack/container/docker.ts', () => ({ engineVersion: async () => '29.0' }))

const lab = { id: 'L01', title: 'A lab', folder: '01-x', tracks: ['express'] } as unknown as Lab
const idle: LabStatus = { lab, dir: undefined, transport: undefined, origin: undefined, services: [] }
const report = { env: null, checks: [], ms: 1 }
let root: string
let desk: Desk
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'desk-'))
  const places = { root, state: path.join(root, '.workbook'), shared: root }
  desk = new Desk({ root, places } as Context, lab)
  vi.mocked(statusOf).mockResolvedValue(idle)
  vi.mocked(planCheck).mockImplementation(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return {} as never
  })
  vi.mocked(checkLab).mockImplementation(endless)
})
afterEach(async () => {
  vi.useRealTimers()
  await desk.close()
  vi.resetAllMocks()
  await rm(root, { recursive: true })
})
/** Runs until it is told to stop. */
const endless = (context: Context, _request?: CheckRequest) =>
  new Promise<never>((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason)))
const events = () => desk.events.since(undefined).entries.map((e) => e.event)
const free = () => vi.waitFor(async () => expect((await desk.state()).activity).toBeUndefined())

describe('two at once', () => {
  test('of which each plans first: one begins, the other is told who is there', async () => {
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => desk.begin({ act: 'check' })))
    expect(all.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    for (const one of all)
      if (one.status === 'rejected') {
        expect(one.reason).toBeInstanceOf(Busy)
        expect(one.reason.message).toMatch(/^L01 is busy: check, for \d+ s\. Stop it, or wait until it is done\.$/)
      }
    expect(checkLab).toHaveBeenCalledTimes(1)
    expect(events()).toEqual([{ type: 'begin', act: 'check' }])
  })
  test('of different kinds', async () => {
    vi.mocked(resetLab).mockImplementation((context) => endless(context))
    const all = await Promise.allSettled([desk.begin({ act: 'check' }), desk.begin({ act: 'reset' })])
    expect(all.map((one) => one.status)).toEqual(['rejected', 'fulfilled'])
  })
})

describe('an act', () => {
  test('that cannot be planned leaves the lab free', async () => {
    vi.mocked(planCheck).mockRejectedValueOnce(new UsageError('No copy.'))
    await expect(desk.begin({ act: 'check' })).rejects.toThrow('No copy.')
    await desk.begin({ act: 'check' })
  })
  test('is stopped, says so, and the next one begins', async () => {
    await desk.begin({ act: 'check' })
    expect((await desk.state()).activity).toMatchObject({ act: 'check' })
    expect(await desk.stop()).toBe(true)
    expect(events().at(-1)).toEqual({ type: 'stopped', act: 'check', why: 'You stopped it.' })
    expect(await desk.stop()).toBe(false)
    await desk.begin({ act: 'check' })
  })
  test('is given up after its time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.mocked(resetLab).mockImplementation((context) => endless(context))
    const { since, until } = await desk.begin({ act: 'reset' })
    expect((until ?? 0) - since).toBe(120_000)
    await vi.advanceTimersByTimeAsync(119_000)
    expect(events().at(-1)?.type).toBe('begin')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(events().at(-1)).toEqual({
      type: 'stopped',
      act: 'reset',
      why: 'It took longer than 2 minutes and was given up.',
    })
  })
  test.each([[undefined], ['text'], [new TypeError('broken')]])(
    'that throws %s is trouble, and no more',
    async (thrown) => {
      const said = vi.spyOn(console, 'error').mockImplementation(() => {})
      vi.mocked(checkLab).mockRejectedValueOnce(thrown)
      await desk.begin({ act: 'check' })
      await free()
      expect(events().at(-1)).toMatchObject({ type: 'trouble', act: 'check' })
      expect(said).toHaveBeenCalledTimes(1)
      said.mockRestore()
    },
  )
  test('tells its results and its end', async () => {
    vi.mocked(checkLab).mockImplementationOnce(async (_context, _request, tell) => {
      for (const id of ['C01', 'C02'])
        tell({ type: 'result', result: { id, verdict: 'pass', level: 'core', title: id, ms: 1, clauses: [] } as never })
      return report as never
    })
    await desk.begin({ act: 'check' })
    await free()
    expect(events().map((e) => (e.type === 'result' ? e.result.id : e.type))).toEqual(['begin', 'C01', 'C02', 'end'])
  })
})

test('an act that does not stop keeps nobody waiting: it is told so, and busy until it ends', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let end: () => void = () => {}
  vi.mocked(resetLab).mockImplementation(
    () =>
      new Promise((resolve) => {
        end = () => resolve(undefined)
      }),
  )
  await desk.begin({ act: 'reset' })
  const stopped = expect(desk.stop()).rejects.toThrow('L01: reset was told to stop and is in the middle of something.')
  await vi.advanceTimersByTimeAsync(15_000)
  await stopped
  await expect(desk.begin({ act: 'reset' })).rejects.toThrow(Busy)
  end()
  await free()
  expect(events().at(-1)).toMatchObject({ type: 'stopped', act: 'reset' })
})

test('a desk that is closed ends its act and begins none, not even one that was being planned', async () => {
  const planned = desk.begin({ act: 'check' })
  await desk.close()
  await expect(planned).rejects.toThrow('The workbook is being closed.')
  await expect(desk.begin({ act: 'reset' })).rejects.toThrow(Busy)
  expect(checkLab).not.toHaveBeenCalled()
})

describe('a look', () => {
  test('that hangs has an end and a sentence, and is not begun again while it hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    let answer: (status: LabStatus) => void = () => {}
    vi.mocked(statusOf).mockImplementation(() => new Promise((resolve) => (answer = resolve)))
    // File systems are real, clocks are not.
    const stateAfter = async (ms: number) => {
      const state = desk.state()
      await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0))
      await vi.advanceTimersByTimeAsync(ms)
      return state
    }
    const first = await stateAfter(6_000)
    expect(first.trouble).toMatch(/takes longer than 6 s.*docker ps/)
    expect(first.lab.id).toBe('L01')
    expect((await stateAfter(500)).trouble).toBe(first.trouble)
    expect(statusOf).toHaveBeenCalledTimes(1)
    answer(idle)
    await vi.advanceTimersByTimeAsync(1)
    vi.mocked(statusOf).mockResolvedValue(idle)
    const state = await desk.state()
    expect(state.trouble).toBeUndefined()
    expect(statusOf).toHaveBeenCalledTimes(2)
    expect(vi.getTimerCount()).toBe(0)
  })
  test('at a folder with a mistake in it says which, and tells the rest', async () => {
    vi.mocked(statusOf).mockRejectedValue(new UsageError('course.json is broken.'))
    expect(await desk.state()).toMatchObject({ trouble: 'course.json is broken.', copy: { exists: false } })
  })
  test('is repeated while somebody watches, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const states: unknown[] = []
    const leave = desk.watchOver((state) => states.push(state))
    await vi.waitFor(() => expect(states).toHaveLength(1))
    const looks = vi.mocked(statusOf).mock.calls.length
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(2_000)
      expect(vi.mocked(statusOf).mock.calls.length).toBeGreaterThan(looks + 1)
    })
    // Nothing changed, so nothing was told.
    expect(states).toHaveLength(1)
    // The look that may be under way comes to its end first.
    await desk.state()
    await new Promise((resolve) => setImmediate(resolve))
    expect(vi.getTimerCount()).toBe(1)
    leave()
    expect(vi.getTimerCount()).toBe(0)
  })
  test('follows the log of a stack that runs, another one where that is another, and none for nobody', async () => {
    const runs = (port: number): LabStatus => ({ ...idle, transport: 'process', origin: `http://127.0.0.1:${port}` })
    vi.mocked(statusOf).mockResolvedValue(runs(1))
    const leave = desk.watchOver(() => {})
    const signal = (call: number) => vi.mocked(followLogs).mock.calls[call]?.[3]
    await vi.waitFor(() => expect(signal(0)).toMatchObject({ aborted: false }))
    vi.mocked(followLogs).mock.calls[0]?.[2]([{ service: 'api', text: 'one' }])
    vi.mocked(followLogs).mock.calls[0]?.[2]([{ service: 'api', text: 'two' }])
    expect(events()).toEqual([
      { type: 'log', lines: [{ service: 'api', text: 'one' }], fresh: true },
      { type: 'log', lines: [{ service: 'api', text: 'two' }] },
    ])
    // Each is a reason to look, and none to begin again with the log.
    await desk.begin({ act: 'check' })
    await desk.stop()
    expect(followLogs).toHaveBeenCalledTimes(1)
    vi.mocked(statusOf).mockResolvedValue(runs(2))
    await vi.waitFor(() => expect(signal(1)).toMatchObject({ aborted: false }), { timeout: 4_000 })
    expect(signal(0)).toMatchObject({ aborted: true })
    leave()
    expect(signal(1)).toMatchObject({ aborted: true })
    expect(followLogs).toHaveBeenCalledTimes(2)
  })
})
