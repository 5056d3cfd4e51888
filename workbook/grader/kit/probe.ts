/** An HTTP client that sends from a container on the lab's own network. */

import type { ProbeAnswer, SecondSource } from '../../stack/types.ts'
import type { Exchange, Trouble } from '../core/exchange.ts'
import { GraderBug } from '../core/failure.ts'
import type { Http } from '../core/kit.ts'
import { answerOf, clientOver, joined, type Outcome, type Sending } from './client.ts'

type Probe = Extract<SecondSource, { kind: 'probe' }>

export function probeClient(
  probe: Probe,
  options: { userAgent: string; signal: AbortSignal; onExchange: (exchange: Exchange) => void },
): Http {
  const carry = async ({ method, url, headers, body, timeout, abandon }: Sending): Promise<Outcome> => {
    if (abandon !== undefined) throw new GraderBug('a request from elsewhere cannot be abandoned')
    const sent = probe.send({
      method,
      url: url.href,
      headers: joined(headers),
      timeout,
      ...(body === undefined ? {} : { body }),
    })
    const answer = await Promise.race([sent, aborted(options.signal)])
    return answer.status === undefined
      ? { trouble: troubleOf(answer.error ?? 'no answer') }
      : { answer: answerOf(answer.status, answer.headers ?? {}, answer.body ?? '', undefined) }
  }
  return clientOver(carry, { ...options, origin: probe.origin })
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
