/**
 * What a page costs before it is touched, gzip, measured on the files that a browser loads: `docs/architecture.md` says
 * why each number is what it is. Inline scripts and styles count as scripts and styles, and as HTML too.
 */
import { gzipSync } from 'node:zlib'
import { expect, type Page } from '@playwright/test'

const KB = 1000
const BUDGET = { js: 12 * KB, css: 17 * KB, shell: 8 * KB, html: 25 * KB }

/** Bytes. */
export interface Cost {
  js: number
  css: number
  html: number
  shell: number
}

/** Loads the page, waits until it asks for nothing more, and weighs what came. */
export async function costOf(page: Page, path: string): Promise<Cost> {
  const loaded: { type: string; body: Promise<Buffer> }[] = []
  page.on('response', (response) =>
    loaded.push({ type: response.headers()['content-type'] ?? '', body: response.body() }),
  )
  await page.goto(path, { waitUntil: 'networkidle' })
  // What a page loads when the browser is idle counts as well.
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)))
  await page.waitForLoadState('networkidle')

  const cost: Cost = { js: 0, css: 0, html: 0, shell: 0 }
  for (const { type, body } of loaded) {
    const size = gzip(await body)
    if (type.includes('javascript')) cost.js += size
    else if (type.includes('css')) cost.css += size
    else if (type.includes('html')) cost.html += size
  }
  const source = await (await page.request.get(path)).text()
  const parts = await page.evaluate((html) => {
    const document = new DOMParser().parseFromString(html, 'text/html')
    const text = (selector: string) => [...document.querySelectorAll(selector)].map((e) => e.textContent).join('\n')
    const inline = { js: text('script:not([src]):not([type="application/json"])'), css: text('style') }
    for (const content of document.querySelectorAll('.sl-markdown-content')) content.replaceChildren()
    return { ...inline, shell: document.documentElement.outerHTML }
  }, source)
  cost.js += parts.js === '' ? 0 : gzip(parts.js)
  cost.css += parts.css === '' ? 0 : gzip(parts.css)
  cost.shell = gzip(parts.shell)
  return cost
}

const gzip = (data: string | Buffer) => gzipSync(data, { level: 9 }).length

/** Says what the page costs, and holds it against the budget. */
export function keepsBudget(path: string, cost: Cost): void {
  console.log(`${path}  js ${kb(cost.js)}  css ${kb(cost.css)}  html ${kb(cost.html)}  shell ${kb(cost.shell)}`)
  expect.soft(cost.js, `scripts of ${path}`).toBeLessThanOrEqual(BUDGET.js)
  expect.soft(cost.css, `styles of ${path}`).toBeLessThanOrEqual(BUDGET.css)
  expect.soft(cost.shell, `HTML without the text of ${path}`).toBeLessThanOrEqual(BUDGET.shell)
  expect.soft(cost.html, `HTML of ${path}`).toBeLessThanOrEqual(BUDGET.html)
}

const kb = (bytes: number) => `${(bytes / KB).toFixed(1)} kB`
