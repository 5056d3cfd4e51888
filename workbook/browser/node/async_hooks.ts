import { wrongType } from './errors.ts'
import { notInThePage, refusedAll } from './refuse.ts'

let lastId = 1
let running: AsyncResource | undefined

/** Node's class as far as a page can have it: it calls back, and knows the ids of what it called from. */
export class AsyncResource {
  readonly type: string
  readonly #id: number
  readonly #from: number

  constructor(type: string, options: number | { triggerAsyncId?: number } = {}) {
    if (typeof type !== 'string') throw wrongType('type', 'of type string', type)
    this.type = type
    lastId += 1
    this.#id = lastId
    this.#from = (typeof options === 'number' ? options : options.triggerAsyncId) ?? executionAsyncId()
  }

  runInAsyncScope<T>(run: (...args: unknown[]) => T, self?: unknown, ...args: unknown[]): T {
    const before = running
    running = this
    try {
      return Reflect.apply(run, self, args)
    } finally {
      running = before
    }
  }

  emitDestroy(): this {
    return this
  }

  asyncId(): number {
    return this.#id
  }

  triggerAsyncId(): number {
    return this.#from
  }

  bind<Args extends unknown[], T>(run: (...args: Args) => T, self?: unknown): (...args: Args) => T {
    if (typeof run !== 'function') throw wrongType('fn', 'of type function', run)
    const resource = this
    return function bound(this: unknown, ...args: Args): T {
      return resource.runInAsyncScope(run as (...args: unknown[]) => T, self === undefined ? this : self, ...args)
    }
  }

  static bind<Args extends unknown[], T>(
    run: (...args: Args) => T,
    type?: string,
    self?: unknown,
  ): (...args: Args) => T {
    return new AsyncResource(type || run.name || 'bound-anonymous-fn').bind(run, self)
  }
}

export const executionAsyncId = (): number => running?.asyncId() ?? 1
export const triggerAsyncId = (): number => running?.triggerAsyncId() ?? 0
export const executionAsyncResource = (): object => running ?? {}

const WHY = 'no browser carries a value along awaits yet'

/** Half of it would be worse than none: a store that another request sees. */
export class AsyncLocalStorage {
  constructor() {
    throw notInThePage('async_hooks.AsyncLocalStorage', WHY)
  }

  static bind(): never {
    throw notInThePage('async_hooks.AsyncLocalStorage.bind', WHY)
  }

  static snapshot(): never {
    throw notInThePage('async_hooks.AsyncLocalStorage.snapshot', WHY)
  }
}

export const { createHook } = refusedAll('async_hooks', ['createHook'], WHY)

const module = {
  AsyncResource,
  AsyncLocalStorage,
  executionAsyncId,
  triggerAsyncId,
  executionAsyncResource,
  createHook,
}

export { module as 'module.exports' }
export default module
