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

  test('loads its index, its code and its look only when it is opened', async ({ page }) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(first.path, { waitUntil: 'networkidle' })
    expect(asked.filter((url) => /\/pagefind\/|search-dialog/.test(url))).toEqual([])
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

test.describe('a published copy', () => {
  const lab = lessons.find((lesson) => catalog.labs.some((l) => l.id === lesson.lab))
  if (lab === undefined) throw new Error('The course has no lab to test.')

  test('asks no workbook and shows no progress; its lab panel says how to run the lab locally', async ({ page }) => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(lab.path, { waitUntil: 'networkidle' })
    const panel = page.locator('.wb-lab').first()
    await expect(panel).toContainText('This copy of the course is only for reading')
    await expect(panel).toContainText('npm start')
    await expect(panel.getByRole('button')).toHaveCount(0)
    await page.goto('/', { waitUntil: 'networkidle' })
    await page.goto(first.path, { waitUntil: 'networkidle' })
    // Longer than a page must be looked at before it counts as begun.
    await page.waitForTimeout(4_000)
    expect(asked.filter((path) => path.startsWith('/api'))).toEqual([])
    expect(asked.filter((path) => path.includes('/start.'))).toEqual([])
    await expect(page.locator('.wb-local:visible')).toHaveCount(0)
  })

  test('holds no trace of the API in its pages', async ({ request }) => {
    for (const path of pages) {
      const html = await (await request.get(path)).text()
      expect(html, path).not.toMatch(/workbook-api|\/api\/(?:labs|progress)/)
    }
  })
})

test.describe('the keyboard', () => {
  test('goes from the skip link over title, search and theme to the lessons, and past them at a wish', async ({
    page,
  }) => {
    await page.goto(first.path)
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement
        return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? ''
      })
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to content')
    await expect(page.getByRole('link', { name: 'Skip to content' })).toBeInViewport()
    for (const name of ['Full-Stack Workbook', 'Search the course']) {
      await page.keyboard.press('Tab')
      expect(await focused()).toBe(name)
    }
    await page.keyboard.press('Tab')
    await expect(page.getByLabel('Select theme').first()).toBeFocused()
    await page.keyboard.press('Tab')
    await expect(page.locator('.sidebar-content summary').first()).toBeFocused()
    await page.keyboard.press('Tab')
    await expect(page.locator('.sidebar-content a').first()).toBeFocused()

    await page.goto(first.path)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true)
  })
})

test.describe('a page on paper', () => {
  test('is text alone, in light colours, with the addresses of its links', async ({ page }) => {
    const path = await firstWith(page, 'wb-quiz')
    if (path === undefined) throw new Error('no page has a quiz')
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 680, height: 960 })
    await page.goto(path)
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' })
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
    for (const gone of [
      'nav.sidebar',
      'wb-search > button',
      '.right-sidebar-container',
      '.pagination-links',
      '.wb-lab',
    ])
      await expect(page.locator(`${gone}:visible`), gone).toHaveCount(0)
    await expect(page.locator('wb-quiz button:visible')).toHaveCount(0)
    const link = page.locator('.wb-sources a[href^="https:"]').first()
    const after = await link.evaluate((a) => getComputedStyle(a, '::after').content)
    expect(after).toContain('https:')
    expect(await page.evaluate(() => document.documentElement.scrollWidth), 'px wide').toBeLessThanOrEqual(680)
    const folded = page.locator('main details:not([open])').filter({ has: page.locator('p, ul, ol') })
    for (const details of await folded.all())
      if (await details.isVisible()) await expect(details.locator('p, ul, ol').first()).toBeVisible()
    await page.emulateMedia({ colorScheme: 'dark', media: 'screen' })
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  })

  test('fits all of its diagrams and code', async ({ page }) => {
    await page.setViewportSize({ width: 680, height: 960 })
    for (const { path } of lessons) {
      await page.goto(path)
      await page.emulateMedia({ media: 'print' })
      const wide = await page
        .locator('main svg:visible, main pre:visible')
        .evaluateAll((all) => all.filter((e) => e.getBoundingClientRect().right > innerWidth).length)
      expect(wide, path).toBe(0)
      await page.emulateMedia({ media: 'screen' })
    }
  })
})

test('nothing moves for those who want less motion', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(first.path)
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter((e) => {
        const { transitionDuration, animationName } = getComputedStyle(e)
        return animationName !== 'none' || transitionDuration.split(', ').some((time) => time !== '0s')
      })
      .map((e) => e.className),
  )
  expect(moving).toEqual([])
})

test.describe('the page of a module', () => {
  for (const module of catalog.modules) {
    test(`${module.id} lists its pages and what is planned`, async ({ page }) => {
      await page.goto('/')
      await page.locator('.wb-map').getByRole('link', { name: module.title, exact: true }).click()
      await expect(page.getByRole('heading', { level: 1, name: module.title })).toBeVisible()
      const main = page.getByRole('main')
      await expect(main).toContainText(module.aim)
      for (const { id, title, path } of module.lessons)
        await expect(main.locator(`a[href="${path}"]`).first()).toContainText(`${id} ${title}`)
      for (const { id, title } of module.planned)
        await expect(main.locator('.wb-pages-planned')).toContainText(`${id} ${title}`)
      const [lesson] = module.lessons
      if (lesson === undefined) return
      await page.goto(lesson.path)
      await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: module.title }).click()
      await expect(page).toHaveURL(new RegExp(`/${module.slug}/$`))
    })
  }
})
