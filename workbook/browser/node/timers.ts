import { wrongType } from './errors.ts'

// The page's own, taken before `globals.ts` puts ours in their place.
const host = {
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  setInterval: globalThis.setInterval.bind(globalThis),
  clearInterval: globalThis.clearInterval.bind(globalThis),
}

type Callback = (...args: unknown[]) => unknown
type Handle = ReturnType<typeof globalThis.setTimeout>

const LONGEST = 2 ** 31 - 1
let lastId = 0
const byId = new Map<number, Timeout>()

/** What `setTimeout` gives: a page has a number there, and programs call `unref()` on it. */
export class Timeout {
  readonly #id: number
  readonly #run: () => void
  readonly #ms: number
  readonly #repeat: boolean
  #handle: Handle | undefined
  #counted = true

  constructor(run: () => void, ms: number, repeat: boolean) {
    lastId += 1
    this.#id = lastId
    this.#run = run
    this.#ms = ms
    this.#repeat = repeat
    this.#start()
  }

  #start(): void {
    byId.set(this.#id, this)
    if (this.#repeat) {
      this.#handle = host.setInterval(this.#run, this.#ms)
      return
    }
    this.#handle = host.setTimeout(() => {
      this.#handle = undefined
      byId.delete(this.#id)
      this.#run()
    }, this.#ms)
  }

  /** Nothing keeps a page's program alive, so these only remember what was said. */
  ref(): this {
    this.#counted = true
    return this
  }

  unref(): this {
    this.#counted = false
    return this
  }

  hasRef(): boolean {
    return this.#counted
  }

  /** Starts the time again, also where it had run out already. */
  refresh(): this {
    this.close()
    this.#start()
    return this
  }

  close(): this {
    if (this.#handle !== undefined) (this.#repeat ? host.clearInterval : host.clearTimeout)(this.#handle)
    this.#handle = undefined
    byId.delete(this.#id)
    return this
  }

  [Symbol.toPrimitive](): number {
    return this.#id
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** What `setImmediate` gives. */
export class Immediate {
  #counted = true
  run: (() => void) | undefined

  constructor(run: () => void) {
    this.run = run
  }

  ref(): this {
    this.#counted = true
    return this
  }

  unref(): this {
    this.#counted = false
    return this
  }

  hasRef(): boolean {
    return this.#counted
  }

  [Symbol.dispose](): void {
    this.run = undefined
  }
}

/** Node's limits: what is below 1 ms, too long, or no number is 1 ms. */
function limited(ms: unknown): number {
  const number = Number(ms)
  return number >= 1 && number <= LONGEST ? Math.trunc(number) : 1
}

function check(callback: unknown): asserts callback is Callback {
  if (typeof callback !== 'function') throw wrongType('callback', 'of type function', callback)
}

export function setTimeout(callback: Callback, ms?: number, ...args: unknown[]): Timeout {
  check(callback)
  return new Timeout(() => void callback(...args), limited(ms), false)
}

export function setInterval(callback: Callback, ms?: number, ...args: unknown[]): Timeout {
  check(callback)
  return new Timeout(() => void callback(...args), limited(ms), true)
}

/** Takes what `setTimeout` or `setInterval` gave, or its number. Anything else is nothing, as in Node. */
export function clearTimeout(timer?: unknown): void {
  if (timer instanceof Timeout) timer.close()
  else if (typeof timer === 'number' || typeof timer === 'string') byId.get(Number(timer))?.close()
}

export const clearInterval = clearTimeout

/** A message to oneself comes after all microtasks and without the 4 ms that a page adds to nested timers. */
const immediates: Immediate[] = []
const { port1, port2 } = new MessageChannel()
port1.onmessage = () => {
  const next = immediates.shift()
  next?.run?.()
}
// Node (where the tests run) would wait for messages on it.
;(port1 as { unref?: () => void }).unref?.()

export function setImmediate(callback: Callback, ...args: unknown[]): Immediate {
  check(callback)
  const immediate = new Immediate(() => {
    immediate.run = undefined
    callback(...args)
  })
  immediates.push(immediate)
  port2.postMessage(0)
  return immediate
}

export function clearImmediate(immediate?: unknown): void {
  if (immediate instanceof Immediate) immediate.run = undefined
}

const custom = Symbol.for('nodejs.util.promisify.custom')

interface Waiting {
  signal?: AbortSignal
  ref?: boolean
}

export const promises = {
  setTimeout<T = void>(ms?: number, value?: T, options: Waiting = {}): Promise<T> {
    return waiting(options, (resolve) => {
      const timer = setTimeout(() => resolve(value as T), ms)
      return () => timer.close()
    })
  },
  setImmediate<T = void>(value?: T, options: Waiting = {}): Promise<T> {
    return waiting(options, (resolve) => {
      const immediate = setImmediate(() => resolve(value as T))
      return () => clearImmediate(immediate)
    })
  },
  async *setInterval<T = void>(ms?: number, value?: T, options: Waiting = {}): AsyncGenerator<T> {
    let due = 0
    let wake: (() => void) | undefined
    const timer = setInterval(() => {
      due += 1
      wake?.()
    }, ms)
    const { signal } = options
    const abort = (): void => wake?.()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      while (true) {
        if (signal?.aborted) throw abortError(signal)
        if (due === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
          continue
        }
        due -= 1
        yield value as T
      }
    } finally {
      timer.close()
      signal?.removeEventListener('abort', abort)
    }
  },
  scheduler: {
    wait: (ms: number, options: Waiting = {}): Promise<void> => promises.setTimeout(ms, undefined, options),
    yield: (): Promise<void> => promises.setImmediate(),
  },
}

Object.defineProperty(setTimeout, custom, { value: promises.setTimeout })
Object.defineProperty(setImmediate, custom, { value: promises.setImmediate })

const module = {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate,
  promises,
}

export { module as 'module.exports' }
export default module

function waiting<T>({ signal }: Waiting, start: (resolve: (value: T) => void) => () => void): Promise<T> {
  if (signal?.aborted) return Promise.reject(abortError(signal))
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      stop()
      if (signal !== undefined) reject(abortError(signal))
    }
    const stop = start((value) => {
      signal?.removeEventListener('abort', abort)
      resolve(value)
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}

function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}
