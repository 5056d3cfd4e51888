/** The way from a page to the workbook's local server. A published copy of the site has no server, and its pages no token: then nothing is sent. */
import type { Refusal } from '../../workbook/session/desk/protocol.ts'

const META = 'workbook-api'
const HEADER = 'x-workbook-token'

/** The server said no, or nothing. */
export class ApiError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}

let fresh: string | undefined

const tokenIn = (document: Document) => document.querySelector<HTMLMetaElement>(`meta[name="${META}"]`)?.content

/** Token of the server that gave out this page; undefined on a published copy. */
export const token = (): string | undefined => fresh ?? tokenIn(document)

/** Is there a server behind this page? */
export const isLocal = (): boolean => token() !== undefined

/** A server that was started again has another token; its pages hold it. */
async function renew(): Promise<boolean> {
  const page = await fetch(location.pathname, { cache: 'no-store' })
  const next = tokenIn(new DOMParser().parseFromString(await page.text(), 'text/html'))
  if (next === undefined || next === token()) return false
  fresh = next
  return true
}

/**
 * Calls the API and gives its answer.
 * @param timeout milliseconds after which the call counts as unanswered
 * @throws ApiError with a sentence for people; status 0 where no answer came
 */
export async function call<T>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  timeout = 10_000,
): Promise<T> {
  const send = () =>
    fetch(`/api${path}`, {
      method,
      headers: { [HEADER]: token() ?? '', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(timeout),
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  try {
    let response = await send()
    if (response.status === 401 && (await renew())) response = await send()
    const answer = (await response.json()) as T & Partial<Refusal>
    if (response.ok) return answer
    throw new ApiError(response.status, [answer.error, answer.remedy].filter(Boolean).join(' '))
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw new ApiError(0, 'The workbook does not answer. Is npm start still running in its terminal?')
  }
}

/** Says something while the page goes away: sent without waiting, and no answer is read. */
export function tell(path: string, body: unknown): void {
  void fetch(`/api${path}`, {
    method: 'POST',
    keepalive: true,
    headers: { [HEADER]: token() ?? '', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {})
}
