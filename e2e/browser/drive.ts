/** Firefox by WebDriver BiDi, WebKitGTK by its WebDriver: as much of a browser as the test of other engines needs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { launch } from 'puppeteer-core'
import { freePort } from '../../workbook/doctor/ports.ts'

export interface Driven {
  open(url: string): Promise<void>
  /** Runs the body of a function in the page and gives what it returns, as JSON. */
  evaluate(body: string): Promise<unknown>
  close(): Promise<void>
}

export const FIREFOX = onPath('firefox-esr') ?? onPath('firefox')
export const WEBKIT = onPath('WebKitWebDriver')
const MINI = ['4.1', '4.0', '6.0']
  .map((version) => `/usr/lib/x86_64-linux-gnu/webkit${version === '6.0' ? 'gtk' : '2gtk'}-${version}/MiniBrowser`)
  .find((file) => existsSync(file))

function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file))
}

export async function openFirefox(): Promise<Driven> {
  const browser = await launch({ browser: 'firefox', executablePath: FIREFOX ?? '', headless: true })
  const page = await browser.newPage()
  return {
    open: async (url) => void (await page.goto(url, { waitUntil: 'load' })),
    evaluate: (body) => page.evaluate(`(() => { ${body} })()`),
    close: () => browser.close(),
  }
}

/** A WebKit that has a screen of its own (Xvfb): it has no headless mode. */
export async function openWebKit(): Promise<Driven> {
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
