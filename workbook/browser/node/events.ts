import { type Callable, callable } from './callable.ts'
import { coded, outOfRange, wrongType } from './errors.ts'
import { inspect } from './inspect.ts'

export type Listener = (...args: unknown[]) => void
type Name = string | symbol

/** A listener as it is kept: `once` wraps what it was given. */
type Kept = Listener & { listener?: Listener }

let defaultMax = 10

export const errorMonitor = Symbol('events.errorMonitor')
export const captureRejectionSymbol = Symbol.for('nodejs.rejection')

class Shape {
  declare _events: Map<Name, Kept[]> | undefined
  declare _maxListeners: number | undefined
  declare _warned: Set<Name> | undefined

  setMaxListeners(n: number): this {
    checkMax('setMaxListeners', n)
    this._maxListeners = n
    return this
  }

  getMaxListeners(): number {
    return this._maxListeners ?? defaultMax
  }

  emit(name: Name, ...args: unknown[]): boolean {
    const kept = own(this)
    if (name === 'error') {
      if (kept.has(errorMonitor)) this.emit(errorMonitor, ...args)
      if (!kept.has('error')) throw unhandled(args[0])
    }
    const listeners = kept.get(name)
    if (listeners === undefined) return false
    // A copy: what a listener adds or takes away counts from the next time on.
    for (const listener of [...listeners]) Reflect.apply(listener, this, args)
    return true
  }

  addListener(name: Name, listener: Listener): this {
    return add(this, name, listener, false)
  }

  on(name: Name, listener: Listener): this {
    return add(this, name, listener, false)
  }

  prependListener(name: Name, listener: Listener): this {
    return add(this, name, listener, true)
  }

  once(name: Name, listener: Listener): this {
    check(listener)
    return this.on(name, wrap(this, name, listener))
  }

  prependOnceListener(name: Name, listener: Listener): this {
    check(listener)
    return this.prependListener(name, wrap(this, name, listener))
  }

  removeListener(name: Name, listener: Listener): this {
    check(listener)
    const kept = own(this)
    const listeners = kept.get(name)
    const at = listeners?.findLastIndex((one) => one === listener || one.listener === listener) ?? -1
    const found = listeners?.[at]
    if (listeners === undefined || found === undefined) return this
    if (listeners.length === 1) kept.delete(name)
    else kept.set(name, listeners.toSpliced(at, 1))
    if (kept.has('removeListener')) {
      // Of several, Node tells of what it was given, which for `once` is the wrapper.
      this.emit('removeListener', name, listeners.length === 1 ? (found.listener ?? listener) : listener)
    }
    return this
  }

  off(name: Name, listener: Listener): this {
    return this.removeListener(name, listener)
  }

  removeAllListeners(...names: Name[]): this {
    const kept = own(this)
    const [name] = names
    if (!kept.has('removeListener')) {
      if (names.length === 0) kept.clear()
      else if (name !== undefined) kept.delete(name)
      return this
    }
    if (names.length === 0) {
      for (const each of [...kept.keys()]) if (each !== 'removeListener') this.removeAllListeners(each)
      this.removeAllListeners('removeListener')
      kept.clear()
      return this
    }
    if (name !== undefined) for (const one of [...(kept.get(name) ?? [])].reverse()) this.removeListener(name, one)
    return this
  }

  listeners(name: Name): Listener[] {
    return (own(this).get(name) ?? []).map((one) => one.listener ?? one)
  }

  rawListeners(name: Name): Listener[] {
    return [...(own(this).get(name) ?? [])]
  }

  listenerCount(name: Name, listener?: Listener | null): number {
    const kept = own(this).get(name) ?? []
    if (listener === undefined || listener === null) return kept.length
    return kept.filter((one) => one === listener || one.listener === listener).length
  }

  eventNames(): Name[] {
    const names = [...own(this).keys()]
    // The order of an object's own keys, in which Node keeps them: indexes first, symbols last.
    const isIndex = (name: Name): boolean => typeof name === 'string' && /^(0|[1-9]\d*)$/.test(name)
    return [
      ...names.filter(isIndex).sort((left, right) => Number(left) - Number(right)),
      ...names.filter((name) => typeof name === 'string' && !isIndex(name)),
      ...names.filter((name) => typeof name === 'symbol'),
    ]
  }
}

