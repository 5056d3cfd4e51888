import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Rounds } from './rounds.ts'

/** Rounds that last until they are aborted or let go, and a diary of them. */
function diary(quit = new AbortController().signal, cleanup = 0) {
  const lines: string[] = []
  let letGo: () => void = () => {}
  const rounds = new Rounds<string>(async (why, signal) => {
    lines.push(`begin ${why}`)
    await new Promise<void>((resolve) => {
      letGo = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await sleep(cleanup)
    lines.push(`${signal.aborted ? 'stop' : 'end'} ${why}`)
  }, quit)
  return { lines, rounds, letGo: () => letGo() }
}

test('a newer request ends the one under way, and begins when that has cleaned up', async () => {
  const { lines, rounds, letGo } = diary(undefined, 10)
  rounds.ask('a')
  await sleep(1)
  rounds.ask('b')
  await sleep(30)
  letGo()
  await rounds.idle()
  expect(lines).toEqual(['begin a', 'stop a', 'begin b', 'end b'])
  expect(rounds.busy).toBe(false)
})

test('of several requests the last one counts', async () => {
  const { lines, rounds, letGo } = diary(undefined, 10)
  rounds.ask('a')
  await sleep(1)
  for (const why of ['b', 'c', 'd']) rounds.ask(why)
  await sleep(30)
  letGo()
  await rounds.idle()
  expect(lines).toEqual(['begin a', 'stop a', 'begin d', 'end d'])
})

test('nothing begins after the end, and what is under way is ended', async () => {
  const quit = new AbortController()
  const { lines, rounds } = diary(quit.signal)
  rounds.ask('a')
  await sleep(1)
  rounds.ask('b')
  quit.abort()
  await rounds.idle()
  rounds.ask('c')
  await rounds.idle()
  expect(lines).toEqual(['begin a', 'stop a'])
})

test('a round that breaks is told to who waits, and is the last one', async () => {
  let begun = 0
  const rounds = new Rounds<string>(async () => {
    begun++
    throw new Error('broken')
  }, new AbortController().signal)
  rounds.ask('a')
  await expect(rounds.idle()).rejects.toThrow('broken')
  rounds.ask('b')
  await expect(rounds.idle()).rejects.toThrow('broken')
  expect(begun).toBe(1)
})
