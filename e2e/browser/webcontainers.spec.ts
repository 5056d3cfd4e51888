/**
 * A site whose owner chose WebContainers: built once more with its host set to an address of this machine, where nothing listens, or what never answers, or a stand-in.
 * The real runtime is not tested: it comes from the network, which tests do not use.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import express from 'express'
import { freePort } from '../../workbook/doctor/ports.ts'
import { createStaticServer, type StaticSite } from '../../workbook/server/static.ts'
import { catalog, root } from '../pages.ts'
import * as driven from './drive.ts'
import { engines } from './drive.ts'
import { type StandIn, standIn } from './stand-in.ts'

const exercise = catalog.exercises.find(({ id }) => id === 'X1.4')
if (exercise === undefined) throw new Error('There is no exercise X1.4.')
const where = `webcontainer/${exercise.slug}/`
const dist = path.join(root, '.workbook', 'with-webcontainers')

test.describe.configure({ mode: 'serial', timeout: 90_000 })
let site: StaticSite
let port: number
let host: StandIn | undefined

test.beforeAll(async () => {
  test.setTimeout(240_000)
  port = await freePort()
  rmSync(dist, { recursive: true, force: true })
  const astro = path.join(root, 'node_modules', 'astro', 'bin', 'astro.mjs')
  await promisify(execFile)(process.execPath, [astro, 'build', '--outDir', dist], {
    cwd: root,
    env: { ...process.env, WORKBOOK_WEBCONTAINERS: `http://127.0.0.1:${port}`, NO_COLOR: '1' },
  })
  site = await createStaticServer({ dist, port: 0 })
})
test.afterEach(async () => {
  await host?.close()
  host = undefined
})
test.afterAll(() => site?.close())

const shop = (page: Page) => page.locator('.wb-panel[data-shop]')
const place = (page: Page) => shop(page).locator('.wb-shop > .wb-note[role=status]')
const said = (page: Page) => shop(page).locator('.wb-shop > p.sr-only[role=status]')
const open = async (page: Page, base = site.url) => {
  await page.goto(new URL(where, base).href)
  await shop(page).locator('.wb-panel-title').click()
  await expect(shop(page).getByRole('textbox', { name: /code editor/ })).toBeVisible({ timeout: 15_000 })
}
const check = (page: Page) => shop(page).getByRole('button', { name: 'Check', exact: true })
const write = async (page: Page, text: string) => {
  await shop(page)
    .getByRole('textbox', { name: /code editor/ })
    .focus()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
}
const solution = () => readFileSync(path.join(exercise.dir, 'solution', exercise.files[0] ?? ''), 'utf8')
/** A check that was asked for in the meantime is graded in the page. */
const fallsBack = async (page: Page, reason: RegExp, within: number) => {
  const since = Date.now()
  await open(page)
  await check(page).click()
  await expect(place(page)).toHaveText(reason, { timeout: within })
  expect(Date.now() - since).toBeLessThan(within)
  await expect(said(page)).toHaveText(/^\d+ pass, \d+ fail/, { timeout: 10_000 })
  expect(await page.locator(`iframe[src^="http://127.0.0.1:${port}"]`).count()).toBe(0)
}

for (const [name, how] of [
  ['nobody answers at its address', undefined],
  ['whoever answers there never does', 'silent'],
] as const)
  test(`falls back within its deadline where ${name}`, async ({ page }) => {
    if (how !== undefined) host = await standIn(root, port, how)
    await page.goto(new URL(where, site.url).href)
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    await fallsBack(
      page,
      /^No WebContainer: 127\.0\.0\.1:\d+ did not answer within 15 s\..* in a Worker of this page/,
      20_000,
    )
    const { violations } = await new AxeBuilder({ page }).include('.wb-panel[data-shop]').analyze()
    expect(violations.map(({ id }) => id)).toEqual([])
    // Again, at once: nothing is waited for a second time.
    await write(page, solution())
    await check(page).click()
    await expect(said(page)).toHaveText(/^\d+ pass in/, { timeout: 10_000 })
  })

