/** The lab on the page, as a reader feels it: touched until it answers, checked until the first verdict. In Chromium, on a running lab. */
import { rm } from 'node:fs/promises'
import { chromium, type Page } from 'playwright'
import { findLab, loadCatalog } from '../workbook/catalog/index.ts'
import { findChromium } from '../workbook/doctor/browser.ts'
import { freePort } from '../workbook/doctor/ports.ts'
import { createWorkbook } from '../workbook/server/workbook.ts'
import { contextOf } from '../workbook/session/context.ts'
import { startLab, stopLab } from '../workbook/session/labs.ts'
import { buildSite } from '../workbook/session/site.ts'
import { makeHome } from '../workbook/verify/checkout.ts'
import { root } from './subject.ts'

export interface PanelTimes {
  /** Click on the untouched panel until it is open and knows how the lab stands. */
  interactive: number[]
  /** Click on Check until the first verdict stands on the page. */
  firstVerdict: number[]
}

const LESSON = '01-authentication/lab-01-password-login/'

/** Measures in a home of its own, whose copy of L01 is the starter, on the given transport. */
export async function panelTimes(transport: 'process' | 'container', rounds: number): Promise<PanelTimes> {
  const home = makeHome()
  process.env.API_PORT = String(await freePort())
  const context = await contextOf(home, new AbortController().signal, () => {})
  const catalog = await loadCatalog(home)
  const dist = await buildSite(root, context.signal, () => {})
  const workbook = await createWorkbook({ context, catalog, dist, port: 0 })
  const lab = await findLab(home, 'L01')
  const executablePath = findChromium()
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  try {
    await startLab(context, lab, { runtime: transport, track: undefined })
    const times: PanelTimes = { interactive: [], firstVerdict: [] }
    for (let round = 0; round < rounds; round++) {
      const page = await browser.newPage()
      await page.goto(`${workbook.url}${LESSON}`, { waitUntil: 'networkidle' })
      times.interactive.push(await touch(page))
      times.firstVerdict.push(await check(page))
      await page.locator('.wb-note[data-kind="end"]').waitFor({ timeout: 60_000 })
      await page.context().close()
    }
    return times
  } finally {
    await browser.close()
    await stopLab(context, lab)
    await workbook.close()
    await rm(home, { recursive: true, force: true })
  }
}

/** Nothing was loaded before: the click comes without a pointer over the panel. */
const touch = (page: Page) =>
  page.evaluate(async () => {
    const button = document.querySelector<HTMLElement>('.wb-panel-title')
    const from = performance.now()
    button?.click()
    while (document.querySelector('.wb-panel-checks') === null) await new Promise(requestAnimationFrame)
    return performance.now() - from
  })

const check = (page: Page) =>
  page.evaluate(async () => {
    const button = document.querySelector<HTMLButtonElement>('.wb-panel .wb-main')
    while (button?.disabled) await new Promise(requestAnimationFrame)
    const from = performance.now()
    button?.click()
    const word = () => [...document.querySelectorAll('.wb-panel-checks .wb-ms')]
    const before = new Set(word())
    const waits = () => document.querySelector('[data-verdict="waiting"]') !== null
    // First all of them wait, then the first one has its verdict beside others that still wait.
    while (!waits()) await new Promise(requestAnimationFrame)
    while (word().every((element) => before.has(element))) await new Promise(requestAnimationFrame)
    return performance.now() - from
  })
