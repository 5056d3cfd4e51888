/** The site as a reader meets it. */
import { expect, type Page, test } from '@playwright/test'
import { catalog, lessons, pages } from './pages.ts'

const [first] = lessons
if (first === undefined) throw new Error('The course has no page to test.')

test.describe('the first page', () => {
  test('says what the course is and how to begin', async ({ page }) => {
    await page.goto('/')
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.getByText('npm start', { exact: true })).toBeVisible()
    await expect(page.locator('main')).toContainText('npm run check')
    await expect(page.locator('main')).toContainText('no telemetry')
    for (const module of catalog.modules) await expect(page.locator('.wb-map')).toContainText(module.title)
    await page.getByRole('link', { name: `Start with lesson ${first.id}` }).click()
    await expect(page).toHaveURL(new RegExp(`${first.path}$`))
  })
})

test.describe('a lesson', () => {
  test('has its number, hours and day of check above its title', async ({ page }) => {
    await page.goto(first.path)
    await expect(page.getByRole('heading', { level: 1, name: first.title })).toBeVisible()
    await expect(page.locator('.wb-title-meta')).toContainText(first.id)
    await expect(page.locator('.wb-title-meta time')).toHaveAttribute('datetime', first.updated)
  })

  test('is listed in the sidebar with all others, in reading order', async ({ page }) => {
    await page.goto(first.path)
    const links = page.locator('.sidebar-content ul ul a')
    await expect(links).toHaveText(lessons.map((lesson) => `${lesson.id} ${lesson.title}`))
    await expect(page.locator('.sidebar-content a[aria-current=page]')).toHaveText(`${first.id} ${first.title}`)
    const second = lessons[1]
    if (second === undefined) return
    await links.nth(1).click()
    await expect(page.getByRole('heading', { level: 1, name: second.title })).toBeVisible()
  })

  test('shows code from a real file, with its path', async ({ page }) => {
    const path = await firstWith(page, '.wb-excerpt')
    if (path === undefined) throw new Error('no page has an excerpt')
    await expect(page.locator('.wb-excerpt pre').first()).toBeVisible()
    await expect(page.locator('.wb-from').first()).toContainText(/\w+\/.+, lines? \d+/)
  })

  test('shows each diagram once, in the layout for the width', async ({ page }) => {
    const path = await firstWith(page, '.wb-diagram')
    if (path === undefined) throw new Error('no page has a diagram')
    await expect(page.locator('.wb-diagram').first().locator('svg:visible')).toHaveClass(/d-wide/)
    await page.setViewportSize({ width: 390, height: 844 })
    await expect(page.locator('.wb-diagram').first().locator('svg:visible')).toHaveClass(/d-narrow/)
  })
})

test.describe('search', () => {
  test('finds a page by a word of its title, by keyboard alone', async ({ page }) => {
    await page.goto('/')
    await page.keyboard.press('Control+k')
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByRole('searchbox')).toBeFocused()
    await page.keyboard.type(first.title)
    await expect(dialog.getByRole('status')).toContainText(/pages? found/)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: first.title })).toBeVisible()
  })

  test('says when there is nothing, and closes with Escape', async ({ page }) => {
    await page.goto(first.path)
    await page.getByRole('button', { name: 'Search the course' }).click()
    const dialog = page.getByRole('dialog')
    await page.keyboard.type('жжжжж')
    await expect(dialog.getByRole('status')).toContainText('Nothing found')
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
  })

  test('loads its index only when it is opened', async ({ page }) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(first.path, { waitUntil: 'networkidle' })
    expect(asked.filter((url) => url.includes('/pagefind/'))).toEqual([])
  })
})

test.describe('light and dark', () => {
  for (const scheme of ['light', 'dark'] as const) {
    test(`follows the system: ${scheme}`, async ({ browser, baseURL }) => {
      const page = await browser.newPage({ colorScheme: scheme, ...(baseURL === undefined ? {} : { baseURL }) })
      await page.goto(first.path)
      await expect(page.locator('html')).toHaveAttribute('data-theme', scheme)
      await page.close()
    })
  }

  test('can be chosen, and stays chosen', async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(first.path)
    const before = await background(page)
    await page.getByLabel('Select theme').first().selectOption('light')
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
    expect(await background(page)).not.toBe(before)
    await page.reload()
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
  })
})

