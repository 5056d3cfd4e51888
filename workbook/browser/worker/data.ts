/** The data Worker: PGlite and Redis, for all programs of a stack. */
// First: packages look for Node's globals when they are loaded.
import './data-globals.ts'
import { PGlite } from '@electric-sql/pglite'
import type { DataNews, DataOrder, PostgresAssets } from '../protocol.ts'
import { type PostgresServer, servePostgres } from './postgres.ts'
import { type RedisServer, serveRedis } from './redis.ts'

let database: PGlite | undefined
let postgres: PostgresServer | undefined
let redis: RedisServer | undefined

async function open(assets: PostgresAssets | undefined, lua: ArrayBuffer | undefined): Promise<void> {
  if (lua !== undefined) {
    // The one thing in this Worker that is ever fetched; it reaches no address.
    globalThis.fetch = async () => new Response(lua.slice(), { headers: { 'content-type': 'application/wasm' } })
    redis = serveRedis()
  }
  if (assets === undefined) return
  const [pgliteWasmModule, initdbWasmModule] = await Promise.all([
    WebAssembly.compile(assets.wasm),
    WebAssembly.compile(assets.initdb),
  ])
  database = await PGlite.create({
    pgliteWasmModule,
    initdbWasmModule,
    fsBundle: new Blob([assets.share]),
    loadDataDir: new Blob([assets.cluster], { type: 'application/x-gzip' }),
  })
  postgres = servePostgres(database)
}

/** Connections of the grader, by their numbers: who holds the session inside of a transaction. */
const holders = new Map<number, object>()

async function ask(db: PGlite, { turns }: PostgresServer, connection: number, text: string): Promise<unknown[]> {
  const me = holders.get(connection) ?? {}
  holders.set(connection, me)
  await turns.take(me)
  try {
    return (await db.exec(text)).at(-1)?.rows ?? []
  } finally {
    if (!db.isInTransaction()) turns.leave(me)
  }
}

async function answer(order: DataOrder): Promise<unknown> {
  switch (order.kind) {
    case 'open':
      return open(order.postgres, order.redis)
    case 'accept': {
      const server = order.service === 'postgres' ? postgres : redis
      if (server === undefined) order.port.postMessage('close')
      else server.accept(order.port)
      return undefined
    }
    case 'sql': {
      if (postgres === undefined || database === undefined) throw new Error('there is no Postgres')
      return ask(database, postgres, order.connection, order.text)
    }
    case 'redis':
      if (redis === undefined) throw new Error('there is no Redis')
      return redis.send(order.words)
  }
}

self.onmessage = ({ ports: [port] }: MessageEvent) => {
  if (port === undefined) return
  port.onmessage = ({ data }: MessageEvent<DataOrder>) => {
    const id = 'id' in data ? data.id : 0
    answer(data).then(
      (value) => port.postMessage({ id, value } satisfies DataNews),
      (error: Error & { code?: string }) => {
        const { message, code } = error
        port.postMessage({ id, error: { message, ...(code === undefined ? {} : { code }) } } satisfies DataNews)
      },
    )
  }
}
