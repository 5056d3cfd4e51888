/** A learner's way through the first lab, on a real server with a real stack. */

import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { engineVersion } from '../../workbook/stack/container/docker.ts'
import { type Learner, test } from './fixture.ts'

const LAB = '/01-authentication/lab-01-password-login/'

/** Where containers are mandatory their absence is an error and no reason to skip. */
const needsDocker = async () => process.env.WORKBOOK_REQUIRE_CONTAINER === '1' || (await engineVersion()) !== undefined

const panel = (page: Page) => page.locator('.wb-panel').first()
const button = (page: Page, name: string) => panel(page).getByRole('button', { name, exact: true })
const verdict = (page: Page, id: string) => panel(page).locator(`[data-check="${id}"]`)
const over = (page: Page) => panel(page).locator('.wb-note[data-kind="end"]')

/** Opens the lab's page and starts the lab as processes: what a machine without Docker does. */
async function startLab(page: Page, learner: Learner, transport: 'process' | 'container' = 'process') {
  await page.goto(`${learner.origin}${LAB}`)
  await panel(page)
    .getByRole('button', { name: /^Lab L01/ })
    .click()
  await panel(page).getByLabel('Run on').selectOption(transport)
  await button(page, 'Start').click()
  await expect(button(page, 'Stop')).toBeVisible({ timeout: 60_000 })
}

for (const transport of ['process', 'container'] as const) {
  test(`a lab starts, its starter fails, and the solution turns it green file by file (${transport})`, async ({
    page,
    learner,
  }) => {
    test.skip(transport === 'container' && !(await needsDocker()), 'Docker does not answer here')
    test.setTimeout(240_000)
    await page.goto(`${learner.origin}/01-authentication/02-passwords-now/`)
    await page.locator(`.sl-markdown-content a[href^="${LAB}"]`).first().click()
    await expect(page).toHaveURL(new RegExp(LAB))
    await startLab(page, learner, transport)
    await button(page, 'Check').click()
    await expect(over(page)).toContainText('fail', { timeout: 60_000 })
    await expect(verdict(page, 'C05')).toHaveAttribute('data-verdict', 'fail')
    await expect(verdict(page, 'C01')).toHaveAttribute('data-verdict', 'pass')

    await panel(page).getByRole('tab', { name: 'Files' }).click()
    await panel(page).getByLabel('Compare').selectOption('mine-solution')
    // The reference is shown when it is asked for, and not before.
    await expect(panel(page).locator('.wb-files details')).toHaveCount(0)
    await button(page, 'Show the solution').click()
    const files = panel(page).locator('.wb-files details')
    await expect(files).toHaveCount(learner.differing().length)
    for (let left = learner.differing().length; left > 0; left--) {
      await files.first().locator('summary').click()
      await files.first().getByRole('button', { name: 'Take this file from the solution' }).click()
      await expect(files).toHaveCount(left - 1, { timeout: 15_000 })
    }
    await panel(page).getByRole('tab', { name: 'Checks' }).click()
    await button(page, 'Check').click()
    await expect(over(page)).toContainText('this lab is done', { timeout: 90_000 })
    await expect(verdict(page, 'C05')).toHaveAttribute('data-verdict', 'pass')
    await button(page, 'Stop').click()
    await expect(button(page, 'Start')).toBeVisible({ timeout: 60_000 })
  })
}

test('what was written comes back from a snapshot after a reset', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  await button(page, 'Stop').click()
  await expect(button(page, 'Start')).toBeVisible({ timeout: 30_000 })
  const mine = learner.file('api/src/auth/mine.ts')
  await writeFile(mine, 'export const work = "of an afternoon"\n')
  await panel(page).getByRole('tab', { name: 'Snapshots' }).click()
  await button(page, 'Put the starter back').click()
  await expect.poll(() => existsSync(mine), { timeout: 15_000 }).toBe(false)
  await expect(panel(page)).toContainText('kept as the snapshot')
  await panel(page).getByRole('row').filter({ hasText: 'before a reset' }).getByRole('button').click()
  await expect.poll(() => existsSync(mine), { timeout: 15_000 }).toBe(true)
  expect(await readFile(mine, 'utf8')).toContain('of an afternoon')
})

