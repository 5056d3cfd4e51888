/** Exercises in the engines of Firefox and Safari: Debian's Firefox ESR, and WebKitGTK, which stands for Safari and is not Safari. */
import { expect, test } from '@playwright/test'
import { catalog } from '../pages.ts'
import { check, click, engines, open } from './drive.ts'

const exercises = catalog.exercises.filter(({ files }) => files.length > 0)
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
