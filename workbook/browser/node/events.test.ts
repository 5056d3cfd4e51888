import * as real from 'node:events'
import {
  addAbortListener,
  EventEmitter,
  errorMonitor,
  getEventListeners,
  listenerCount,
  on,
  once,
  setMaxListeners,
} from 'node:events'
import { expect, test } from 'vitest'
import * as page from './events.ts'
import { compare, outcome } from './fixtures/same.ts'

compare(page, real, {}, [
  'EventEmitter',
  'once',
  'on',
  'getEventListeners',
  'getMaxListeners',
  'setMaxListeners',
  'listenerCount',
  'addAbortListener',
])

const node = {
  ...real,
  EventEmitter,
  addAbortListener,
  errorMonitor,
  getEventListeners,
  listenerCount,
  on,
  once,
  setMaxListeners,
}
type Events = typeof node
type Emitter = EventEmitter

/** Each tells a story of one emitter; what it notes must be the same on both sides. */
const STORIES: Record<string, (events: Events, emitter: Emitter, note: (...all: unknown[]) => void) => unknown> = {
  'order, arguments and this': (_, emitter, note) => {
    emitter.on('a', function (this: unknown, ...args) {
      note('on', this === emitter, ...args)
    })
    emitter.prependListener('a', () => note('first'))
    emitter.once('a', (...args) => note('once', ...args))
    emitter.prependOnceListener('a', () => note('first once'))
    note(emitter.emit('a', 1, 2), emitter.emit('a'), emitter.emit('none'))
  },
  'names, counts and listeners': (events, emitter, note) => {
    const [one, two, symbol] = [() => {}, () => {}, Symbol('s')]
    emitter.on(symbol, one).on('b', one).once('b', two).on('a', one).on('1', one)
    note(emitter.eventNames().map(String), emitter.listenerCount('b'), emitter.listenerCount('b', two))
    note(emitter.listeners('b')[1] === two, emitter.rawListeners('b')[1] === two)
    note(events.getEventListeners(emitter, 'b').length, events.listenerCount(emitter, 'b'))
    emitter.off('b', two).removeListener('b', two)
    note(emitter.listenerCount('b'))
    emitter.removeAllListeners('b')
    note(emitter.eventNames().length)
    emitter.removeAllListeners()
    note(emitter.eventNames().length)
  },
  'of listeners that come and go': (_, emitter, note) => {
    const one = (): void => note('one')
    emitter.on('newListener', (name, listener) => note('new', name, listener === one))
    emitter.on('removeListener', (name, listener) => note('gone', name, listener === one))
    emitter.on('a', one).once('a', one)
    emitter.emit('a')
    emitter.removeListener('a', one)
    emitter.on('b', one)
    emitter.removeAllListeners()
    note(emitter.eventNames().length)
  },
  'changes while it emits': (_, emitter, note) => {
    const two = (): void => note('two')
    emitter.on('a', () => {
      emitter.off('a', two)
      emitter.on('a', () => note('added'))
    })
    emitter.on('a', two)
    emitter.emit('a')
    emitter.emit('a')
  },
  'an error that nobody takes': (_, emitter) => emitter.emit('error', new RangeError('mine')),
  'something thrown that is no error': (_, emitter) => emitter.emit('error', { a: 1 }),
  'an error without anything': (_, emitter) => emitter.emit('error'),
  'an error that is watched': (events, emitter, note) => {
    emitter.on(events.errorMonitor, (error) => note('seen', (error as Error).message))
    emitter.on('error', () => note('taken'))
    emitter.emit('error', new Error('x'))
  },
  'a listener that is none': (_, emitter) => emitter.on('a', 'text' as never),
  'once what is none': (_, emitter) => emitter.once('a', undefined as never),
  'a wrong limit': (_, emitter) => emitter.setMaxListeners(-1),
  limits: (events, emitter, note) => {
    note(emitter.getMaxListeners(), events.EventEmitter.defaultMaxListeners)
    emitter.setMaxListeners(3)
    note(emitter.getMaxListeners(), (events as never as typeof page).getMaxListeners(emitter as never))
    events.setMaxListeners(5, emitter)
    note(emitter.getMaxListeners())
  },
  'a promise of the next': async (events, emitter, note) => {
    setTimeout(() => emitter.emit('a', 1, 2))
    note(await events.once(emitter, 'a'), emitter.listenerCount('error'))
  },
  'a promise that fails': async (events, emitter) => {
    setTimeout(() => emitter.emit('error', new Error('x')))
    await events.once(emitter, 'a')
  },
  'a promise of an error': async (events, emitter, note) => {
    setTimeout(() => emitter.emit('error', new Error('x')))
    note(await events.once(emitter, 'error'))
  },
  'a promise that is given up': async (events, emitter, note) => {
    const control = new AbortController()
    const waiting = events.once(emitter, 'a', { signal: control.signal })
    control.abort()
    await waiting.catch((error: NodeJS.ErrnoException) =>
      note(error.name, error.code, error.message, emitter.listenerCount('a')),
    )
    await events.once(emitter, 'a', { signal: control.signal })
  },
  'a promise of a target': async (events, _emitter, note) => {
    const target = new EventTarget()
    setTimeout(() => target.dispatchEvent(new Event('go')))
    note(((await events.once(target as never, 'go')) as Event[])[0]?.type)
  },
  'one after the other': async (events, emitter, note) => {
    setTimeout(() => {
      emitter.emit('a', 1)
      emitter.emit('a', 2)
      emitter.emit('end')
    })
    for await (const args of events.on(emitter, 'a', { close: ['end'] } as never)) note(args)
    note(emitter.eventNames())
  },
  'one after the other, with an error': async (events, emitter, note) => {
    setTimeout(() => {
      emitter.emit('a', 1)
      emitter.emit('error', new Error('x'))
    })
    for await (const args of events.on(emitter, 'a')) note(args)
  },
  'a signal': async (events, _emitter, note) => {
    const control = new AbortController()
    events.addAbortListener(control.signal, () => note('told'))
    const gone = events.addAbortListener(control.signal, () => note('never'))
    gone[Symbol.dispose]()
    control.abort()
    events.addAbortListener(control.signal, () => note('late'))
    await new Promise((resolve) => setTimeout(resolve, 5))
  },
  'as a function, and mixed in': (events, _emitter, note) => {
    const old = function (this: Emitter): void {
      Reflect.apply(events.EventEmitter as never as () => void, this, [])
    }
    Object.setPrototypeOf(old.prototype, events.EventEmitter.prototype)
    const made = new (old as never as new () => Emitter)()
    made.on('a', () => note('old'))
    made.emit('a')
    note(made instanceof events.EventEmitter)
    const mixed = Object.assign(() => {}, {}) as never as Emitter
    for (const name of Object.getOwnPropertyNames(events.EventEmitter.prototype))
      if (name !== 'constructor') Reflect.set(mixed, name, Reflect.get(events.EventEmitter.prototype, name))
    mixed.on('b', () => note('mixed'))
    mixed.emit('b')
    const child = Object.create(made) as Emitter
    child.on('c', () => {})
    note((events as never as { default: { EventEmitter: unknown } }).default.EventEmitter === events.EventEmitter)
  },
}

test.each(Object.entries(STORIES))('%s', async (_, story) => {
  const told = async (events: Events): Promise<unknown[]> => {
    const notes: unknown[] = []
    const end = await outcome(async () => {
      const result = await story(events, new events.EventEmitter(), (...all) => notes.push(all))
      return typeof result === 'boolean' ? result : undefined
    })
    const context = (end as { thrown?: { context?: unknown } }).thrown
    return [notes, end, context]
  }
  expect(await told(page as never)).toEqual(await told(node))
})
