/** Exercises and labs that run in the page: with the real frame, the real Workers and the real database. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { catalog, root } from './pages.ts'

const exercises = catalog.exercises.filter(({ files }) => files.length > 0)
const jwt = exercises.find(({ id }) => id === 'X1.3')
if (jwt === undefined) throw new Error('There is no exercise X1.3.')
const home = `/exercises/${jwt.slug}/`
const textOf = (state: string) =>
  readFileSync(path.join(root, 'labs', 'exercises', jwt.slug, state, 'verify.ts'), 'utf8')

const partsOf = (page: Page) => {
  const shop = page.locator('.wb-panel[data-shop]')
  return {
    shop,
    title: shop.locator('.wb-panel-title'),
    editor: shop.getByRole('textbox', { name: /code editor/ }),
    check: shop.getByRole('button', { name: 'Check', exact: true }),
    stop: shop.getByRole('button', { name: 'Stop', exact: true }),
    tab: (name: string) => shop.getByRole('tab', { name, exact: true }),
    button: (name: string | RegExp) => shop.getByRole('button', { name }),
    verdicts: shop.locator('[data-verdict]'),
    said: shop.locator('.wb-shop > [role=status]'),
    alert: shop.getByRole('alert'),
  }
}
const open = async (page: Page, where = home) => {
  await page.goto(where)
  await partsOf(page).title.click()
  await expect(partsOf(page).editor).toBeVisible({ timeout: 15_000 })
  return partsOf(page)
}
/** Puts a text in the place of all, as a paste does. */
const write = async (page: Page, text: string) => {
  await partsOf(page).editor.focus()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
}
const kinds = (page: Page) =>
  partsOf(page).verdicts.evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.verdict))
