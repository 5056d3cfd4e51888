/** End-to-end tests: the built site in Chromium. `npm run build` comes first. */
import { createServer } from 'node:net'
import { defineConfig, devices } from '@playwright/test'
import { findChromium } from './workbook/doctor/browser.ts'

// The first process picks a free port; the workers inherit it.
process.env.WORKBOOK_E2E_PORT ??= String(await freePort())
const baseURL = `http://127.0.0.1:${process.env.WORKBOOK_E2E_PORT}/`

export default defineConfig({
  testDir: './e2e',
  outputDir: './test-results',
  fullyParallel: true,
  workers: 2,
  forbidOnly: process.env.CI === 'true',
  // A page that fails now and then is a page that fails.
  retries: 0,
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    baseURL,
    viewport: { width: 1280, height: 900 },
    trace: 'retain-on-failure',
    actionTimeout: 15_000,
    launchOptions: { ...executable(), args: flags() },
  },
  webServer: {
    command: `"${process.execPath}" e2e/serve.ts`,
    url: baseURL,
    reuseExistingServer: false,
    timeout: 15_000,
  },
})

/** The browser that the doctor finds, else the one that Playwright downloads. */
function executable(): { executablePath?: string } {
  const executablePath = findChromium()
  return executablePath === undefined ? {} : { executablePath }
}

/** Chromium's sandbox does not start as root; the other flags stop it from calling home. */
function flags(): string[] {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  return process.getuid?.() === 0 ? ['--no-sandbox', ...quiet] : quiet
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
