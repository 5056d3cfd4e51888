import { wrongType } from './errors.ts'

type Name = string | symbol
type Subscriber = (message: unknown, name: Name) => void

const channels = new Map<Name, Channel>()

/** A place to publish to. Stores of `AsyncLocalStorage` are not bound to it, as there is none here. */
export class Channel {
  readonly name: Name
  #subscribers: Subscriber[] = []

  constructor(name: Name) {
    this.name = name
  }

  get hasSubscribers(): boolean {
    return this.#subscribers.length > 0
  }

  subscribe(subscriber: Subscriber): void {
    if (typeof subscriber !== 'function') throw wrongType('subscription', 'of type function', subscriber)
    this.#subscribers = [...this.#subscribers, subscriber]
  }

  unsubscribe(subscriber: Subscriber): boolean {
    const at = this.#subscribers.indexOf(subscriber)
    if (at < 0) return false
    this.#subscribers = this.#subscribers.toSpliced(at, 1)
    return true
  }

  publish(message: unknown): void {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(message, this.name)
      } catch (error) {
        // As in Node: it ends the program, not the one who publishes.
        setTimeout(() => {
          throw error
        })
      }
    }
  }

  runStores<T>(message: unknown, run: (...args: unknown[]) => T, self?: unknown, ...args: unknown[]): T {
    this.publish(message)
    return Reflect.apply(run, self, args)
  }
}

export function channel(name: Name): Channel {
  const found = channels.get(name)
  if (found !== undefined) return found
  if (typeof name !== 'string' && typeof name !== 'symbol')
    throw wrongType('channel', 'one of type string or symbol', name)
  const made = new Channel(name)
  channels.set(name, made)
  return made
}

export const hasSubscribers = (name: Name): boolean => channels.get(name)?.hasSubscribers ?? false
export const subscribe = (name: Name, subscriber: Subscriber): void => channel(name).subscribe(subscriber)
export const unsubscribe = (name: Name, subscriber: Subscriber): boolean => channel(name).unsubscribe(subscriber)

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
type Event = (typeof EVENTS)[number]
type Context = Record<string, unknown>

/** The five channels of something that takes time. express's router asks `start.hasSubscribers`. */
export class TracingChannel {
  declare readonly start: Channel
  declare readonly end: Channel
  declare readonly asyncStart: Channel
  declare readonly asyncEnd: Channel
  declare readonly error: Channel

  constructor(named: string | Record<Event, Channel>) {
    for (const event of EVENTS) {
      const value = typeof named === 'string' ? channel(`tracing:${named}:${event}`) : named[event]
      Object.defineProperty(this, event, { value })
    }
  }

  get hasSubscribers(): boolean {
    return EVENTS.some((event) => this[event].hasSubscribers)
  }

  subscribe(handlers: Partial<Record<Event, Subscriber>>): void {
    for (const event of EVENTS) if (handlers[event]) this[event].subscribe(handlers[event])
  }

  unsubscribe(handlers: Partial<Record<Event, Subscriber>>): boolean {
    return EVENTS.map((event) => (handlers[event] ? this[event].unsubscribe(handlers[event]) : true)).every(Boolean)
  }

  traceSync<T>(run: (...args: unknown[]) => T, context: Context = {}, self?: unknown, ...args: unknown[]): T {
    if (!this.hasSubscribers) return Reflect.apply(run, self, args)
    return this.start.runStores(context, () => {
      try {
        const result = Reflect.apply(run, self, args)
        context.result = result
        return result
      } catch (error) {
        context.error = error
        this.error.publish(context)
        throw error
      } finally {
        this.end.publish(context)
      }
    })
  }

  tracePromise<T>(
    run: (...args: unknown[]) => Promise<T>,
    context: Context = {},
    self?: unknown,
    ...args: unknown[]
  ): Promise<T> {
    if (!this.hasSubscribers) return Reflect.apply(run, self, args)
    return this.start.runStores(context, () => {
      try {
        return Promise.resolve(Reflect.apply(run, self, args)).then(
          (result) => {
            context.result = result
            this.asyncStart.publish(context)
            this.asyncEnd.publish(context)
            return result
          },
          (error) => {
            context.error = error
            this.error.publish(context)
            this.asyncStart.publish(context)
            this.asyncEnd.publish(context)
            throw error
          },
        )
      } catch (error) {
        context.error = error
        this.error.publish(context)
        throw error
      } finally {
        this.end.publish(context)
      }
    })
  }

  traceCallback<T>(
    run: (...args: unknown[]) => T,
    position = -1,
    context: Context = {},
    self?: unknown,
    ...args: unknown[]
  ): T {
    if (!this.hasSubscribers) return Reflect.apply(run, self, args)
    const callback = args.at(position)
    if (typeof callback !== 'function') throw wrongType('callback', 'of type function', callback)
    const { asyncStart, asyncEnd, error: failed } = this
    args.splice(position, 1, function wrapped(this: unknown, error: unknown, result: unknown) {
      if (error) {
        context.error = error
        failed.publish(context)
      } else context.result = result
      asyncStart.publish(context)
      try {
        return Reflect.apply(callback, this, [error, result])
      } finally {
        asyncEnd.publish(context)
      }
    })
    return this.start.runStores(context, () => {
      try {
        return Reflect.apply(run, self, args)
      } catch (error) {
        context.error = error
        failed.publish(context)
        throw error
      } finally {
        this.end.publish(context)
      }
    })
  }
}

export const tracingChannel = (named: string | Record<Event, Channel>): TracingChannel => new TracingChannel(named)

const module = { channel, hasSubscribers, subscribe, unsubscribe, tracingChannel, Channel }

export { module as 'module.exports' }
export default module
