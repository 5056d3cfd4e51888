/** An HTTP client that sends from a container on the lab's own network. */

import type { SecondSource } from '../../stack/types.ts'
import type { Answer, Exchange } from '../core/exchange.ts'
import type { Http, RequestOptions } from '../core/kit.ts'

type Probe = Extract<SecondSource, { kind: 'probe' }>

export function probeClient(
  probe: Probe,
  options: { userAgent: string; onExchange: (exchange: Exchange) => void },
): Http {
  const request = async (method: string, path: string, more: RequestOptions = {}): Promise<Exchange> => {
    const url = new URL(`/api${path}`, probe.origin).href
    const body = more.raw ?? (more.json === undefined ? undefined : JSON.stringify(more.json))
    const headers: Record<string, string> = {
      accept: '*/*',
      'user-agent': options.userAgent,
      ...(more.json === undefined ? {} : { 'content-type': 'application/json' }),
    }
    if (more.token !== undefined) headers.authorization = `Bearer ${more.token}`
    Object.assign(headers, more.headers)
    const at = Date.now()
    const started = performance.now()
    const answer = await probe.send({
      method,
      url,
      headers,
      timeout: more.timeout ?? 10_000,
      ...(body === undefined ? {} : { body }),
    })
    const exchange: Exchange = {
      method,
      url,
      requestHeaders: headers,
      ms: performance.now() - started,
      at,
      ...(body === undefined ? {} : { requestBody: body }),
    }
    if (answer.status === undefined) exchange.trouble = { kind: 'closed', text: answer.error ?? 'no answer' }
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
