/** The grader's HTTP client for programs in the page. */

import type { Http } from '../../grader/core/kit.ts'
import { answerOf, type ClientOptions, clientOver, type Outcome, type Sending } from '../../grader/kit/client.ts'
import { BODY_LIMIT, type ResponseMessage } from '../protocol.ts'
import { NoAnswer, type Program } from './program.ts'

export interface PageClientOptions extends ClientOptions {
  /** The program that gets the next request, and the port that its server listens on. */
  next: () => { program: Program; port: number } | undefined
  remoteAddress: string
  signal: AbortSignal
}

export function createPageClient(options: PageClientOptions): Http {
  return clientOver((sending) => carry(options, sending), options)
}

async function carry({ next, remoteAddress, signal }: PageClientOptions, sending: Sending): Promise<Outcome> {
  const target = next()
  if (target === undefined) return { trouble: refused }
  const body = new TextEncoder().encode(sending.body ?? '')
  const headers: [string, string][] = [
    ...Object.entries(sending.headers).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, String(one)]),
    ),
    ...(sending.body === undefined ? [] : [['content-length', String(body.length)] as [string, string]]),
    ['host', sending.url.host],
    ['connection', 'keep-alive'],
  ]
  const invalid = headers.find(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value))
  if (invalid !== undefined)
    return {
      trouble: {
        kind: 'invalid',
        text: `the request cannot be sent (Invalid character in header content ["${invalid[0]}"])`,
      },
    }
  const gone = new AbortController()
  const tooLarge = Promise.withResolvers<Outcome>()
  const asked = target.program.request(
    target.port,
    { method: sending.method, url: `${sending.url.pathname}${sending.url.search}`, headers, body, remoteAddress },
    gone.signal,
    (status, bytes) => {
      if (bytes > BODY_LIMIT) tooLarge.resolve({ trouble: large(status) })
    },
  )
  const answer: Promise<Outcome> = asked.then(outcomeOf, (error: unknown): Outcome => {
    if (!(error instanceof NoAnswer)) throw error
    return { trouble: error.code === 'ECONNREFUSED' ? refused : closed }
  })
  const outcome = await Promise.race([answer, tooLarge.promise, stopped(sending, signal)])
  if ('trouble' in outcome) gone.abort()
  return outcome
}

const large = (status: number) =>
  ({ kind: 'too-large', text: `${status} with a body of more than ${BODY_LIMIT / 1_000_000} MB` }) as const
const refused = { kind: 'refused', text: 'nothing listens there (connection refused)' } as const
const closed = { kind: 'closed', text: 'the connection was closed without an answer' } as const

/** Fulfilled when nobody waits for the answer any more. */
function stopped({ timeout, abandon }: Sending, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const aborted = () => resolve({ trouble: { kind: 'aborted', text: 'the check’s time was over' } })
    const left = () =>
      resolve({ trouble: { kind: 'abandoned', text: 'the client broke the connection off and read no answer' } })
    setTimeout(
      () => resolve({ trouble: { kind: 'timeout', text: `no whole answer within ${timeout / 1000} s` } }),
      timeout,
    )
    if (signal.aborted) aborted()
    signal.addEventListener('abort', aborted, { once: true })
    abandon?.then(left, left)
  })
}

function outcomeOf({ status, headers, body }: ResponseMessage): Outcome {
  if (body.length > BODY_LIMIT) return { trouble: large(status) }
  const joined: Record<string, string> = {}
  const setCookies: string[] = []
  for (const [given, value] of headers) {
    const name = given.toLowerCase()
    if (name === 'set-cookie') setCookies.push(value)
    joined[name] = name in joined ? `${joined[name]}, ${value}` : value
  }
  return {
    answer: answerOf(status, joined, new TextDecoder().decode(body), setCookies.length > 0 ? setCookies : undefined),
  }
}
