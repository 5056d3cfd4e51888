/** What every HTTP client of the grader has in common, whatever carries its requests: how they look, and what is recorded. Needs nothing of Node. */
import type { Answer, Exchange, Trouble } from '../core/exchange.ts'
import type { Http, RequestOptions } from '../core/kit.ts'
import type { Rng } from '../core/rng.ts'

const KEPT_BODY = 2_000
const TIMEOUT = 10_000

export interface ClientOptions {
  /** `http://127.0.0.1:3000` */
  origin: string
  userAgent: string
  /** Told of every exchange, before the check sees it. */
  onExchange?: (exchange: Exchange) => void
}

/** A request on its way. */
export interface Sending {
  method: string
  url: URL
  /** Lower-case names; a list is sent as several fields. */
  headers: Readonly<Record<string, string | readonly string[]>>
  body: string | undefined
  /** Milliseconds until a whole answer has to be there. */
  timeout: number
  abandon: Promise<unknown> | undefined
}

export type Outcome = { answer: Answer } | { trouble: Trouble }

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

/** A client over something that carries requests. It looks like an ordinary one: it sends nothing that names the grader. */
export function clientOver(carry: (sending: Sending) => Promise<Outcome>, options: ClientOptions): Http {
  const request = async (method: string, path: string, more: RequestOptions = {}): Promise<Exchange> => {
    const url = new URL(`/api${path}`, options.origin)
    const body = more.raw ?? (more.json === undefined ? undefined : JSON.stringify(more.json))
    const headers: Record<string, string | readonly string[]> = { accept: '*/*', 'user-agent': options.userAgent }
    if (more.json !== undefined) headers['content-type'] = 'application/json'
    if (more.token !== undefined) headers.authorization = `Bearer ${more.token}`
    for (const [name, value] of Object.entries(more.headers ?? {})) headers[name.toLowerCase()] = value
    const at = Date.now()
    const started = performance.now()
    const { timeout = TIMEOUT, abandon } = more
    const outcome = await carry({ method, url, headers, body, timeout, abandon })
    const exchange: Exchange = {
      method,
      url: url.href,
      requestHeaders: joined(headers),
      ms: performance.now() - started,
      at,
    }
    if (body !== undefined) exchange.requestBody = body.length > KEPT_BODY ? `${body.slice(0, KEPT_BODY)}…` : body
    if ('answer' in outcome) exchange.response = outcome.answer
    else exchange.trouble = outcome.trouble
    options.onExchange?.(exchange)
    return exchange
  }
  return {
    request,
    get: (path, more) => request('GET', path, more),
    post: (path, more) => request('POST', path, more),
  }
}

/** Fields that were sent several times in one line, for the evidence. */
export const joined = (headers: Readonly<Record<string, string | readonly string[]>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]))

/** @param headers lower-case names; several values joined */
export function answerOf(
  status: number,
  headers: Record<string, string>,
  body: string,
  setCookies: readonly string[] | undefined,
): Answer {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    json = undefined
  }
  const headerNames = Object.keys(headers).sort()
  return { status, headers, headerNames, ...(setCookies ? { setCookies: [...setCookies] } : {}), body, json }
}
