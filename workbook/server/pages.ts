/**
 * Pages of the local server: those of the built site, each with the token of this start in it. The built files hold no trace of the API, so a
 * published copy of them cannot even ask for it.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { RequestHandler } from 'express'
import { TOKEN_META } from '../session/desk/protocol.ts'
import { policyOf } from './static.ts'

interface Page {
  mtime: number
  html: string
  etag: string
  policy: string
}

/** Answers requests for pages; everything else goes on to the files. */
export function localPages(dist: string, token: string): RequestHandler {
  // Addresses are looked up, never turned into paths.
  const files = new Map(globSync('**/*.html', { cwd: dist }).map((file) => [addressOf(file), path.join(dist, file)]))
  const known = new Map<string, Page>()
  return (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next()
    const file = files.get(request.path)
    if (file === undefined) return next()
    const page = pageOf(known, file, token)
    if (page === undefined) return next()
    response.set({ 'Cache-Control': 'no-cache', 'Content-Security-Policy': page.policy, ETag: page.etag })
    // Answers 304 by itself where the browser has this very page.
    response
      .status(file.endsWith('404.html') ? 404 : 200)
      .type('html')
      .send(page.html)
  }
}

function pageOf(known: Map<string, Page>, file: string, token: string): Page | undefined {
  const mtime = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  if (mtime === undefined) return undefined
  const before = known.get(file)
  if (before?.mtime === mtime) return before
  const html = marked(readFileSync(file, 'utf8'), token)
  const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 27)}"`
  const page = { mtime, html, etag, policy: policyOf(html) }
  known.set(file, page)
  return page
}

/** The page with the token, and a mark on its root by which styles know that it is not a published copy. */
export function marked(html: string, token: string): string {
  return html
    .replace(/<html\b/, '<html data-workbook="local"')
    .replace(/<head>/, `<head><meta name="${TOKEN_META}" content="${token}">`)
}

/** `a/index.html` is at `/a/`, `404.html` at `/404.html`. */
const addressOf = (file: string) =>
  `/${file
    .split(path.sep)
    .join('/')
    .replace(/(^|\/)index\.html$/, '$1')}`
