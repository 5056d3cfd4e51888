/** What is tried on a lesson's page beside quizzes: choices, the cost of a password, the timeline of a family. By keyboard, and without scripts. */
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, expect, type Locator, type Page, test } from '@playwright/test'
import { catalog } from './pages.ts'

const pageOf = (lesson: string) => catalog.modules.flatMap((m) => m.lessons).find(({ id }) => id === lesson)?.path ?? ''

async function faultless(page: Page, within: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include(within).analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`)).toEqual([])
}

async function withoutScripts(browser: Browser, baseURL: string | undefined, path: string): Promise<Page> {
  const page = await browser.newPage({ javaScriptEnabled: false, ...(baseURL === undefined ? {} : { baseURL }) })
  await page.goto(path)
  return page
}

/** The island loads at the first touch; from then on it answers. */
async function awake(island: Locator): Promise<void> {
  await island.hover()
  // Its code comes over the wire and through the processor: on a busy machine that takes a while.
  await expect(island.locator('xpath=..')).toHaveAttribute('data-awake', '', { timeout: 20_000 })
}

test.describe('choices', () => {
  const choice = catalog.exercises.find(({ products }) => products.length > 0)
  if (choice === undefined) throw new Error('No exercise is a choice.')
  const path = pageOf(choice.lesson)
  const answer = async (page: Page, index: number, right: boolean) => {
    const product = choice.products[index]
    const block = page.locator(`wb-quiz[data-id="${product?.id}"]`)
    await block
      .getByRole('radio')
      .nth(product?.options.findIndex((option) => option.correct === right) ?? 0)
      .check()
    await block.getByRole('button', { name: 'Check' }).click()
    return block
  }

  test('count what is right, give a reason with its source, and keep both', async ({ page }) => {
    await page.goto(path)
    const score = page.locator('.wb-score')
    await expect(score).toHaveText('')
    const wrong = await answer(page, 0, false)
    await expect(wrong.getByRole('status')).toContainText('No.')
    await expect(wrong.getByRole('status').getByRole('link').first()).toHaveAttribute('href', /^https:/)
    await expect(score).toHaveText(`0 of ${choice.products.length} right, 1 answered.`)
    await expect(score).toHaveAttribute('role', 'status')
    await answer(page, 0, true)
    await answer(page, 1, true)
    await expect(score).toHaveText(`2 of ${choice.products.length} right, 2 answered.`)
    await faultless(page, 'wb-choices')
    await page.reload()
    await expect(score).toHaveText(`2 of ${choice.products.length} right, 2 answered.`)
  })

  test('give the reason without scripts', async ({ browser, baseURL }) => {
    const page = await withoutScripts(browser, baseURL, path)
    const block = page.locator(`wb-quiz[data-id="${choice.products[0]?.id}"]`)
    await block.getByRole('radio').first().check()
    await expect(block.locator('.wb-feedback:visible')).toHaveCount(1)
    await expect(block.locator('.wb-feedback:visible').getByRole('link').first()).toBeVisible()
    await page.close()
  })
})

test.describe('the cost of a password', () => {
  const path = pageOf('1.2')
  const island = (page: Page) => page.locator('.wb-cost')

  test('is measured on this device, judged, and leads to an estimate; by keyboard', async ({ page }) => {
    test.setTimeout(60_000)
    await page.goto(path)
    await awake(island(page))
    const box = island(page)
    await box.getByLabel('Memory, KiB (m)').fill('19456')
    await page.keyboard.press('Enter')
    await expect(box.getByRole('status')).toContainText(/Too fast|Right|Too slow/, { timeout: 30_000 })
    await expect(box.getByRole('row')).toHaveCount(2)
    await box.getByRole('button', { name: 'Fill in' }).click()
    const filled = Number(await box.getByLabel('Memory, KiB (m)').inputValue())
    await expect(box.locator('.wb-next')).toContainText(`m=${filled},`)
    await faultless(page, '.wb-cost')
  })

  test('below a floor is told before the clock', async ({ page }) => {
    await page.goto(path)
    await awake(island(page))
    await island(page).getByLabel('Memory, KiB (m)').fill('1024')
    await island(page).getByRole('button', { name: 'Measure' }).click()
    await expect(island(page).getByRole('status')).toContainText('Below a floor.', { timeout: 15_000 })
  })

  test('says without scripts that nothing is measured, and what the floors are', async ({ browser, baseURL }) => {
    const page = await withoutScripts(browser, baseURL, path)
    await expect(island(page).getByText('Measuring needs scripts')).toBeVisible()
    await expect(island(page).getByRole('button', { name: 'Measure' })).toBeHidden()
    await page.close()
  })
})

test.describe('the timeline of a family', () => {
  const path = pageOf('1.4')
  const island = (page: Page) => page.locator('.wb-rotation')

  test('shows who ends the family, and follows the grace, the order and lost replies; by keyboard', async ({
    page,
  }) => {
    await page.goto(path)
    const box = island(page)
    const row = (index: number) => box.getByRole('listitem').nth(index)
    await expect(row(1)).toContainText('the family ends')
    await awake(box)
    await box.getByRole('slider').focus()
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight')
    await expect(box.getByRole('status')).toHaveText('The family lives.')
    await expect(row(1)).toContainText('R1 → 200 R2')
    await row(0)
      .getByRole('button', { name: /^lose the reply/ })
      .focus()
    await page.keyboard.press('Enter')
    await expect(row(0)).toContainText('the reply is lost')
    await expect(row(2)).toContainText('R1 → 200 R2')
    await box.getByRole('button', { name: 'Add thief' }).focus()
    await page.keyboard.press('Enter')
    await expect(row(3)).toContainText('thief')
    await expect(box.getByRole('status')).toHaveText('The family ends at 4 s.')
    // The button goes with its row.
    await row(3)
      .getByRole('button', { name: /^Earlier/ })
      .focus()
    await page.keyboard.press('Enter')
    await expect(row(2)).toContainText('thief')
    await expect(row(2).getByRole('button', { name: /^Earlier/ })).toBeFocused()
    await row(2)
      .getByRole('button', { name: /^Remove/ })
      .focus()
    await page.keyboard.press('Enter')
    await expect(box.getByRole('listitem')).toHaveCount(3)
    await expect(row(2).getByRole('button', { name: /^Remove/ })).toBeFocused()
    await faultless(page, '.wb-rotation')
  })

  test('does what was clicked before its code was there', async ({ page }) => {
    await page.goto(path)
    await island(page).getByRole('button', { name: 'Add thief' }).click()
    await expect(island(page).getByRole('listitem')).toHaveCount(4)
  })

  test('can be read without scripts, and shows no button that does nothing', async ({ browser, baseURL }) => {
    const page = await withoutScripts(browser, baseURL, path)
    await expect(island(page).getByRole('listitem')).toHaveCount(3)
    await expect(island(page).getByRole('listitem').nth(1)).toContainText('the family ends')
    await expect(island(page).locator('button:visible')).toHaveCount(0)
    await page.close()
  })
})
