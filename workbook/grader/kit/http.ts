/**
 * The grader's HTTP client: node:http, kept-alive connections, bodies capped, every exchange recorded. It looks like an ordinary client: its
 * user agent is one of several common ones, drawn per run, and it sends nothing that names the grader.
 */
import http from 'node:http'
import type { Answer, Trouble } from '../core/exchange.ts'
import type { Http } from '../core/kit.ts'
import { answerOf, type ClientOptions, clientOver, type Outcome, type Sending } from './client.ts'

/** Larger answers are cut off and count as trouble: no answer of a lab comes near it. */
const BODY_LIMIT = 1_000_000

export interface NodeClientOptions extends ClientOptions {
  /** Source address, for checks that need a second one. */
  localAddress?: string
  signal?: AbortSignal
}

export interface Client extends Http {
  close(): void
}

export function createClient(options: NodeClientOptions): Client {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const carry = async (sending: Sending): Promise<Outcome> => {
    // A connection that is broken off on purpose is nobody else's.
    const outcome = await once(sending.abandon === undefined ? agent : false, options, sending)
    if (!('reused' in outcome)) return outcome
    // RFC 9112 9.3.1: a kept-alive connection may be closed by the server at any time; before any byte of the answer that says nothing about the request.
    // Once more on a new connection: the pool may hold several that are closed by now.
    const again = await once(false, options, sending)
    return 'reused' in again
      ? { trouble: { kind: 'closed', text: 'the connection was closed without an answer' } }
      : again
  }
  return { ...clientOver(carry, options), close: () => agent.destroy() }
}

function once(
  agent: http.Agent | false,
  client: NodeClientOptions,
  { url, method, headers, body, timeout, abandon }: Sending,
): Promise<Outcome | { reused: true }> {
  return new Promise((resolve) => {
    let req: http.ClientRequest
    try {
      req = http.request(url, {
        agent,
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
        ...(client.localAddress ? { localAddress: client.localAddress } : {}),
        ...(client.signal ? { signal: client.signal } : {}),
      })
    } catch (error) {
      // A header that cannot be sent: a token with a line break in it, for example, which the server itself made.
      resolve({ trouble: { kind: 'invalid', text: `the request cannot be sent (${(error as Error).message})` } })
      return
    }
    // An own timer for the whole exchange: the socket's time-out starts anew with every byte, and a slow trickle would never end.
    const timer = setTimeout(
      () => finish({ trouble: { kind: 'timeout', text: `no whole answer within ${timeout / 1000} s` } }),
      timeout,
    )
    let settled = false
    const finish = (outcome: Outcome | { reused: true }) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      resolve(outcome)
      if (!('answer' in outcome)) req.destroy()
    }
    const leave = () =>
      finish({ trouble: { kind: 'abandoned', text: 'the client broke the connection off and read no answer' } })
    abandon?.then(leave, leave)
    let early = true
    req.on('error', (error: NodeJS.ErrnoException) => {
      if (early && req.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) finish({ reused: true })
      else finish({ trouble: troubleOf(error) })
    })
    req.on('response', (res) => {
      early = false
      // Not read, and not resumed: it stays where it is until the connection ends.
      if (abandon !== undefined) return
      const chunks: Buffer[] = []
      let size = 0
      res.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > BODY_LIMIT)
          finish({
            trouble: {
              kind: 'too-large',
              text: `${res.statusCode} with a body of more than ${BODY_LIMIT / 1_000_000} MB`,
            },
          })
        else chunks.push(chunk)
      })
      res.on('error', (error) => finish({ trouble: troubleOf(error) }))
      res.on('aborted', () =>
        finish({
          trouble: {
            kind: 'closed',
            text: `${res.statusCode}, then the connection was closed in the middle of the answer`,
          },
        }),
      )
      res.on('end', () => finish({ answer: answerIn(res, Buffer.concat(chunks).toString('utf8')) }))
    })
    req.end(body)
  })
}

function answerIn(res: http.IncomingMessage, body: string): Answer {
  const headers = Object.fromEntries(
    Object.entries(res.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
  )
  return answerOf(res.statusCode ?? 0, headers, body, res.headers['set-cookie'])
}

function troubleOf(error: NodeJS.ErrnoException): Trouble {
  switch (error.code) {
    case 'ECONNREFUSED':
      return { kind: 'refused', text: 'nothing listens there (connection refused)' }
    case 'ECONNRESET':
    case 'EPIPE':
      return { kind: 'closed', text: 'the connection was closed without an answer' }
    case 'ABORT_ERR':
      return { kind: 'aborted', text: 'the check’s time was over' }
    default:
      return { kind: 'invalid', text: `no valid HTTP answer (${error.code ?? error.message})` }
  }
}
