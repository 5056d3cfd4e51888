/** Exercises in the engines of Firefox and Safari: Debian's Firefox ESR, and WebKitGTK, which stands for Safari and is not Safari. */
import { expect, test } from '@playwright/test'
import { catalog } from '../pages.ts'
import { type Driven, FIREFOX, openFirefox, openWebKit, WEBKIT } from './drive.ts'

const exercises = catalog.exercises.filter(({ files }) => files.length > 0)
const engines = [
  { name: 'Firefox', there: FIREFOX !== undefined, open: openFirefox },
  { name: 'WebKitGTK', there: WEBKIT !== undefined, open: openWebKit },
]

/** Clicks what shows these words; the page may not have it yet. */
async function click(page: Driven, words: string, selector = 'button'): Promise<void> {
  const find = `const found = [...document.querySelectorAll(${JSON.stringify(`.wb-panel[data-shop] ${selector}`)})]
    .find((one) => one.textContent.trim().startsWith(${JSON.stringify(words)}) && !one.disabled)
    found?.click()
    return found !== undefined`
  await expect.poll(() => page.evaluate(find), { timeout: 20_000, message: `a button "${words}"` }).toBe(true)
}

/** Opens the workshop. These drivers may be there before the page's scripts are, so it is tried until it is open. */
async function open(page: Driven): Promise<void> {
  const body = `const title = document.querySelector('.wb-panel[data-shop] .wb-panel-title')
    if (title?.getAttribute('aria-expanded') !== 'true') title?.click()
    return document.querySelector('.wb-panel[data-shop] .cm-editor') !== null`
  await expect.poll(() => page.evaluate(body), { timeout: 20_000, intervals: [1_000] }).toBe(true)
}

/** Checks, and gives the last words. */
async function check(page: Driven): Promise<string> {
  const said = "return document.querySelector('.wb-panel[data-shop] .wb-shop > [role=status]')?.textContent ?? ''"
  const before = await page.evaluate(said)
  await click(page, 'Check')
  await expect
    .poll(() => page.evaluate(said), { timeout: 30_000 })
    .toEqual(expect.stringMatching(/^\d+ (pass|fail).* in \d+\.\d s$/))
  const after = String(await page.evaluate(said))
  expect(after).not.toBe(before)
  return after
}

for (const engine of engines) {
  test.describe(engine.name, () => {
    test.skip(!engine.there, `${engine.name} is not installed here; .ci/run installs it on Debian.`)
    test.setTimeout(120_000)

    for (const { id, slug } of exercises) {
      test(`${id}: its starter fails, its solution passes`, async ({ baseURL }) => {
        const page = await engine.open()
        try {
          await page.open(new URL(`/exercises/${slug}/`, baseURL).href)
          await open(page)
          expect(await check(page)).toContain('fail')
          await click(page, 'Solution', '[role=tab]')
          await click(page, 'Show the solution')
          await click(page, 'Show it all the same')
          await click(page, 'Put it into the editor')
          const said = await check(page)
          expect(said).toMatch(/^\d+ pass in/)
          console.log(`${engine.name}, ${id}, the solution: ${said}`)
        } finally {
          await page.close()
        }
      })
    }
  })
}
