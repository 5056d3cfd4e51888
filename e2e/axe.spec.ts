/** No page has an accessibility fault that axe can find: every page, in light and dark, wide and narrow. */
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { pages } from './pages.ts'

const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } }

for (const path of pages) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, viewport] of Object.entries(SIZES)) {
      test(`${path} in ${colorScheme}, ${name}`, async ({ browser, baseURL }) => {
        const context = await browser.newContext({ colorScheme, viewport, ...(baseURL === undefined ? {} : { baseURL }) })
        const page = await context.newPage()
        await page.goto(path)
        // What is folded is read, too.
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('main details')) details.setAttribute('open', '')
        })
        const { violations } = await new AxeBuilder({ page }).analyze()
        expect(violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`)).toEqual([])
        await context.close()
      })
    }
  }
}
