/** No page has an accessibility fault that axe can find: every page, wide in light and narrow in dark. */
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { pages } from './pages.ts'

const VIEWS = [
  { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const

for (const view of VIEWS) {
  test.describe(`${view.colorScheme}, ${view.viewport.width} px`, () => {
    test.use(view)

    for (const path of pages) {
      test(`${path} has no fault`, async ({ page }) => {
        await page.goto(path)
        // What is folded is read, too.
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('main details')) details.setAttribute('open', '')
        })
        const { violations } = await new AxeBuilder({ page }).analyze()
        expect(
          violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`),
        ).toEqual([])
      })
    }
  })
}
