/** The data Worker as the page sees it: Postgres and Redis of a stack. */
import type { RedisReply, SqlConnection } from '../../stack/types.ts'
import type { DataNews, DataOrder, PostgresAssets, Service } from '../protocol.ts'
import type { Sandbox, SandboxWorker } from './sandbox.ts'

/** A start takes about a second. */
const OPEN_MS = 30_000

export class Data {
  readonly #worker: SandboxWorker
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #serial = 0
  #connections = 0

  private constructor(worker: SandboxWorker) {
    this.#worker = worker
    worker.port.onmessage = ({ data }: MessageEvent<DataNews>) => {
      const waiting = this.#waiting.get(data.id)
      this.#waiting.delete(data.id)
      if ('error' in data) waiting?.reject(Object.assign(new Error(data.error.message), data.error))
      else waiting?.resolve(data.value)
    }
    void worker.died.then((text) => {
      for (const waiting of this.#waiting.values()) waiting.reject(new Error(text))
    })
  }

  /** Starts it and waits until it can serve. */
  static async open(
    sandbox: Sandbox,
    script: string,
    services: readonly Service[],
    assets: { postgres: PostgresAssets | undefined; lua: ArrayBuffer | undefined },
  ): Promise<Data> {
    const data = new Data(sandbox.start('data', script))
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = new Promise<never>((_, reject) => {
      timer = setTimeout(
        reject,
        OPEN_MS,
        new Error(`The database of the page did not start within ${OPEN_MS / 1000} s.`),
      )
    })
    const opened = data.#ask((id) => ({
      kind: 'open',
      id,
      postgres: services.includes('postgres') ? assets.postgres : undefined,
      redis: services.includes('redis') ? assets.lua : undefined,
    }))
    try {
      await Promise.race([opened, over])
      return data
    } catch (error) {
      data.end()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Joins a connection of a program to a service. */
  accept(service: Service, port: MessagePort): void {
    this.#worker.port.postMessage({ kind: 'accept', service, port } satisfies DataOrder, [port])
  }

  /** A connection of the grader's own. */
  connect(): SqlConnection {
    const connection = ++this.#connections
    return {
      query: async (text) =>
        (await this.#ask((id) => ({ kind: 'sql', id, connection, text }))) as Record<string, unknown>[],
      close: async () => {},
    }
  }

  async redis(...words: string[]): Promise<RedisReply> {
    return (await this.#ask((id) => ({ kind: 'redis', id, words }))) as RedisReply
  }

  end(): void {
    this.#worker.end()
  }

  #ask(order: (id: number) => DataOrder): Promise<unknown> {
    const id = ++this.#serial
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    this.#worker.port.postMessage(order(id))
    return waiting.promise
  }
}