test('what was written in the page goes into the copy, and is graded there', async ({ page, learner }) => {
  test.setTimeout(240_000)
  await page.goto(`${learner.origin}${LAB}`)
  const shop = page.locator('.wb-panel[data-shop]')
  const act = (name: string) => shop.getByRole('button', { name, exact: true })
  const copied = shop.locator('.wb-shop-mine [role=status]')
  await shop.locator('.wb-panel-title').click()
  await shop.getByRole('tab', { name: 'Solution', exact: true }).click({ timeout: 20_000 })
  await act('Show the solution').click()
  await act('Show it all the same').click()
  await act('Put it into the editor').click()
  // There is no copy yet: it says so, and what was written stays where it is.
  await act('Copy into my workspace').click()
  await expect(copied).toContainText('You have no copy of L01 yet.', { timeout: 15_000 })
  await startLab(page, learner)
  await act('Copy into my workspace').click()
  await expect(copied).toContainText('Written into your copy:', { timeout: 30_000 })
  await expect(copied).toContainText('npm run lab -- restore L01')
  await act('Copy into my workspace').click()
  await expect(copied).toContainText('Your copy has them already.', { timeout: 30_000 })
  await button(page, 'Check').click()
  await expect(over(page)).toContainText('this lab is done', { timeout: 90_000 })
})

test('hints come one at a time, when they are asked for', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  await verdict(page, 'C05').getByRole('button', { name: 'Run C05' }).click()
  await expect(over(page)).toContainText('1 fail', { timeout: 30_000 })
  const hints = verdict(page, 'C05').locator('.wb-hints')
  await expect(hints.locator('li')).toHaveCount(0)
  for (const [i, name] of ['Give me a hint', 'One hint more (1 of 3)', 'One hint more (2 of 3)'].entries()) {
    await hints.getByRole('button', { name }).click()
    await expect(hints.locator('li')).toHaveCount(i + 1)
  }
  await expect(hints.getByRole('button')).toHaveCount(0)
  const { checks } = await learner.lastReport()
  expect(await hints.locator('li').allTextContents()).toEqual(checks[0]?.failure?.hints)
})

test('trouble of the environment is told as such, and no check is blamed', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  await writeFile(learner.file('api/src/server.ts'), 'throw new Error("a mistake in line one")\n')
  await button(page, 'Check').click()
  const trouble = panel(page).locator('.wb-note[data-kind="trouble"]')
  await expect(trouble).toContainText('The API ended during its start', { timeout: 60_000 })
  await expect(trouble).toContainText('a mistake in line one')
  await expect(trouble).toContainText('No check ran')
  await expect(panel(page).locator('[data-verdict="fail"]')).toHaveCount(0)
})

test('an act that is cancelled says so, and leaves the lab as it is', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  await learner.solve()
  await button(page, 'Check').click()
  await expect(verdict(page, 'C05')).toHaveAttribute('data-verdict', 'pass', { timeout: 30_000 })
  await button(page, 'Cancel').click()
  await expect(over(page)).toContainText('Stopped. You stopped it.', { timeout: 15_000 })
  await expect(button(page, 'Stop')).toBeVisible()
  await expect(panel(page).locator('[data-verdict="waiting"]')).toHaveCount(0)
})

test('the panel has no fault that axe finds, in none of its states', async ({ page, learner }) => {
  test.setTimeout(120_000)
  const faults = async (state: string) => {
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      const { violations } = await new AxeBuilder({ page }).include('.wb-lab').analyze()
      expect(violations.map((v) => `${state}, ${scheme}: ${v.id} ${v.nodes[0]?.html}`)).toEqual([])
    }
  }
  await page.goto(`${learner.origin}${LAB}`)
  await faults('untouched')
  await startLab(page, learner)
  await faults('running')
  await button(page, 'Check').click()
  await expect(over(page)).toContainText('fail', { timeout: 30_000 })
  await faults('failing')
  for (const name of ['Log', 'Files', 'Snapshots']) {
    await panel(page).getByRole('tab', { name }).click()
    await page.waitForTimeout(500)
    await faults(name)
  }
  await button(page, 'Keys').click()
  await faults('keys')
})