const noFault = async (page: Page) => {
  const { violations } = await new AxeBuilder({ page }).include('.wb-panel[data-shop]').analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`)).toEqual([])
}

test.describe('an exercise', () => {
  test('is HTML that can be read without scripts', async ({ browser, baseURL }) => {
    const page = await browser.newPage({ javaScriptEnabled: false, ...(baseURL === undefined ? {} : { baseURL }) })
    await page.goto(home)
    await expect(page.locator('.wb-exercise-code')).toContainText('export async function verify')
    await page.close()
  })

  test('loads nothing of it before it is touched, and opens at the first click, however early', async ({ page }) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(home, { waitUntil: 'networkidle' })
    expect(asked.filter((name) => /_run|Bench|Workshop|react|client/i.test(name))).toEqual([])
    await partsOf(page).title.click()
    await expect(partsOf(page).editor).toBeVisible({ timeout: 15_000 })
    await expect(partsOf(page).title).toHaveAttribute('aria-expanded', 'true')
    await expect(page.locator('.wb-exercise-code')).toBeHidden()
  })

  test('fails as its starter, passes as its solution, and says so once', async ({ page }) => {
    const { check, said, verdicts, editor } = await open(page)
    await check.click()
    await expect(said).toHaveText(/^\d+ pass, \d+ fail.* in \d+\.\d s$/)
    expect(await kinds(page)).toContain('fail')
    await expect(verdicts.filter({ hasText: 'FAIL' }).first()).toContainText(/Did.*Expected.*Received.*Why/s)
    await write(page, textOf('solution'))
    await editor.press('ControlOrMeta+Enter')
    await expect(said).toHaveText(/^\d+ pass in/)
    expect(new Set(await kinds(page))).toEqual(new Set(['pass']))
  })

  test('gives hints one at a time', async ({ page }) => {
    const { check, said, shop } = await open(page)
    await check.click()
    await expect(said).toContainText('fail')
    await shop.getByRole('button', { name: 'Give me a hint' }).first().click()
    await expect(shop.locator('.wb-hints li')).toHaveCount(1)
    await shop.getByRole('button', { name: 'One hint more (1 of 3)' }).first().click()
    await expect(shop.locator('.wb-hints li')).toHaveCount(2)
  })

  test('shows the place of a mistake, in the line and in words, until the file is changed', async ({ page }) => {
    const { check, alert, shop, editor } = await open(page)
    await write(page, 'export const a = 1\nexport function verify( {\n')
    await check.click()
    await expect(alert).toContainText('It cannot be read as TypeScript')
    await expect(alert).toContainText('verify.ts, line')
    await expect(shop.locator('.wb-code-wrong')).toHaveCount(1)
    await expect(shop.locator('.wb-code-sentence')).toBeVisible()
    await noFault(page)
    await editor.press('x')
    await expect(alert).toHaveCount(0)
    await expect(shop.locator('.wb-code-wrong')).toHaveCount(0)
  })

  for (const [what, code, words] of [
    [
      'an unknown import',
      "import x from 'left-pad'\nexport const verify = () => x",
      /It imports what is not here.*left-pad/s,
    ],
    ['an error while it is loaded', "throw new Error('on purpose')", /It threw while it was loaded.*on purpose/s],
    ['a top level that never ends', 'while (true) {}', /It does not come to an end/],
  ] as const)
    test(`says of ${what} what it is`, async ({ page }) => {
      const { check, alert, said } = await open(page)
      await write(page, code)
      await check.click()
      await expect(alert).toContainText(words, { timeout: 12_000 })
      await expect(said).toContainText('fail')
      expect((await kinds(page)).slice(0, 2)).toEqual(['fail', 'blocked'])
    })

  test('ends a call that does not come back, and goes on afterwards', async ({ page }) => {
    const { check, said, shop } = await open(page)
    await write(page, 'export async function verify() {\n  while (true) {}\n}\n')
    await check.click()
    await expect(said).toContainText('fail', { timeout: 15_000 })
    await expect(shop.locator('.wb-evidence').first()).toContainText('did not come back')
    await write(page, textOf('solution'))
    await check.click()
    await expect(said).toHaveText(/^\d+ pass in/)
  })

  test('can be stopped at any time', async ({ page }) => {
    const { check, stop, said } = await open(page)
    await write(page, 'while (true) {}')
    await check.click()
    await stop.click()
    await expect(said).toHaveText('Stopped. Every program of this page was ended.')
    await expect(check).toBeEnabled()
  })

  test('prints into a console that a million lines do not fill', async ({ page }) => {
    const { check, said, tab, shop } = await open(page)
    await write(page, `for (let i = 0; i < 1e6; i++) console.log('line', i)\n${textOf('solution')}`)
    await check.click()
    await expect(said).toHaveText(/^\d+ pass in/, { timeout: 20_000 })
    await tab('Console').click()
    await expect(shop).toContainText('lines were too many')
    await expect(shop.getByRole('log')).toContainText('line')
  })

  test('shows its solution when it is asked twice', async ({ page }) => {
    const asked: string[] = []
    const { tab, button, shop } = await open(page)
    await tab('Solution').click()
    page.on('request', (request) => asked.push(request.url()))
    await button('Show the solution').click()
    expect(asked).toEqual([])
    await button('Show it all the same').click()
    await expect(shop.locator('pre')).toContainText('export async function verify')
    await button('Put it into the editor').click()
    await expect(button('Former states')).toHaveCount(0)
    await partsOf(page).check.click()
    await expect(partsOf(page).said).toHaveText(/^\d+ pass in/)
  })
})

test.describe('what was written', () => {
  test('is there after a reload, opens again, and can be reset and brought back', async ({ page }) => {
    await open(page)
    await write(page, '// mine\n')
    await page.waitForTimeout(500)
    await page.reload()
    const { editor, button, shop } = partsOf(page)
    await expect(editor).toHaveText('// mine')
    await button('Put the starter back').click()
    await expect(editor).toContainText('export async function verify')
    await shop.getByText('Former states (1)').click()
    await button(/Bring back what was there/).click()
    await expect(editor).toHaveText('// mine')
  })

  test('is kept though the page goes at once', async ({ page }) => {
    await open(page)
    await write(page, '// at once\n')
    await page.goto('/')
    // What was open in this tab opens by itself.
    await page.goto(home)
    await expect(partsOf(page).editor).toHaveText('// at once')
  })

  test('is held beside a starter that the course changed since', async ({ page }) => {
    await open(page)
    await write(page, '// of before\n')
    await page.waitForTimeout(500)
    await page.evaluate(async () => {
      const request = indexedDB.open('workbook-drafts')
      const database = await new Promise<IDBDatabase>((done) => {
        request.onsuccess = () => done(request.result)
      })
      const transaction = database.transaction('drafts', 'readwrite')
      transaction
        .objectStore('drafts')
        .put({ scope: 'X1.3', file: 'verify.ts', text: '// of before\n', from: '00000000000000' })
      await new Promise((done) => {
        transaction.oncomplete = done
      })
      database.close()
    })
    await page.reload()
    const { shop, button, editor } = partsOf(page)
    await expect(shop).toContainText('The course changed verify.ts since you began with it')
    await expect(editor).toHaveText('// of before')
    await noFault(page)
    await button('Keep mine').click()
    await expect(shop).not.toContainText('The course changed')
    await page.waitForTimeout(500)
    await page.reload()
    await expect(editor).toHaveText('// of before')
    await expect(shop).not.toContainText('The course changed')
  })

  test('is exported, and taken in again', async ({ page }) => {
    const { button, editor, shop } = await open(page)
    await write(page, '// exported\n')
    const came = page.waitForEvent('download')
    await button('Export').click()
    const file = await (await came).path()
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      workbook: 1,
      lab: 'X1.3',
      files: { 'verify.ts': '// exported\n' },
    })
    await button('Put the starter back').click()
    await shop.locator('input[type=file]').setInputFiles(file)
    await expect(editor).toHaveText('// exported')
    await shop.locator('input[type=file]').setInputFiles({
      name: 'other.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"workbook":1,"lab":"L03","files":{}}'),
    })
    await expect(shop).toContainText('This is a draft of L03, not of X1.3.')
  })

  test('is said not to be kept where the browser keeps nothing', async ({ page }) => {
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new Error('forbidden')
      }
    })
    const { shop, check, said } = await open(page)
    await expect(shop).toContainText('This browser keeps nothing for this page (forbidden).')
    await check.click()
    await expect(said).toContainText('fail')
  })
})

test.describe('by keyboard alone', () => {
  test('write, check, read, leave the editor', async ({ page }) => {
    await page.goto(home)
    const { title, editor, said, shop } = partsOf(page)
    await title.focus()
    await page.keyboard.press('Enter')
    await expect(editor).toBeVisible()
    await editor.focus()
    await expect(editor).toHaveAccessibleDescription(/Tab leaves the editor/)
    await page.keyboard.press('Tab')
    await expect(editor).not.toBeFocused()
    await page.keyboard.press('Shift+Tab')
    await expect(editor).toBeFocused()
    await page.keyboard.press('ControlOrMeta+Enter')
    await expect(said).toContainText('fail')
    await expect(editor).toBeFocused()
    const indents = shop.getByRole('checkbox', { name: 'Tab indents' })
    await indents.focus()
    await page.keyboard.press('Space')
    await editor.focus()
    await expect(editor).toHaveAccessibleDescription(/Escape, then Tab leaves the editor/)
    await page.keyboard.press('Tab')
    await expect(editor).toBeFocused()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    await expect(editor).not.toBeFocused()
  })
})

test.describe('without what it needs', () => {
  test('says that a file did not come, and works once it does', async ({ page }) => {
    await page.route('**/_run/**', (route) => route.abort())
    const { check, said } = await open(page)
    await check.click()
    await expect(said).toContainText(/did not come|did not answer/, { timeout: 15_000 })
    await page.unroute('**/_run/**')
    await check.click()
    await expect(said).toContainText('fail')
  })

  test('learner code reaches neither the network nor the page', async ({ page }) => {
    const elsewhere: string[] = []
    const { check, alert } = await open(page)
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(page.url()).origin) && !request.url().startsWith('blob:'))
        elsewhere.push(request.url())
    })
    await write(page, "await fetch('https://example.org/')\n")
    await check.click()
    await expect(alert).toContainText(/reaches no other address/)
    await write(page, 'document.title = "mine"\n')
    await check.click()
    await expect(alert).toContainText(/document is not defined/)
    await write(page, 'localStorage.setItem("a", "b")\n')
    await check.click()
    await expect(alert).toContainText(/localStorage is not defined/)
    expect(elsewhere).toEqual([])
  })
})

for (const view of [
  { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const)
  test.describe(`${view.colorScheme}, ${view.viewport.width} px`, () => {
    test.use(view)
    test('has no fault that axe finds, and nothing that is wider than the screen', async ({ page }) => {
      const { check, said, tab } = await open(page)
      await noFault(page)
      await check.click()
      await expect(said).toContainText('fail')
      await partsOf(page).button('Give me a hint').first().click()
      await noFault(page)
      for (const name of ['Console', 'Solution']) {
        await tab(name).click()
        await noFault(page)
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(wide).toBeLessThanOrEqual(0)
    })
  })

test.describe('every exercise', () => {
  for (const { id, slug, files } of exercises)
    test(`${id}: its starter fails, its solution passes`, async ({ page }) => {
      const { check, said } = await open(page, `/exercises/${slug}/`)
      await check.click()
      await expect(said).toContainText('fail', { timeout: 20_000 })
      await write(page, readFileSync(path.join(root, 'labs', 'exercises', slug, 'solution', files[0] ?? ''), 'utf8'))
      await check.click()
      await expect(said).toHaveText(/^\d+ pass in/, { timeout: 20_000 })
    })
})

const labPage = catalog.modules.flatMap(({ lessons }) => lessons).find(({ lab }) => lab === 'L03')?.path ?? ''

test.describe('the lab L03 in its page', () => {
  const openLab = async (page: Page) => {
    await page.goto(labPage)
    await partsOf(page).title.click()
    await expect(partsOf(page).editor).toBeVisible({ timeout: 15_000 })
    return partsOf(page)
  }

  test('runs one check of the starter on the real database, with its log and its requests', async ({ page }) => {
    test.setTimeout(60_000)
    const { button, said, tab, shop } = await openLab(page)
    await button('Run C01').click()
    await expect(said).toHaveText(/^\d+ pass.* in \d+\.\d s$/, { timeout: 40_000 })
    await tab('Requests').click()
    await expect(shop.locator('.wb-requests tbody tr').first()).toBeVisible()
    await expect(shop.locator('.wb-requests')).toContainText('POST /api/auth/refresh')
    await noFault(page)
    await tab('Console').click()
    await expect(shop.getByRole('log')).toContainText(/api-1|api-2/)
    await noFault(page)
  })

  test('says what is not graded here, and why', async ({ page }) => {
    test.setTimeout(120_000)
    const { check, said, shop } = await openLab(page)
    await check.click()
    await expect(said).toHaveText(/^\d+ pass.* not run.* in \d+\.\d s$/, { timeout: 100_000 })
    await shop.locator('[data-verdict="not-run"] .wb-row-head').first().click()
    await expect(shop).toContainText('`npm run check` grades it')
  })

  test('shows the place of a mistake, in the file that has it', async ({ page }) => {
    const { check, alert, shop } = await openLab(page)
    await write(page, 'export const broken = (\n')
    await check.click()
    await expect(alert).toContainText('It cannot be read as TypeScript', { timeout: 30_000 })
    await expect(shop.locator('.wb-code-wrong')).toHaveCount(1)
  })

  test('can be stopped, and begun again; files can be added and taken away', async ({ page }) => {
    test.setTimeout(60_000)
    const { check, stop, said, button, tab, shop } = await openLab(page)
    await check.click()
    await stop.click()
    await expect(said).toHaveText(/^Stopped\./)
    await button('New file').click()
    await shop.getByRole('textbox', { name: 'Its path' }).fill('api/package.json')
    await button('Make it').click()
    await expect(shop).toContainText('A file lies below api/src, migrations or data')
    await shop.getByRole('textbox', { name: 'Its path' }).fill('migrations/0003_own.sql')
    await button('Make it').click()
    await expect(tab('0003_own.sql')).toHaveAttribute('aria-selected', 'true')
    await button('Remove migrations/0003_own.sql').click()
    await expect(tab('0003_own.sql')).toHaveCount(0)
    await button('Run C01').click()
    await expect(said).toHaveText(/^\d+ pass/, { timeout: 40_000 })
  })
})
