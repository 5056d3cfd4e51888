/** An HTTP client that sends from a container on the lab's own network. */

import type { ProbeAnswer, SecondSource } from '../../stack/types.ts'
import type { Answer, Exchange, Trouble } from '../core/exchange.ts'
import { GraderBug } from '../core/failure.ts'
import type { Http, RequestOptions } from '../core/kit.ts'
import { joined } from './http.ts'

type Probe = Extract<SecondSource, { kind: 'probe' }>

export function probeClient(
  probe: Probe,
  options: { userAgent: string; signal: AbortSignal; onExchange: (exchange: Exchange) => void },
): Http {
  const request = async (method: string, path: string, more: RequestOptions = {}): Promise<Exchange> => {
    if (more.abandon !== undefined) throw new GraderBug('a request from elsewhere cannot be abandoned')
    const url = new URL(`/api${path}`, probe.origin).href
    const body = more.raw ?? (more.json === undefined ? undefined : JSON.stringify(more.json))
    const headers: Record<string, string> = {
      accept: '*/*',
      'user-agent': options.userAgent,
      ...(more.json === undefined ? {} : { 'content-type': 'application/json' }),
    }
    if (more.token !== undefined) headers.authorization = `Bearer ${more.token}`
    Object.assign(headers, joined(more.headers ?? {}))
    const at = Date.now()
    const started = performance.now()
    const timeout = more.timeout ?? 10_000
    const sent = probe.send({ method, url, headers, timeout, ...(body === undefined ? {} : { body }) })
    const answer = await Promise.race([sent, aborted(options.signal)])
    const exchange: Exchange = {
      method,
      url,
      requestHeaders: headers,
      ms: performance.now() - started,
      at,
      ...(body === undefined ? {} : { requestBody: body }),
    }
    if (answer.status === undefined) exchange.trouble = troubleOf(answer.error ?? 'no answer')
    else exchange.response = responseOf(answer.status, answer.headers ?? {}, answer.body ?? '')
    options.onExchange(exchange)
    return exchange
  }
  return { request, get: (path, more) => request('GET', path, more), post: (path, more) => request('POST', path, more) }
}

function responseOf(status: number, headers: Record<string, string>, body: string): Answer {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    json = undefined
  }
  return { status, headers, headerNames: Object.keys(headers).sort(), body, json }
}

const over = 'the check’s time was over'

function aborted(signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const end = () => resolve({ error: over })
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}

/** The words of Node's errors, as the first client tells them apart by their codes. */
function troubleOf(error: string): Trouble {
  if (error === over) return { kind: 'aborted', text: error }
  if (/no answer in time|timeout/i.test(error)) return { kind: 'timeout', text: 'no whole answer in time' }
  if (/ECONNREFUSED|EHOSTUNREACH/.test(error))
    return { kind: 'refused', text: 'nothing listens there (connection refused)' }
  if (/parse error/i.test(error)) return { kind: 'invalid', text: `no valid HTTP answer (${error})` }
  return { kind: 'closed', text: 'the connection was closed without an answer' }
}
