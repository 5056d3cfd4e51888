/** Serves `dist/` for the tests, on the port that playwright.config.ts chose. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createStaticServer } from '../workbook/server/static.ts'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
if (!existsSync(dist)) {
  console.error('There is no dist/ to test. Build the site first: npm run build')
  process.exit(1)
}
await createStaticServer({ dist, port: Number(process.env.WORKBOOK_E2E_PORT) })
