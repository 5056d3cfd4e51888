import * as node from 'node:timers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { functionsOf, outcome } from './fixtures/same.ts'
import page from './timers.ts'
import pagePromises from './timers-promises.ts'

type Timers = typeof node

/** Each tells what it notes until all is over. */
const STORIES: Record<string, (timers: Timers, note: (...all: unknown[]) => void) => unknown> = {
  'setTimeout: order, arguments, and what it gives': async (timers, note) => {
    timers.setTimeout((...args: unknown[]) => note('late', args), 25, 1, 2)
    timers.setTimeout(() => note('soon'), 5)
    const timer = timers.setTimeout(() => note('never'), 10)
    note(timer.hasRef(), timer.unref() === timer, timer.hasRef(), timer.ref().hasRef())
    timers.clearTimeout(timer)
    timers.clearTimeout(undefined)
    timers.clearTimeout('none' as never)
    await sleep(60)
  },
  'clearTimeout: by number and by close': async (timers, note) => {
    const one = timers.setTimeout(() => note('never'), 5)
    timers.clearTimeout(Number(one))
    const two = timers.setTimeout(() => note('never'), 5)
    ;(two as unknown as { close(): void }).close()
    const three = timers.setTimeout(() => note('never'), 5)
    timers.clearTimeout(String(Number(three)))
    await sleep(25)
  },
  refresh: async (timers, note) => {
    const timer = timers.setTimeout(() => note('once'), 40)
    await sleep(20)
    timer.refresh()
    await sleep(28)
    note('still waiting')
    await sleep(40)
  },
  'odd times': async (timers, note) => {
    for (const ms of [0, -1, Number.NaN, 2 ** 31, '2', undefined])
      timers.setTimeout(() => note(String(ms)), ms as never)
    await sleep(30)
  },
  'setInterval, clearInterval': async (timers, note) => {
    let count = 0
    const timer = timers.setInterval(
      (word: string) => {
        count += 1
        if (count <= 3) note(word)
        if (count === 3) timers.clearInterval(timer)
      },
      3,
      'tick',
    )
    await sleep(60)
  },
  'setImmediate, clearImmediate': async (timers, note) => {
    const immediate = timers.setImmediate((...args: unknown[]) => note('immediate', args), 1)
    note(immediate.hasRef(), immediate.unref().hasRef())
    immediate.ref()
    const gone = timers.setImmediate(() => note('never'))
    timers.clearImmediate(gone)
    timers.clearImmediate(undefined)
    await Promise.resolve().then(() => note('microtask'))
    await sleep(20)
  },
  'no function': (timers) => timers.setTimeout('x' as never),
  'no function for setInterval': (timers) => timers.setInterval(undefined as never),
  'no function for setImmediate': (timers) => timers.setImmediate(null as never),
  'as promises': async (timers, note) => {
    const { promises } = timers as never as { promises: typeof import('node:timers/promises') }
    note(await promises.setTimeout(2, 'value'), await promises.setImmediate('value'))
    const control = new AbortController()
    const waiting = promises.setTimeout(50, 'x', { signal: control.signal })
    control.abort()
    await waiting.catch((error) => note(error.name, error.code, error.message))
    await promises.setImmediate('x', { signal: control.signal }).catch((error) => note(error.name))
    const seen: unknown[] = []
    for await (const value of promises.setInterval(2, 'tick')) {
      seen.push(value)
      if (seen.length === 3) break
    }
    note(seen)
    await promises.scheduler.wait(1)
    await promises.scheduler.yield()
    note(
      await promisify(timers.setTimeout)(1, 'promisified' as never),
      await promisify(timers.setImmediate)('promisified' as never),
    )
  },
}

test('every function is in a story', () => {
  const told = Object.keys(STORIES).join() + String(STORIES['as promises'])
  for (const name of [...functionsOf(page), ...functionsOf(pagePromises)]) expect(told).toContain(name)
})

test.each(Object.entries(STORIES))('%s', async (_, story) => {
  const told = async (timers: Timers): Promise<unknown> => {
    const notes: unknown[] = []
    const end = await outcome(() => story(timers, (...all) => notes.push(all)))
    return [notes, end]
  }
  expect(await told(page as never)).toEqual(await told(node))
})