for (const engine of engines)
  test(`falls back in ${engine.name}`, async () => {
    test.skip(!engine.there, `${engine.name} is not installed here; .ci/run installs it on Debian.`)
    const page = await engine.open()
    try {
      await page.open(new URL(where, site.url).href)
      await driven.open(page)
      const note = "return document.querySelector('.wb-shop > .wb-note[role=status]')?.textContent ?? ''"
      await expect.poll(() => page.evaluate(note), { timeout: 20_000 }).toMatch(/^No WebContainer: /)
      expect(await driven.check(page)).toMatch(/^\d+ pass, \d+ fail/)
    } finally {
      await page.close()
    }
  })

test('says at once what this page lacks: isolation, on a host that sends no headers', async ({ page }) => {
  const app = express().use(express.static(dist))
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).host))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await open(page, base)
    await expect(place(page)).toHaveText(/^No WebContainer: this page is not isolated/)
    await check(page).click()
    await expect(said(page)).toHaveText(/^\d+ pass, \d+ fail/, { timeout: 10_000 })
    expect(asked).not.toContain(`127.0.0.1:${port}`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

test('says at once that the device is offline', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false }))
  await open(page)
  await expect(place(page)).toHaveText(/^No WebContainer: this device is offline/)
})

test('runs the exercise in Node where its host answers', async ({ page }) => {
  host = await standIn(root, port, 'up')
  await open(page)
  await expect(place(page)).toHaveText(/^Your code runs in Node, in a WebContainer/, { timeout: 15_000 })
  await check(page).click()
  await expect(said(page)).toHaveText(/^\d+ pass, \d+ fail/, { timeout: 20_000 })
  await write(page, `console.log('by', process.getBuiltinModule('os').EOL === '\\n' && process.version)\n${solution()}`)
  await check(page).click()
  await expect(said(page)).toHaveText(/^\d+ pass in/, { timeout: 20_000 })
  await shop(page).getByRole('tab', { name: 'Console', exact: true }).click()
  await expect(shop(page)).toContainText(`by ${process.version}`)
  expect(host.processes).toHaveLength(2)
  // A loop that never ends is stopped, and no process is left.
  await write(page, 'while (true) {}')
  await check(page).click()
  await expect(said(page)).toHaveText('Checking')
  await expect.poll(() => host?.processes.length).toBe(3)
  await shop(page).getByRole('button', { name: 'Stop', exact: true }).click()
  await expect(said(page)).toHaveText(/^Stopped\./)
  for (const child of host.processes)
    await expect.poll(() => child.exitCode !== null || child.signalCode !== null).toBe(true)
})

test('its pages carry the headers, other pages do not, and hosts that read _headers are told', async ({ request }) => {
  const get = async (name: string) => (await request.get(new URL(name, site.url).href)).headers()
  const own = await get(where)
  expect(own['cross-origin-opener-policy']).toBe('same-origin')
  expect(own['cross-origin-embedder-policy']).toBe('require-corp')
  expect(own['content-security-policy']).toContain(`frame-src 'self' http://127.0.0.1:${port}`)
  const other = await get(`exercises/${exercise.slug}/`)
  expect(other['cross-origin-embedder-policy']).toBeUndefined()
  expect(other['content-security-policy']).not.toContain('frame-src')
  const told = await readFile(path.join(dist, '_headers'), 'utf8')
  expect(told).toContain('/webcontainer/*')
  expect(told).toContain('Cross-Origin-Embedder-Policy: require-corp')
})

test('a site whose owner chose nothing has nothing of it', () => {
  expect(existsSync(path.join(root, 'dist', 'webcontainer'))).toBe(false)
  expect(existsSync(path.join(root, 'dist', '_headers'))).toBe(false)
})
