/**
 * Pages of the local server: those of the built site, each with the token of this start in it. The built files hold no trace of the API, so a
 * published copy of them cannot even ask for it.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { RequestHandler, Response } from 'express'
import { TOKEN_META } from '../session/desk/protocol.ts'
import { headersOf } from './static.ts'

interface Page {
  mtime: number
  html: string
  etag: string
  headers: Record<string, string>
}

const MISSING = '/404.html'

/**
 * Answers for the pages that are there now: a site is built before it is served.
 * @returns `known` passes on everything that is no page; `missing` answers with the page for what is not there, if the site has one
 */
export function localPages(dist: string, token: string): { known: RequestHandler; missing: RequestHandler } {
  // Addresses are looked up, never turned into paths. The frame that programs run in is no page, and gets no token.
  const files = new Map(
    globSync('**/*.html', { cwd: dist, exclude: ['_run/**'] }).flatMap((file) =>
      addressesOf(file).map((address) => [address, path.join(dist, file)]),
    ),
  )
  const read = new Map<string, Page>()
  const answer = (address: string | undefined, method: string, response: Response): boolean => {
    if (method !== 'GET' && method !== 'HEAD') return false
    const file = files.get(address ?? '')
    const page = file === undefined ? undefined : pageOf(read, file, token)
    if (page === undefined) return false
    response.set({ 'Cache-Control': 'no-cache', ...page.headers, ETag: page.etag })
    // Answers 304 by itself where the browser has this very page.
    response
      .status(address === MISSING ? 404 : 200)
      .type('html')
      .send(page.html)
    return true
  }
  return {
    known: (request, response, next) => {
      if (!answer(decoded(request.path), request.method, response)) next()
    },
    missing: (request, response, next) => {
      if (!answer(MISSING, request.method, response)) next()
    },
  }
}

/** Undefined where it cannot be decoded: whoever serves the files says so. */
function decoded(address: string): string | undefined {
  try {
    return decodeURIComponent(address)
  } catch {
    return undefined
  }
}

function pageOf(known: Map<string, Page>, file: string, token: string): Page | undefined {
  const mtime = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  if (mtime === undefined) return undefined
  const before = known.get(file)
  if (before?.mtime === mtime) return before
  const html = marked(readFileSync(file, 'utf8'), token)
  const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 27)}"`
  const page = { mtime, html, etag, headers: headersOf(html) }
  known.set(file, page)
  return page
}

/** The page with the token, and a mark on its root by which styles know that it is not a published copy. */
export function marked(html: string, token: string): string {
  return html
    .replace(/<html\b/, '<html data-workbook="local"')
    .replace(/<head>/, `<head><meta name="${TOKEN_META}" content="${token}">`)
}

/** `a/index.html` is at `/a/` and at `/a/index.html`, `404.html` at `/404.html`. */
function addressesOf(file: string): string[] {
  const address = `/${file.split(path.sep).join('/')}`
  return address.endsWith('/index.html') ? [address, address.slice(0, -'index.html'.length)] : [address]
}
