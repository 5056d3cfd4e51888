/**
 * WebContainers, for owners of a site who choose them: `WORKBOOK_WEBCONTAINERS=https://stackblitz.com npm run build`. Makes a page of its own for each exercise, since the
 * runtime needs headers that would break what other pages hold, and writes these headers down for hosts that read `_headers`. Without the variable nothing of it is in the
 * site. docs/architecture.md, "WebContainers", says what an owner accepts with it.
 */
import { writeFile } from 'node:fs/promises'
import type { AstroIntegration } from 'astro'

const NAME = 'WORKBOOK_WEBCONTAINERS'

/**
 * The origin that the runtime comes from, by the environment of the build; '' where there is to be none.
 * @throws Error with a sentence, where the variable is something else
 */
export function containerHost(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = env[NAME]?.trim() ?? ''
  if (given === '') return ''
  const url = URL.parse(given)
  const local = url?.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname)
  if (url === null || !(url.protocol === 'https:' || local) || url.pathname !== '/' || url.search !== '')
    throw new Error(
      `${NAME} is "${given}". It has to be the address that the runtime comes from, such as https://stackblitz.com.`,
    )
  return url.origin
}

/** Headers of the isolated pages, and of the frame in them that runs programs instead (HTML, "Cross-origin isolation"). */
const HEADERS = `/webcontainer/*
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
/_run/isolated-frame.*
  Cross-Origin-Embedder-Policy: require-corp
  Cross-Origin-Resource-Policy: cross-origin
`

export function webContainers(host: string): AstroIntegration {
  return {
    name: 'webcontainers',
    hooks: {
      'astro:config:setup': ({ updateConfig }) => {
        updateConfig({ vite: { define: { __WEBCONTAINERS__: JSON.stringify(host) } } })
      },
      'astro:build:done': async ({ dir }) => {
        if (host !== '') await writeFile(new URL('_headers', dir), HEADERS)
      },
    },
  }
}
