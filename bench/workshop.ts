/** Programs in the page, as a reader feels them: from the click on Check to all verdicts, with nothing in the browser's cache and again. In Chromium, on the built site. */
import { gzipSync } from 'node:zlib'
import { chromium, type Page } from 'playwright'
import { findChromium } from '../workbook/doctor/browser.ts'
import { listen, siteApp } from '../workbook/server/static.ts'
import { buildSite } from '../workbook/session/site.ts'
import { root } from './subject.ts'

export interface WorkshopTimes {
  /** From the click that opens it, of a page that loaded nothing of it, until the last verdict; Check is clicked as soon as it is there. */
  cold: number[]
  /** From the second click on Check until the last verdict. */
  warm: number[]
  /** Bytes that came after the page itself, as they are and with gzip. */
  bytes: { raw: number; gzip: number }
}

/**
 * @param path of a page with a workshop
 * @param button what is clicked: `Check`, or `Run C01`
 */
export async function workshopTimes(path: string, button: string, rounds: number): Promise<WorkshopTimes> {
  const site = await listen(siteApp(await buildSite(root, new AbortController().signal, () => {})), { port: 0 })
  const executablePath = findChromium()
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  const times: WorkshopTimes = { cold: [], warm: [], bytes: { raw: 0, gzip: 0 } }
  try {
    for (let round = 0; round < rounds; round++) {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(`${site.url}${path}`, { waitUntil: 'networkidle' })
      const bodies: Promise<Buffer>[] = []
      page.on('response', (response) => {
        // A Worker's own address is text that the page has already.
        if (round === 0 && !response.url().startsWith('blob:'))
          bodies.push(response.body().catch(() => Buffer.alloc(0)))
      })
      times.cold.push(await graded(page, button, true))
      times.warm.push(await graded(page, button, false))
      for (const body of await Promise.all(bodies)) {
        times.bytes.raw += body.length
        times.bytes.gzip += gzipSync(body).length
      }
      await context.close()
    }
    return times
  } finally {
    await browser.close()
    await site.close()
  }
}

/** Clicks, and waits for the sentence that ends a run. */
const graded = (page: Page, button: string, open: boolean) =>
  page.evaluate(
    async ([words, untouched]) => {
      const shop = () => document.querySelector('.wb-panel[data-shop]')
      const frame = () => new Promise(requestAnimationFrame)
      const from = performance.now()
      if (untouched) shop()?.querySelector<HTMLElement>('.wb-panel-title')?.click()
      const find = () =>
        [...(shop()?.querySelectorAll<HTMLButtonElement>('button') ?? [])].find(
          (one) => (one.getAttribute('aria-label') ?? one.textContent)?.trim() === words && !one.disabled,
        )
      while (find() === undefined) await frame()
      const said = () => shop()?.querySelector('.wb-shop > [role=status]')?.textContent ?? ''
      find()?.click()
      while (/ in \d+\.\d s/.test(said())) await frame()
      while (!/ in \d+\.\d s/.test(said())) await frame()
      return performance.now() - from
    },
    [button, open] as const,
  )