test.describe('every page', () => {
  for (const path of pages) {
    test(`${path} asks no other host, and nothing goes wrong in it`, async ({ page, baseURL }) => {
      const outside: string[] = []
      const wrong: string[] = []
      page.on('request', (request) => {
        if (!request.url().startsWith(baseURL ?? '') && !request.url().startsWith('data:')) outside.push(request.url())
      })
      page.on('response', (response) => {
        if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`)
      })
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text())
      })
      page.on('pageerror', (error) => wrong.push(error.message))
      await page.goto(path, { waitUntil: 'networkidle' })
      expect(outside).toEqual([])
      expect(wrong).toEqual([])
    })

    test(`${path} fits a phone`, async ({ page }) => {
      await page.setViewportSize({ width: 360, height: 800 })
      await page.goto(path)
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(width, 'px wide').toBeLessThanOrEqual(360)
    })

    test(`${path} has links that lead somewhere`, async ({ page, request }) => {
      await page.goto(path)
      const links = await page
        .locator('a[href^="/"], a[href^="#"]')
        .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href))
      for (const link of new Set(links)) {
        const url = new URL(link)
        const response = await request.get(url.pathname)
        expect(response.status(), link).toBe(200)
        const id = decodeURIComponent(url.hash.slice(1))
        if (id !== '' && id !== '_top') expect(await response.text(), `the anchor of ${link}`).toContain(`id="${id}"`)
      }
    })
  }

  test('on a phone, the menu lists the lessons', async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(first.path)
    const link = page.locator('.sidebar-content a', { hasText: first.title })
    await expect(link).toBeHidden()
    await page.getByRole('button', { name: 'Menu' }).click()
    await expect(link).toBeVisible()
  })
})

test.describe('an address without a page', () => {
  test('answers 404 with a page of the site', async ({ page }) => {
    const response = await page.goto('/01-authentication/no-such-lesson/')
    expect(response?.status()).toBe(404)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('No such page')
  })
})

test.describe('the verdict explorer', () => {
  test('loads nothing until it is touched, then walks by arrow keys and asks questions', async ({ page }) => {
    const path = await firstWith(page, '.wb-explorer')
    if (path === undefined) throw new Error('no page has the explorer')
    const scripts: string[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('.js')) scripts.push(request.url())
    })
    await page.reload({ waitUntil: 'networkidle' })
    expect(scripts.filter((url) => /react|client|VerdictExplorer/.test(url))).toEqual([])

    const lines = page.locator('.wb-explorer summary')
    await lines.first().focus()
    await expect(page.locator('.wb-explorer fieldset')).toBeVisible()
    expect(scripts.filter((url) => url.includes('VerdictExplorer'))).not.toEqual([])
    await page.keyboard.press('ArrowDown')
    await expect(lines.nth(1)).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(page.locator('.wb-explorer details[open] p')).toBeVisible()

    await page.getByRole('button', { name: 'Did', exact: true }).click()
    await expect(page.locator('.wb-explorer [role=status]')).toContainText('Look again')
    await page.getByRole('button', { name: 'Expected', exact: true }).click()
    await expect(page.locator('.wb-explorer [role=status]')).toContainText('Yes')
    await page.getByRole('button', { name: 'Next question' }).click()
    await expect(page.locator('.wb-explorer legend')).toContainText('Question 2')
  })

  test('explains its lines without scripts', async ({ browser, baseURL, page }) => {
    const path = await firstWith(page, '.wb-explorer')
    if (path === undefined) throw new Error('no page has the explorer')
    const plain = await browser.newPage({ javaScriptEnabled: false, ...(baseURL === undefined ? {} : { baseURL }) })
    await plain.goto(path)
    await plain.locator('.wb-explorer summary').nth(2).click()
    await expect(plain.locator('.wb-explorer details[open] p')).toBeVisible()
    await plain.close()
  })
})

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)

/** Opens the first lesson that has such an element; undefined where there is none. */
async function firstWith(page: Page, selector: string): Promise<string | undefined> {
  for (const { path } of lessons) {
    await page.goto(path)
    if ((await page.locator(selector).count()) > 0) return path
  }
  return undefined
}
