/** What a learner has read and done, on the pages of a real workbook. */
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { loadChecks } from '../../workbook/grader/load.ts'
import { ran } from '../../workbook/progress/record.ts'
import { readProgress, updateProgress } from '../../workbook/progress/store.ts'
import { catalog, lessons, pages } from '../pages.ts'
import { type Learner, test } from './fixture.ts'

const LAB = '/01-authentication/lab-01-password-login/'
const [first, second] = lessons
const [module] = catalog.modules
if (!first || !second || !module) throw new Error('The course has no pages to test.')

const progressFile = (learner: Learner) => learner.file('../progress.json')
const kept = async (learner: Learner) => (await readProgress(progressFile(learner))).progress
const inSidebar = (page: Page, href: string) => page.locator(`.sidebar-content a[href="${href}"]`)
const read = (page: Page) => page.locator('[data-wb-read] button')
const said = (page: Page) => page.locator('[data-wb-read] [role=status]')

/** Core checks of all labs that count for a goal. */
async function coreOf(goal: string): Promise<number> {
  const checks = await Promise.all(catalog.labs.filter((lab) => lab.goals.includes(goal)).map(loadChecks))
  return checks.flat().filter((check) => check.level === 'core').length
}

test('a lesson is begun when it was looked at, and the first page leads back to its heading', async ({
  page,
  learner,
}) => {
  await page.goto(`${learner.origin}/`)
  await expect(page.getByRole('link', { name: `Begin with ${first.id}` })).toBeVisible()

  await page.goto(`${learner.origin}${second.path}`)
  const heading = page.locator('.sl-markdown-content h2').nth(2)
  const [id, title] = [await heading.getAttribute('id'), await heading.textContent()]
  await heading.evaluate((h) => h.scrollIntoView())
  await expect.poll(async () => (await kept(learner)).lessons[second.path]?.heading, { timeout: 15_000 }).toBe(id)

  await page.goto(`${learner.origin}/`)
  const on = page.getByRole('link', { name: `Continue with ${second.id} ${second.title}` })
  await expect(on).toHaveAttribute('href', `${second.path}#${id}`)
  await expect(page.getByText(`You were at “${title}”.`)).toBeVisible()
  await on.click()
  await expect(inSidebar(page, second.path)).toContainText('begun')
})

test('a page that is only passed by is not begun', async ({ page, learner }) => {
  await page.goto(`${learner.origin}${first.path}`)
  await expect(read(page)).toBeVisible()
  await page.goto(`${learner.origin}${second.path}`)
  await expect.poll(async () => Object.keys((await kept(learner)).lessons), { timeout: 15_000 }).toEqual([second.path])
})

test('a lesson is marked as read, by keyboard, and no longer so', async ({ page, learner }) => {
  await page.goto(`${learner.origin}${first.path}`)
  await expect(read(page)).toBeVisible()
  await read(page).focus()
  await page.keyboard.press('Enter')
  await expect(said(page)).toHaveText('Marked as read.')
  await expect(read(page)).toHaveText('Read. Mark as unread')
  await expect(read(page)).toBeFocused()
  await expect(inSidebar(page, first.path)).toContainText('✓')
  await expect(inSidebar(page, first.path).locator('.sr-only')).toHaveText(', read')
  await expect(page.locator('.sidebar-content .group-label').first()).toContainText(`1 of ${module.lessons.length}`)

  await page.goto(`${learner.origin}/${module.slug}/`)
  await expect(page.locator('[data-wb-module]')).toContainText(`1 of ${module.lessons.length} pages done`)
  await expect(page.locator(`main a[href="${first.path}"]`)).toContainText('✓')
  await page.goto(`${learner.origin}/`)
  await expect(page.locator('[data-wb=lessons]')).toHaveText(/^1 of \d+$/)
  await expect(page.locator('[data-wb=done]')).toHaveText('30 min')
  await expect(page.getByRole('link', { name: `Continue with ${second.id}` })).toBeVisible()

  await page.goto(`${learner.origin}${first.path}`)
  await read(page).click()
  await expect(said(page)).toHaveText('Marked as unread.')
  await expect(inSidebar(page, first.path)).not.toContainText('✓')
  expect((await kept(learner)).lessons[first.path]?.doneAt).toBeUndefined()
})

