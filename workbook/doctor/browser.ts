/** A Chromium on this machine, and what it makes of an address. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Path of a Chromium: `WORKBOOK_CHROMIUM`, a usual place, or what `npx playwright install chromium` put into its cache. */
export function findChromium(): string | undefined {
  const named = process.env.WORKBOOK_CHROMIUM
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined
  return usual.find((file) => existsSync(file)) ?? playwrightChromium()
}

function playwrightChromium(): string | undefined {
  const caches = [
    process.env.PLAYWRIGHT_BROWSERS_PATH,
    path.join(os.homedir(), '.cache', 'ms-playwright'),
    path.join(os.homedir(), 'Library', 'Caches', 'ms-playwright'),
  ]
  for (const cache of caches.filter((c) => c !== undefined && existsSync(c))) {
    const builds = readdirSync(cache as string)
      .filter((name) => /^chromium-\d+$/.test(name))
      .sort()
    for (const build of builds.reverse()) {
      const files = [
        'chrome-linux/chrome',
        'chrome-linux64/chrome',
        'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
      ].map((f) => path.join(cache as string, build, f))
      const found = files.find((file) => existsSync(file))
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** The page's HTML after loading, by a headless browser with a profile of its own. */
export async function dumpPage(chromium: string, url: string): Promise<string> {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'workbook-browser-'))
  try {
    const words = [
      '--headless',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${profile}`,
      '--dump-dom',
      url,
    ]
    // Chromium's sandbox does not work for root.
    const { stdout } = await run(chromium, process.getuid?.() === 0 ? ['--no-sandbox', ...words] : words, {
      timeout: 20_000,
      maxBuffer: 4_000_000,
    })
    return stdout
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 3 })
  }
}
