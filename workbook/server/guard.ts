/**
 * Who may talk to the local server. It starts programs on the learner's machine, so a page of another site must not reach it: not by a form, not
 * by fetch, not by a name of its own that points to 127.0.0.1 (DNS rebinding).
 */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { RequestHandler, Response } from 'express'
import { type Refusal, TOKEN_HEADER } from '../session/desk/protocol.ts'

/** Names of this machine that no other site can have. */
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** No request of ours is longer, bytes. */
export const BODY_LIMIT = 64 * 1024

/** Methods that change nothing. */
const SAFE = new Set(['GET', 'HEAD'])

/** The reason to refuse, or undefined. Pure: headers in, words out. */
export function objection(
  method: string,
  headers: IncomingHttpHeaders,
  token: string,
): { status: 401 | 403 | 411 | 413 | 415; error: string; remedy?: string } | undefined {
  const stranger = strangerIn(headers)
  if (stranger !== undefined) return stranger
  // By the headers alone: a body that never ends is not read to find that out. Browsers always send the length of a text.
  if (headers['transfer-encoding'] !== undefined)
    return { status: 411, error: 'A request says in Content-Length how long it is.' }
  const length = Number(headers['content-length'] ?? 0)
  if (!(length <= BODY_LIMIT)) return { status: 413, error: `A request has ${BODY_LIMIT / 1024} kB at most.` }
  if (SAFE.has(method)) return undefined
  if (!isToken(headers[TOKEN_HEADER], token))
    return {
      status: 401,
      error: 'This page is of an earlier start of the workbook.',
      remedy: 'Load it again.',
    }
  // A form can send three content types without asking first; this is none of them.
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (length > 0 && type !== 'application/json')
    return { status: 415, error: 'A request with a body has the content type application/json.' }
  return undefined
}

/** Does the request come from another site, or by another name than this machine's own? */
export function strangerIn(headers: IncomingHttpHeaders): { status: 403; error: string } | undefined {
  const host = headers.host ?? ''
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase()
  if (!LOOPBACK.has(name))
    return { status: 403, error: 'The workbook answers only to the names of this machine: 127.0.0.1 and localhost.' }
  const { origin } = headers
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return { status: 403, error: 'The workbook answers only to its own pages.' }
  return undefined
}

/** Fetch Metadata (W3C): what a browser says of where a request comes from. A person who follows a link from elsewhere may read a page, not the API. */
const isForeign = (headers: IncomingHttpHeaders) => {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

function isToken(given: string | string[] | undefined, token: string): boolean {
  const [one, other] = [Buffer.from(String(given)), Buffer.from(token)]
  // In bytes: two texts of one length need not have the same number, and then the comparison throws.
  return one.length === other.length && timingSafeEqual(one, other)
}

/** For all of the site: foreign names and origins get nothing, not even a page, since a page holds the token. */
export const onlyThisMachine: RequestHandler = (request, response, next) => {
  const stranger = strangerIn(request.headers)
  if (stranger === undefined) return next()
  hangUp(response).status(403).type('text').send(`${stranger.error}\n`)
}

/** For the API. */
export function onlyOurPages(token: string): RequestHandler {
  return (request, response, next) => {
    const no = isForeign(request.headers)
      ? { status: 403 as const, error: 'The workbook answers only to its own pages.' }
      : objection(request.method, request.headers, token)
    if (no === undefined) return next()
    const { status, ...refusal } = no
    hangUp(response)
      .status(status)
      .json(refusal satisfies Refusal)
  }
}

/** Closes the connection after the answer: else the rest of a body that nobody wants would be read to its end. */
const hangUp = (response: Response) => response.set('Connection', 'close')