test('what is marked while the workbook is away is kept, and sent when it is back', async ({ page, learner }) => {
  test.setTimeout(60_000)
  await page.goto(`${learner.origin}${first.path}`)
  await expect(read(page)).toHaveText('Mark as read')
  await learner.stop('SIGKILL')
  await read(page).click()
  await expect(said(page)).toContainText('The workbook does not answer. This is kept in this browser')
  await expect(read(page)).toHaveText('Read. Mark as unread')
  await learner.start()
  await expect.poll(async () => (await kept(learner)).lessons[first.path]?.doneAt, { timeout: 20_000 }).toBeDefined()
  await page.reload()
  await expect(read(page)).toHaveText('Read. Mark as unread')
})

test('the page of a lab says how many core checks have passed, and is done when the lab is', async ({
  page,
  learner,
}) => {
  const lab = async (complete: boolean, verdicts: Record<string, 'pass' | 'fail'>) => {
    const digest = '0'.repeat(64)
    const evidence = {
      workspace: digest,
      lab: digest,
      grader: digest,
      transport: 'process' as const,
      track: 'express',
      seed: '1',
    }
    const checks = Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict }))
    const run = { lab: 'L01', at: new Date().toISOString(), complete, checks, evidence }
    await updateProgress(progressFile(learner), (progress) => ran(progress, run))
  }
  await lab(false, { C01: 'pass', C02: 'fail' })
  await page.goto(`${learner.origin}${LAB}`)
  await expect(said(page)).toHaveText(/^1 of 12 core checks of L01 have passed\./)
  await expect(read(page)).toBeHidden()
  await expect(inSidebar(page, LAB)).toContainText('1 of 12')
  await page.goto(`${learner.origin}/`)
  await expect(page.locator('[data-wb-goal="secure-jwt-auth"]')).toHaveText(`1 of ${await coreOf('secure-jwt-auth')}`)

  await page.goto(`${learner.origin}${LAB}`)
  await expect(inSidebar(page, LAB)).toContainText('1 of 12')
  await lab(true, { C02: 'pass' })
  // The terminal changed it; coming back to the tab shows it.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await expect(inSidebar(page, LAB)).toContainText('✓')
  await expect(said(page)).toContainText('L01 is done')
})

test('pages ask nobody but their own workbook, nothing goes wrong in them, and axe finds no fault', async ({
  page,
  learner,
}) => {
  test.setTimeout(180_000)
  const outside: string[] = []
  const wrong: string[] = []
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(learner.origin) && !url.startsWith('data:')) outside.push(url)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`)
  })
  page.on('pageerror', (error) => wrong.push(error.message))
  for (const url of pages.filter((p) => p !== '/404.html')) {
    await page.goto(`${learner.origin}${url}`, { waitUntil: 'networkidle' })
    const { violations } = await new AxeBuilder({ page }).analyze()
    const faults = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`)
    expect.soft(faults, url).toEqual([])
  }
  expect(outside).toEqual([])
  expect(wrong).toEqual([])
})

for (const width of [1280, 360]) {
  test(`nothing jumps when progress comes, ${width} px`, async ({ page, learner }) => {
    await page.setViewportSize({ width, height: 800 })
    await updateProgress(progressFile(learner), (progress) => ({
      ...progress,
      lessons: { [first.path]: { firstSeen: at, lastSeen: at, doneAt: at, heading: 'exit-codes' } },
      last: { path: first.path, at },
    }))
    for (const url of ['/', first.path, LAB, `/${module.slug}/`]) {
      await page.goto(`${learner.origin}${url}`, { waitUntil: 'networkidle' })
      const shift = await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            let sum = 0
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value
            }).observe({ type: 'layout-shift', buffered: true })
            setTimeout(() => resolve(sum), 300)
          }),
      )
      // 0.1 counts as good (web.dev/articles/cls); here nothing but a line in the sidebar may move.
      expect.soft(shift, url).toBeLessThanOrEqual(0.01)
    }
  })
}
const at = '2026-11-22T10:00:00.000Z'

test('the table of keys says of the panel what the panel says of itself', async ({ page, learner }) => {
  await page.goto(`${learner.origin}/keys/`)
  const rows = page.locator('#panel tr:has(td)')
  const table = await rows.evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)))
  await page.goto(`${learner.origin}${LAB}`)
  const panel = page.locator('.wb-panel').first()
  await panel.getByRole('button', { name: /^Lab L01/ }).click()
  // A key that comes before the panel's code is not kept, as a click is.
  await expect(panel.getByRole('tablist')).toBeVisible()
  await panel.getByRole('button', { name: /^Lab L01/ }).press('?')
  const list = panel.locator('.wb-panel-keys dl > div')
  await expect(list.first()).toBeVisible()
  expect(table).toEqual(await list.evaluateAll((all) => all.map((row) => [...row.children].map((c) => c.textContent))))
})