/** `once` of the module: a promise of the next `name`, rejected by 'error' or the signal. */
export function once(
  emitter: EventEmitter | EventTarget,
  name: Name,
  options: { signal?: AbortSignal } = {},
): Promise<unknown[]> {
  const { signal } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal))
    const resolver: Listener = (...args) => {
      end()
      resolve(args)
    }
    const rejecter: Listener = (error) => {
      end()
      reject(error)
    }
    const abort = (): void => {
      end()
      if (signal !== undefined) reject(aborted(signal))
    }
    const end = (): void => {
      signal?.removeEventListener('abort', abort)
      if (emitter instanceof EventTarget) emitter.removeEventListener(String(name), resolver)
      else emitter.removeListener(name, resolver).removeListener('error', rejecter)
    }
    if (emitter instanceof EventTarget) emitter.addEventListener(String(name), resolver, { once: true })
    else {
      emitter.once(name, resolver)
      if (name !== 'error') emitter.once('error', rejecter)
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/** `on` of the module: every `name` from now on, one after the other. Ends by `options.close`, 'error' or the signal. */
export function on(
  emitter: EventEmitter,
  name: Name,
  options: { signal?: AbortSignal; close?: Name[] } = {},
): AsyncIterableIterator<unknown[]> {
  const { signal, close = [] } = options
  if (signal?.aborted) throw aborted(signal)
  const waiting: { resolve: (result: IteratorResult<unknown[]>) => void; reject: (error: unknown) => void }[] = []
  const arrived: unknown[][] = []
  let failed: { error: unknown } | undefined
  let done = false

  const arrive: Listener = (...args) => {
    const next = waiting.shift()
    if (next === undefined) arrived.push(args)
    else next.resolve({ value: args, done: false })
  }
  const fail: Listener = (error) => {
    const next = waiting.shift()
    if (next === undefined) failed = { error }
    else next.reject(error)
    end()
  }
  const abort = (): void => {
    if (signal !== undefined) fail(aborted(signal))
  }
  const end = (): void => {
    done = true
    emitter.removeListener(name, arrive)
    emitter.removeListener('error', fail)
    for (const each of close) emitter.removeListener(each, end)
    signal?.removeEventListener('abort', abort)
    for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true })
  }
  emitter.on(name, arrive)
  if (name !== 'error') emitter.on('error', fail)
  for (const each of close) emitter.on(each, end)
  signal?.addEventListener('abort', abort, { once: true })

  return {
    next() {
      const value = arrived.shift()
      if (value !== undefined) return Promise.resolve({ value, done: false })
      if (failed !== undefined) {
        const { error } = failed
        failed = undefined
        return Promise.reject(error)
      }
      if (done) return Promise.resolve({ value: undefined, done: true })
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    return() {
      end()
      return Promise.resolve({ value: undefined, done: true })
    },
    throw(error) {
      fail(error)
      return Promise.resolve({ value: undefined, done: true })
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

export function getEventListeners(emitter: EventEmitter, name: Name): Listener[] {
  return emitter.listeners(name)
}

export function getMaxListeners(emitter: EventEmitter): number {
  return emitter.getMaxListeners()
}

/** Sets the limit of the given emitters, or the default without any. What is no emitter (an EventTarget) has no limit here. */
export function setMaxListeners(n = defaultMax, ...emitters: (EventEmitter | EventTarget)[]): void {
  checkMax('setMaxListeners', n)
  if (emitters.length === 0) defaultMax = n
  for (const emitter of emitters) if (!(emitter instanceof EventTarget)) emitter.setMaxListeners(n)
}

export function listenerCount(emitter: EventEmitter, name: Name): number {
  return emitter.listenerCount(name)
}

/** Calls `listener` when the signal is aborted, at once (in a microtask) where it is already. */
export function addAbortListener(signal: AbortSignal, listener: (event: unknown) => void): Disposable {
  if (signal.aborted) {
    queueMicrotask(() => listener(new Event('abort')))
    return { [Symbol.dispose]() {} }
  }
  signal.addEventListener('abort', listener, { once: true })
  return {
    [Symbol.dispose]() {
      signal.removeEventListener('abort', listener)
    },
  }
}

export type EventEmitter = Shape

interface Statics {
  EventEmitter: EventEmitterClass
  once: typeof once
  on: typeof on
  getEventListeners: typeof getEventListeners
  getMaxListeners: typeof getMaxListeners
  setMaxListeners: typeof setMaxListeners
  listenerCount: typeof listenerCount
  addAbortListener: typeof addAbortListener
  errorMonitor: typeof errorMonitor
  captureRejectionSymbol: typeof captureRejectionSymbol
  captureRejections: boolean
  defaultMaxListeners: number
}
type EventEmitterClass = Callable<Shape, []> & Statics

const made = callable('EventEmitter', Shape, (self) => {
  own(self)
  self._maxListeners ??= undefined
})

/** Node's class. Not offered of it: `captureRejections` and `EventEmitterAsyncResource`. */
export const EventEmitter = Object.assign(made, {
  once,
  on,
  getEventListeners,
  getMaxListeners,
  setMaxListeners,
  listenerCount,
  addAbortListener,
  errorMonitor,
  captureRejectionSymbol,
  captureRejections: false,
  init: () => {},
}) as unknown as EventEmitterClass
EventEmitter.EventEmitter = EventEmitter
Object.defineProperty(EventEmitter, 'defaultMaxListeners', {
  enumerable: true,
  get: () => defaultMax,
  set: (n: number) => {
    checkMax('defaultMaxListeners', n)
    defaultMax = n
  },
})

export { EventEmitter as 'module.exports' }
export default EventEmitter

/**
 * The listeners of this very object. express mixes the methods into a function whose constructor never ran, and an object
 * made from another must not share its listeners.
 */
function own(self: Shape): Map<Name, Kept[]> {
  if (Object.hasOwn(self, '_events') && self._events !== undefined) return self._events
  const events = new Map<Name, Kept[]>()
  Object.defineProperty(self, '_events', { value: events, writable: true, configurable: true, enumerable: false })
  return events
}

function add(self: Shape, name: Name, listener: Listener, first: boolean): Shape & never
function add<Self extends Shape>(self: Self, name: Name, listener: Listener, first: boolean): Self
function add(self: Shape, name: Name, listener: Kept, first: boolean): Shape {
  check(listener)
  const kept = own(self)
  if (kept.has('newListener')) self.emit('newListener', name, listener.listener ?? listener)
  const before = kept.get(name) ?? []
  const after = first ? [listener, ...before] : [...before, listener]
  kept.set(name, after)
  const most = self.getMaxListeners()
  if (most > 0 && after.length > most && !self._warned?.has(name)) {
    Object.defineProperty(self, '_warned', { value: new Set([...(self._warned ?? []), name]), configurable: true })
    const made = self.constructor.name
    const text =
      `Possible EventEmitter memory leak detected. ${after.length} ${String(name)} listeners added to ` +
      `${inspect(self, { depth: -1 }).startsWith('[') ? `[${made}]` : made}. MaxListeners is ${most}. ` +
      'Use emitter.setMaxListeners() to increase limit'
    globalThis.process?.emitWarning?.(
      Object.assign(new Error(text), {
        name: 'MaxListenersExceededWarning',
        emitter: self,
        type: name,
        count: after.length,
      }),
    )
  }
  return self
}

function wrap(self: Shape, name: Name, listener: Listener): Kept {
  let fired = false
  const wrapped: Kept = (...args) => {
    if (fired) return
    fired = true
    self.removeListener(name, wrapped)
    Reflect.apply(listener, self, args)
  }
  wrapped.listener = listener
  return wrapped
}

function check(listener: unknown): void {
  if (typeof listener !== 'function') throw wrongType('listener', 'of type function', listener)
}

function checkMax(name: string, n: unknown): void {
  if (typeof n !== 'number') throw wrongType(name, 'of type number', n)
  if (n < 0 || Number.isNaN(n)) throw outOfRange(name, '>= 0', n)
}

function unhandled(error: unknown): unknown {
  if (error instanceof Error) return error
  const shown = inspect(error)
  return Object.assign(coded(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${shown})`), { context: error })
}

function aborted(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}
