/**
 * The grader's HTTP client: node:http, kept-alive connections, bodies capped, every exchange recorded. It looks like an ordinary client: its
 * user agent is one of several common ones, drawn per run, and it sends nothing that names the grader.
 */
import http from 'node:http'
import type { Exchange, Trouble } from '../core/exchange.ts'
import type { Http, RequestOptions } from '../core/kit.ts'
import type { Rng } from '../core/rng.ts'

/** Larger answers are cut off and count as trouble: no answer of a lab comes near it. */
const BODY_LIMIT = 1_000_000
const KEPT_BODY = 2_000
const TIMEOUT = 10_000

export interface ClientOptions {
  /** `http://127.0.0.1:3000` */
  origin: string
  userAgent: string
  /** Source address, for checks that need a second one. */
  localAddress?: string
  signal?: AbortSignal
  /** Told of every exchange, before the check sees it. */
  onExchange?: (exchange: Exchange) => void
}

export interface Client extends Http {
  close(): void
}

/** A common user agent; the version varies so that no value is the grader's own. */
export function ordinaryUserAgent(rng: Rng): string {
  const version = rng.int(120, 148)
  return rng.pick([
    `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
    `Mozilla/5.0 (X11; Linux x86_64; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`,
    `curl/8.${rng.int(5, 17)}.0`,
  ])
}

export function createClient(options: ClientOptions): Client {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const request = async (method: string, path: string, more: RequestOptions = {}): Promise<Exchange> => {
    const exchange = await send(agent, options, method, path, more)
    options.onExchange?.(exchange)
    return exchange
  }
  return {
    request,
    get: (path, more) => request('GET', path, more),
    post: (path, more) => request('POST', path, more),
    close: () => agent.destroy(),
  }
}

async function send(
  agent: http.Agent,
  client: ClientOptions,
  method: string,
  path: string,
  more: RequestOptions,
): Promise<Exchange> {
  const url = new URL(`/api${path}`, client.origin)
  const body = more.raw ?? (more.json === undefined ? undefined : JSON.stringify(more.json))
  const headers: Record<string, string | readonly string[]> = { accept: '*/*', 'user-agent': client.userAgent }
  if (more.json !== undefined) headers['content-type'] = 'application/json'
  if (more.token !== undefined) headers.authorization = `Bearer ${more.token}`
  for (const [name, value] of Object.entries(more.headers ?? {})) headers[name.toLowerCase()] = value
  const at = Date.now()
  const started = performance.now()
  const attempt = (pool: http.Agent | false = agent) =>
    once(pool, client, url, method, headers, body, more.timeout ?? TIMEOUT, more.abandon)
  // A connection that is broken off on purpose is nobody else's.
  let outcome = await attempt(more.abandon === undefined ? agent : false)
  // RFC 9112 9.3.1: a kept-alive connection may be closed by the server at any time; before any byte of the answer that says nothing about the request.
  // Once more on a new connection: the pool may hold several that are closed by now.
  if ('reused' in outcome) outcome = await attempt(false)
  const exchange: Exchange = {
    method,
    url: url.href,
    requestHeaders: joined(headers),
    ms: performance.now() - started,
    at,
  }
  if (body !== undefined) exchange.requestBody = body.length > KEPT_BODY ? `${body.slice(0, KEPT_BODY)}…` : body
  if ('answer' in outcome) exchange.response = outcome.answer
  else
    exchange.trouble =
      'reused' in outcome ? { kind: 'closed', text: 'the connection was closed without an answer' } : outcome.trouble
  return exchange
}

type Outcome = { answer: NonNullable<Exchange['response']> } | { trouble: Trouble } | { reused: true }

function once(
  agent: http.Agent | false,
  client: ClientOptions,
  url: URL,
  method: string,
  headers: Record<string, string | readonly string[]>,
  body: string | undefined,
  timeout: number,
  abandon: Promise<unknown> | undefined,
): Promise<Outcome> {
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
    const finish = (outcome: Outcome) => {
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
      res.on('end', () => finish({ answer: answerOf(res, Buffer.concat(chunks).toString('utf8')) }))
    })
    req.end(body)
  })
}

/** Fields that were sent several times in one line, for the evidence. */
export const joined = (headers: Record<string, string | readonly string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]))

function answerOf(res: http.IncomingMessage, body: string): NonNullable<Exchange['response']> {
  const headers = Object.fromEntries(
    Object.entries(res.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
  )
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    json = undefined
  }
  const headerNames = Object.keys(headers).sort()
  const setCookies = res.headers['set-cookie']
  return { status: res.statusCode ?? 0, headers, headerNames, ...(setCookies ? { setCookies } : {}), body, json }
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
