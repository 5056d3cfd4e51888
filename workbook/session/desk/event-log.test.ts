import { describe, expect, test } from 'vitest'
import { EventLog, type EventLogOptions } from './event-log.ts'

type E = string
const isLog = (event: E) => event.startsWith('log')
const make = (over: Partial<EventLogOptions<E>> = {}) =>
  new EventLog<E>({
    most: 100,
    bytes: 10_000,
    spare: isLog,
    outdates: (event) => (event === 'begin' ? (old) => !isLog(old) : event === 'log fresh' ? isLog : undefined),
    ...over,
  })
const fill = (log: EventLog<E>, ...events: E[]) => {
  for (const event of events) log.append(event)
  return log
}
const told = (log: EventLog<E>, id?: string) => {
  const { entries, whole } = log.since(id)
  return { events: entries.map((e) => e.event), whole }
}
const idOf = (log: EventLog<E>, event: E) => log.since(undefined).entries.find((e) => e.event === event)?.id ?? ''

describe('a reader that comes back', () => {
  test('is told what came after the event it knows, once and in order', () => {
    const log = fill(make(), 'a', 'b', 'c')
    expect(told(log, idOf(log, 'a'))).toEqual({ events: ['b', 'c'], whole: false })
    expect(told(log, idOf(log, 'c'))).toEqual({ events: [], whole: false })
  })
  test('begins anew where it knows nothing, or what it knows is not ours', () => {
    const log = fill(make(), 'a', 'b')
    const whole = { events: ['a', 'b'], whole: true }
    const [epoch = ''] = idOf(log, 'a').split('-')
    const other = idOf(fill(make(), 'x'), 'x')
    for (const id of [
      undefined,
      '',
      other,
      `${epoch}-0`,
      `${epoch}-3`,
      `${epoch}--1`,
      `${epoch}-1.5`,
      `${epoch}-x`,
      '-1',
    ])
      expect(told(log, id)).toEqual(whole)
  })
  test('begins anew where something went that it has not seen, and only then', () => {
    const log = fill(make({ most: 3 }), 'a', 'b', 'c')
    const [a, b] = [idOf(log, 'a'), idOf(log, 'b')]
    fill(log, 'd')
    expect(told(log, a)).toEqual({ events: ['b', 'c', 'd'], whole: false })
    fill(log, 'e')
    expect(told(log, a)).toEqual({ events: ['c', 'd', 'e'], whole: true })
    expect(told(log, b)).toEqual({ events: ['c', 'd', 'e'], whole: false })
  })
  test('has no gap where what it has not seen is old', () => {
    const log = fill(make(), 'a', 'b')
    const a = idOf(log, 'a')
    fill(log, 'begin', 'c')
    expect(told(log, a)).toEqual({ events: ['begin', 'c'], whole: false })
  })
})

describe('what is kept', () => {
  test('is bounded by number', () => {
    const log = make({ most: 5 })
    for (let n = 0; n < 1000; n++) log.append(`e${n}`)
    expect(told(log).events).toEqual(['e995', 'e996', 'e997', 'e998', 'e999'])
  })
  test('is bounded by size, but for the newest event', () => {
    const log = fill(make({ bytes: 20 }), 'aaaaa', 'bbbbb', 'ccccc')
    expect(told(log).events).toEqual(['bbbbb', 'ccccc'])
    fill(log, 'd'.repeat(100))
    expect(told(log).events).toEqual(['d'.repeat(100)])
    fill(log, 'e')
    expect(told(log).events).toEqual(['e'])
  })
  test('counts its size right after something became old', () => {
    const log = fill(make({ bytes: 24 }), 'aaaaa', 'bbbbb', 'begin')
    fill(log, 'cc', 'dd', 'ee')
    expect(told(log).events).toEqual(['begin', 'cc', 'dd', 'ee'])
  })
  test('loses what can be spared first: a chatty program pushes no verdict out', () => {
    const log = fill(make({ most: 4 }), 'verdict', 'log 1', 'other')
    const known = idOf(log, 'verdict')
    for (let n = 2; n < 50; n++) log.append(`log ${n}`)
    expect(told(log).events).toEqual(['verdict', 'other', 'log 48', 'log 49'])
    expect(told(log, known).whole).toBe(true)
  })
  test('is old with a new beginning, all but the log; the log with a fresh one', () => {
    const log = fill(make(), 'log 1', 'a', 'log 2', 'begin')
    expect(told(log).events).toEqual(['log 1', 'log 2', 'begin'])
    fill(log, 'b', 'log fresh', 'log 3')
    expect(told(log).events).toEqual(['begin', 'b', 'log fresh', 'log 3'])
  })
})

test('a listener is told each event with its id, until it ends', () => {
  const log = make()
  const heard: string[] = []
  const stop = log.listen(({ id, event }) => heard.push(`${id.split('-')[1]} ${event}`))
  fill(log, 'a', 'b')
  expect(log.listeners).toBe(1)
  stop()
  fill(log, 'c')
  expect(log.listeners).toBe(0)
  expect(heard).toEqual(['1 a', '2 b'])
})
