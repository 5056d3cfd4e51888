/** Firefox by WebDriver BiDi, WebKitGTK by its WebDriver: as much of a browser as the test of other engines needs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@playwright/test'
import { launch } from 'puppeteer-core'
import { freePort } from '../../workbook/doctor/ports.ts'

export interface Driven {
  open(url: string): Promise<void>
  /** Runs the body of a function in the page and gives what it returns, as JSON. */
  evaluate(body: string): Promise<unknown>
  close(): Promise<void>
}

const FIREFOX = onPath('firefox-esr') ?? onPath('firefox')
const WEBKIT = onPath('WebKitWebDriver')
const MINI = ['4.1', '4.0', '6.0']
  .map((version) => `/usr/lib/x86_64-linux-gnu/webkit${version === '6.0' ? 'gtk' : '2gtk'}-${version}/MiniBrowser`)
  .find((file) => existsSync(file))

function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file))
}

async function openFirefox(): Promise<Driven> {
  const browser = await launch({ browser: 'firefox', executablePath: FIREFOX ?? '', headless: true })
  const page = await browser.newPage()
  return {
    open: async (url) => void (await page.goto(url, { waitUntil: 'load' })),
    evaluate: (body) => page.evaluate(`(() => { ${body} })()`),
    close: () => browser.close(),
  }
}

/** A WebKit that has a screen of its own (Xvfb): it has no headless mode. */
async function openWebKit(): Promise<Driven> {
  const port = await freePort()
  const driver = spawn('xvfb-run', ['-a', WEBKIT ?? '', `--port=${port}`], { stdio: 'ignore', detached: true })
  const call = async (method: string, where: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}${where}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const { value } = (await answer.json()) as { value: { error?: string; message?: string } | null }
    if (value?.error !== undefined) throw new Error(`${value.error}: ${value.message}`)
    return value
  }
  try {
    await ready(() => call('GET', '/status'))
    const options = { binary: MINI, args: ['--automation'] }
    const session = (await call('POST', '/session', {
      capabilities: { alwaysMatch: { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options } },
    })) as { sessionId: string }
    const at = `/session/${session.sessionId}`
    return {
      open: async (url) => void (await call('POST', `${at}/url`, { url })),
      evaluate: (script) => call('POST', `${at}/execute/sync`, { script, args: [] }),
      close: async () => {
        await call('DELETE', at).catch(() => {})
        end(driver)
      },
    }
  } catch (error) {
    end(driver)
    throw error
  }
}

async function ready(ask: () => Promise<unknown>): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      await ask()
      return
    } catch (error) {
      if (i === 50) throw error
      await sleep(200)
    }
  }
}

/** The driver, its browser and its screen are one group. */
function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM')
  } catch {
    // It ended by itself.
  }
}

/** Engines that may be here. */
export const engines = [
  { name: 'Firefox', there: FIREFOX !== undefined, open: openFirefox },
  { name: 'WebKitGTK', there: WEBKIT !== undefined, open: openWebKit },
]

/** Clicks what shows these words; the page may not have it yet. */
export async function click(page: Driven, words: string, selector = 'button'): Promise<void> {
  const find = `const found = [...document.querySelectorAll(${JSON.stringify(`.wb-panel[data-shop] ${selector}`)})]
    .find((one) => one.textContent.trim().startsWith(${JSON.stringify(words)}) && !one.disabled)
    found?.click()
    return found !== undefined`
  await expect.poll(() => page.evaluate(find), { timeout: 20_000, message: `a button "${words}"` }).toBe(true)
}

/** Opens the workshop. These drivers may be there before the page's scripts are, so it is tried until it is open. */
export async function open(page: Driven): Promise<void> {
  const body = `const title = document.querySelector('.wb-panel[data-shop] .wb-panel-title')
    if (title?.getAttribute('aria-expanded') !== 'true') title?.click()
    return document.querySelector('.wb-panel[data-shop] .cm-editor') !== null`
  await expect.poll(() => page.evaluate(body), { timeout: 20_000, intervals: [1_000] }).toBe(true)
}

/** Checks, and gives the last words. */
export async function check(page: Driven): Promise<string> {
  const said =
    "return document.querySelector('.wb-panel[data-shop] .wb-shop > .sr-only[role=status]')?.textContent ?? ''"
  const before = await page.evaluate(said)
  await click(page, 'Check')
  await expect
    .poll(() => page.evaluate(said), { timeout: 30_000 })
    .toEqual(expect.stringMatching(/^\d+ (pass|fail).* in \d+\.\d s$/))
  const after = String(await page.evaluate(said))
  expect(after).not.toBe(before)
  return after
}
