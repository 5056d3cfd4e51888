/** An attacker's server: it answers with what it was given, and writes down who asked. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the server answers at a path. */
export interface Document {
  type: string
  body: string
}

/** A request that reached the attacker. */
export interface Caught {
  method: string
  path: string
}

/** The attacker's server, where the API can reach it. */
export interface Attacker {
  /** `http://127.0.0.1:40123`, as the API would ask it. */
  readonly origin: string
  /** Puts documents up, by path. What was put up before stays. */
  serve(documents: Record<string, Document>): Promise<void>
  /** Every request up to now, oldest first. */
  caught(): Promise<Caught[]>
  /** Asks for a path from where the API runs: does it come through? */
  reach(path: string): Promise<boolean>
  close(): Promise<void>
}

/** On this machine's loopback, for an API that is a process here. */
export async function startLocalAttacker(): Promise<Attacker> {
  const documents = new Map<string, Document>()
  const caught: Caught[] = []
  const server = http.createServer((req, res) => {
    const path = req.url ?? ''
    caught.push({ method: req.method ?? '', path })
    req.resume()
    const document = documents.get(path)
    res.writeHead(document === undefined ? 404 : 200, { 'content-type': document?.type ?? 'text/plain' })
    res.end(document?.body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    serve: async (more) => {
      for (const [path, document] of Object.entries(more)) documents.set(path, document)
    },
    caught: async () => [...caught],
    reach: (path) =>
      new Promise((resolve) => {
        const req = http.get(new URL(path, origin), { agent: false, timeout: 2_000 }, (res) => {
          res.resume()
          resolve(true)
        })
        req.on('timeout', () => req.destroy(new Error('no answer in time')))
        req.on('error', () => resolve(false))
      }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