test('a page that is loaded again in the middle of a run shows every verdict, each once', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  await learner.solve()
  await button(page, 'Check').click()
  await expect(verdict(page, 'C05')).toHaveAttribute('data-verdict', 'pass', { timeout: 30_000 })
  await page.reload()
  // It opens by itself: it was open.
  await expect(button(page, 'Cancel')).toBeVisible()
  await expect(verdict(page, 'C05')).toHaveAttribute('data-verdict', 'pass')
  await expect(verdict(page, 'C09')).toHaveAttribute('data-verdict', 'waiting')
  await expect(over(page)).toContainText('this lab is done', { timeout: 30_000 })
  await expect(panel(page).locator('[data-verdict="waiting"]')).toHaveCount(0)
  await expect(panel(page).locator('[data-check]')).toHaveCount(16)
})

test('the workbook that ends in the middle of a run is missed, and found again', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  await learner.solve()
  await button(page, 'Check').click()
  await expect(verdict(page, 'C05')).toHaveAttribute('data-verdict', 'pass', { timeout: 30_000 })
  await learner.stop('SIGKILL')
  await expect(panel(page)).toContainText('The workbook does not answer')
  await expect(button(page, 'Check')).toHaveCount(0)
  await learner.start()
  // The stack outlived the crash, the run did not; nothing spins for ever.
  await expect(panel(page)).not.toContainText('The workbook does not answer', { timeout: 15_000 })
  await expect(button(page, 'Stop')).toBeVisible({ timeout: 15_000 })
  await expect(panel(page).locator('[data-verdict="waiting"]')).toHaveCount(0)
  // Another start has another token: the page finds it by itself.
  await button(page, 'Check').click()
  await expect(over(page)).toContainText('this lab is done', { timeout: 30_000 })
})

test('two tabs show the same run, and only one act goes on at a time', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  const other = await page.context().newPage()
  await other.goto(`${learner.origin}${LAB}`)
  await panel(other)
    .getByRole('button', { name: /^Lab L01/ })
    .click()
  await expect(button(other, 'Stop')).toBeVisible({ timeout: 15_000 })
  await button(page, 'Check').click()
  await expect(button(other, 'Cancel')).toBeVisible()
  await expect(over(other)).toContainText('fail', { timeout: 30_000 })
  await expect(over(page)).toContainText('fail')
  for (const id of ['C01', 'C05', 'C09'])
    expect(await verdict(other, id).getAttribute('data-verdict')).toBe(
      await verdict(page, id).getAttribute('data-verdict'),
    )
})

test('the page says of a failure what the terminal says', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  await button(page, 'Check').click()
  await expect(over(page)).toContainText('fail', { timeout: 30_000 })
  const report = await learner.lastReport()
  for (const { id, failure } of report.checks.filter((c) => c.failure !== undefined)) {
    const row = verdict(page, id)
    const head = row.locator('.wb-row-head')
    if ((await head.getAttribute('aria-expanded')) === 'false') await head.click()
    const said = await row.locator('.wb-evidence dd').evaluateAll((all) => all.map((dd) => dd.firstChild?.textContent))
    expect(said, id).toEqual([failure?.did, failure?.expected, failure?.received, failure?.why])
  }
})

test('a watch checks what was saved', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  await button(page, 'Watch').click()
  await expect(over(page)).toContainText('fail', { timeout: 30_000 })
  await learner.solve()
  await expect(over(page)).toContainText('this lab is done', { timeout: 60_000 })
  await expect(panel(page)).toContainText('was saved')
  await button(page, 'End the watch').click()
  await expect(button(page, 'Watch')).toBeVisible({ timeout: 15_000 })
})

test('keys work inside the panel, and nowhere else', async ({ page, learner }) => {
  test.setTimeout(120_000)
  await startLab(page, learner)
  await page.locator('h1').first().click()
  await page.keyboard.press('c')
  await expect(button(page, 'Cancel')).toHaveCount(0)
  await panel(page)
    .getByRole('button', { name: /^Lab L01/ })
    .focus()
  await page.keyboard.press('c')
  await expect(over(page)).toContainText('fail', { timeout: 30_000 })
  await page.keyboard.press('l')
  await expect(panel(page).getByRole('tab', { name: 'Log' })).toHaveAttribute('aria-selected', 'true')
  await panel(page).getByLabel('Search').fill('nothing has these words')
  await expect(panel(page).getByRole('log')).toHaveText('No line.')
  // What is typed into a field is no command.
  await expect(button(page, 'Cancel')).toHaveCount(0)
})
