/**
 * Serves the built site. Files come with an ETag; what carries a hash in its name is cached for good, everything else is
 * asked for again. No compression: on the loopback interface it costs more than it saves.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express'

export interface StaticSite {
  server: Server
  /** `http://127.0.0.1:4321/` */
  url: string
  close(): Promise<void>
}

/**
 * Listens and serves `dist`.
 * @param options.port 0 takes any free port
 * @throws what `listen` throws: a taken port is an error with the code `EADDRINUSE`
 */
export async function createStaticServer(options: { dist: string; host?: string; port: number }): Promise<StaticSite> {
  return listen(siteApp(options.dist), options)
}

/** Listens with an application. @throws as `createStaticServer` */
export async function listen(app: Express, options: { host?: string; port: number }): Promise<StaticSite> {
  const { host = '127.0.0.1', port } = options
  // A request that does not come to its end is closed; answers, such as a stream of events, may last.
  const server = createServer(
    { requestTimeout: 20_000, headersTimeout: 20_000, connectionsCheckingInterval: 5_000 },
    app,
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    server,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        // A browser keeps its connections open; nobody waits for them.
        server.closeAllConnections()
      }),
  }
}

/** The site as an Express application, to which other routes can be added in front. */
export function siteApp(dist: string): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders)
  app.use(siteFiles(dist))
  return app
}

/**
 * Serves the files of `dist`, and its 404 page for everything else.
 * @param notFound answers for what is not there, where the page as it is built is not what is wanted
 */
export function siteFiles(dist: string, notFound?: RequestHandler): RequestHandler[] {
  const known = new HeaderCache()
  const files = express.static(dist, {
    setHeaders(response, file, stat) {
      const [folder] = path.relative(dist, file).split(path.sep)
      const hashed = folder === '_astro' || folder === '_run'
      response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      if (file.endsWith('.html'))
        for (const [name, value] of Object.entries(known.of(file, stat.mtimeMs))) response.setHeader(name, value)
    },
  })
  const missing: RequestHandler = (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response
        .status(405)
        .set({ Allow: 'GET, HEAD', Connection: 'close' })
        .type('text')
        .send('Only GET and HEAD.\n')
    sendNotFound(response, path.join(dist, '404.html'))
  }
  return [files, ...(notFound === undefined ? [] : [notFound]), missing, failed as unknown as RequestHandler]
}

function sendNotFound(response: Response, file: string): void {
  try {
    const html = readFileSync(file)
    response
      .status(404)
      .set({ 'Cache-Control': 'no-cache', ...headersOf(html.toString()) })
      .type('html')
      .send(html)
  } catch {
    response.status(404).type('text').send('There is no such page.\n')
  }
}

/** A path that cannot be decoded, a client that went away: an answer without a stack. */
const failed: ErrorRequestHandler = (error: { status?: number }, _request, response, next) => {
  if (response.headersSent) return next(error)
  const status = error.status ?? 500
  response
    .status(status)
    .type('text')
    .send(status < 500 ? 'This request cannot be read.\n' : 'The page could not be read from the disk.\n')
}

export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Content-Security-Policy': policyOf(''),
  })
  next()
}

/** The mark of a page that is isolated from others, with the origin that it holds a frame of (site/pages/webcontainer). */
const ISOLATED = /<meta name="workbook-isolated" content="([^"]*)"/

/**
 * Headers of a page, by what stands in it. An isolated one, and the frame of programs in it, take in nothing from elsewhere that does not agree
 * (HTML, "Cross-Origin-Embedder-Policy"); its other half, `Cross-Origin-Opener-Policy`, all pages have.
 */
export function headersOf(html: string): Record<string, string> {
  return {
    'Content-Security-Policy': policyOf(html),
    ...(ISOLATED.test(html) ? { 'Cross-Origin-Embedder-Policy': 'require-corp' } : {}),
    // A frame of an opaque origin is of another one than its page; Firefox then asks for this before it loads it.
    ...(ISOLATED.test(html) && OWN_POLICY.test(html) ? { 'Cross-Origin-Resource-Policy': 'cross-origin' } : {}),
  }
}

const OWN_POLICY = /<meta http-equiv="Content-Security-Policy" content="([^"]+)">/

/**
 * The Content-Security-Policy of a page: everything from here, and of inline scripts only those that stand in the file on
 * disk, by hash. A page that has a policy of its own keeps it. Styles may be inline, because highlighted code and diagrams carry style attributes.
 */
export function policyOf(html: string): string {
  const own = OWN_POLICY.exec(html)?.[1]
  // The frame that programs run in says itself what they may; only our own pages may hold it.
  if (own !== undefined) return `${own}; frame-ancestors 'self'; sandbox allow-scripts`
  const scripts = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, code = '']) => code)
  const held = ISOLATED.exec(html)?.[1]
  const hashes = [...new Set(scripts)].map((code) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`)
  return [
    "default-src 'self'",
    // The search index is read by WebAssembly.
    ["script-src 'self' 'wasm-unsafe-eval'", ...hashes].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(held === undefined ? [] : [`frame-src 'self' ${held}`]),
  ].join('; ')
}

/** Headers by file; a file that was built anew is read again. */
class HeaderCache {
  readonly #known = new Map<string, { mtime: number; headers: Record<string, string> }>()

  of(file: string, mtime: number): Record<string, string> {
    const known = this.#known.get(file)
    if (known?.mtime === mtime) return known.headers
    const headers = headersOf(readFileSync(file, 'utf8'))
    this.#known.set(file, { mtime, headers })
    return headers
  }
}
