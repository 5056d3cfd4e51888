/** Quizzes on a lesson page: with scripts, without, with a local workbook behind the page, by keyboard alone. */
import { gzipSync } from 'node:zlib'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { lessons } from './pages.ts'

const found = lessons.find((lesson) => lesson.quizzes.length > 1)
const [quiz, other] = found?.quizzes ?? []
if (found === undefined || quiz === undefined || other === undefined) throw new Error('No page has two quizzes.')
const path = found.path
const right = quiz.options.findIndex((option) => option.correct)
const wrong = quiz.options.findIndex((option) => !option.correct)

/** Text as the page shows it: without the marks of code spans. */
const plain = (text = '') => text.replaceAll('`', '')
const feedback = (index: number) => plain(quiz.options[index]?.feedback)

const partsOf = (page: Page, id = quiz.id) => {
  const block = page.locator(`wb-quiz[data-id="${id}"]`)
  return {
    block,
    option: (index: number) => block.getByRole('radio').nth(index),
    check: block.getByRole('button', { name: 'Check' }),
    status: block.getByRole('status'),
  }
}

test.describe('a quiz', () => {
  test('is a named group of radio buttons, every one with its text', async ({ page }) => {
    await page.goto(path)
    const group = page.getByRole('group', { name: plain(quiz.question) })
    await expect(group.getByRole('radio')).toHaveCount(quiz.options.length)
    for (const option of quiz.options)
      await expect(group.getByRole('radio', { name: plain(option.text) })).toBeVisible()
  })

  test('says nothing before it is asked, what the choice means when it is, and lets one try again', async ({
    page,
  }) => {
    await page.goto(path)
    const { option, check, status, block } = partsOf(page)
    await check.click()
    await expect(status).toHaveText('Choose an answer first.')
    await option(wrong).check()
    await expect(status).toHaveText('')
    await expect(block.locator('.wb-feedback:visible')).toHaveCount(0)
    await check.click()
    await expect(status).toHaveText(`No. ${feedback(wrong)} Choose another one, and check again.`)
    await option(right).check()
    await expect(status).toHaveText('')
    await check.click()
    await expect(status).toHaveText(`Right. ${feedback(right)}`)
  })

  test('is answered by keyboard alone', async ({ page }) => {
    await page.goto(path)
    const { option, check, status } = partsOf(page)
    await option(0).focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    await expect(option(1)).toBeChecked()
    await page.keyboard.press('Tab')
    await expect(check).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(status).toContainText(feedback(1))
  })

  test('keeps its answer in this browser, shows it again and does not announce it; others stay open', async ({
    page,
  }) => {
    await page.goto(path)
    await partsOf(page).option(right).check()
    await partsOf(page).check.click()
    await page.reload()
    const { option, block } = partsOf(page)
    await expect(option(right)).toBeChecked()
    await expect(block.locator('.wb-answer')).toHaveText(`Right. ${feedback(right)}`)
    await expect(partsOf(page, other.id).block.locator('input:checked')).toHaveCount(0)
    await expect(partsOf(page, other.id).status).toHaveText('')
  })

  test('works where the browser stores nothing', async ({ page }) => {
    await page.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new Error('forbidden')
        },
      })
    })
    await page.goto(path)
    await partsOf(page).option(right).check()
    await partsOf(page).check.click()
    await expect(partsOf(page).status).toContainText(feedback(right))
  })

  test('explains each choice without scripts', async ({ browser, baseURL }) => {
    const page = await browser.newPage({ javaScriptEnabled: false, ...(baseURL === undefined ? {} : { baseURL }) })
    await page.goto(path)
    const { block, option } = partsOf(page)
    await expect(block.locator('button')).toBeHidden()
    await expect(block.locator('.wb-feedback:visible')).toHaveCount(0)
    await option(wrong).check()
    await expect(block.locator('.wb-feedback:visible')).toHaveText(`No. ${feedback(wrong)}`)
    await option(right).check()
    await expect(block.locator('.wb-feedback:visible')).toHaveText(`Right. ${feedback(right)}`)
    await page.close()
  })

  test('is told by words, not by colour alone', async ({ page }) => {
    await page.emulateMedia({ forcedColors: 'active' })
    await page.goto(path)
    await partsOf(page).option(wrong).check()
    await partsOf(page).check.click()
    await expect(partsOf(page).status.locator('strong')).toHaveText('No.')
  })
})

test.describe('an answered quiz has no accessibility fault', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(colorScheme, async ({ page }) => {
      await page.emulateMedia({ colorScheme })
      await page.goto(path)
      for (const choice of [wrong, right]) {
        await partsOf(page).option(choice).check()
        await partsOf(page).check.click()
        await expect(partsOf(page).status).toContainText(feedback(choice))
        const { violations } = await new AxeBuilder({ page }).include('wb-quiz').analyze()
        expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`)).toEqual([])
      }
    })
  }
})

test.describe('a quiz and the workbook on this machine', () => {
  /** The page as `npm start` serves it: with a token. */
  const serveToken = (page: Page) =>
    page.route(`**${path}`, async (route) => {
      const response = await route.fetch()
      const body = (await response.text()).replace('</head>', '<meta name="workbook-api" content="t0ken"></head>')
      await route.fulfill({ response, body })
    })

  test('sends each answer with the token, and shows what the progress file knows', async ({ page }) => {
    const sent: unknown[] = []
    await serveToken(page)
    await page.route('**/api/progress/quiz', async (route) => {
      const request = route.request()
      expect(request.headers()['x-workbook-token']).toBe('t0ken')
      if (request.method() === 'GET') return route.fulfill({ json: { [other.id]: 1 } })
      sent.push(request.postDataJSON())
      return route.fulfill({ json: { correct: true } })
    })
    await page.goto(path)
    await expect(partsOf(page, other.id).option(1)).toBeChecked()
    await partsOf(page).option(right).check()
    await partsOf(page).check.click()
    await expect(partsOf(page).status).toContainText(feedback(right))
    await expect.poll(() => sent).toEqual([{ id: quiz.id, choice: right }])
  })

  test('goes on in this browser where the workbook is gone', async ({ page }) => {
    await serveToken(page)
    await page.route('**/api/**', (route) => route.abort())
    await page.goto(path)
    await partsOf(page).option(right).check()
    await partsOf(page).check.click()
    await expect(partsOf(page).status).toContainText(feedback(right))
    await page.reload()
    await expect(partsOf(page).option(right)).toBeChecked()
  })

  test('asks nobody on a published page, and its script is at most 1.5 kB', async ({ page }) => {
    const asked: string[] = []
    const scripts: { url: string; body: Promise<string> }[] = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('response', (response) => {
      if (response.url().endsWith('.js')) scripts.push({ url: response.url(), body: response.text() })
    })
    await page.goto(path, { waitUntil: 'networkidle' })
    await partsOf(page).option(right).check()
    await partsOf(page).check.click()
    await expect(partsOf(page).status).toContainText(feedback(right))
    expect(asked.filter((url) => url.includes('/api/'))).toEqual([])
    const texts = await Promise.all(scripts.map(({ body }) => body))
    const own = texts.find((text) => text.includes('wb-quiz')) ?? ''
    expect(own).not.toBe('')
    expect(gzipSync(own, { level: 9 }).length).toBeLessThanOrEqual(1500)
  })
})
