/** What is published is the site alone: nothing in it leads to the local server. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { TOKEN_META } from '../workbook/session/desk/protocol.ts'
import { dist, pages } from './pages.ts'

/** What the local server puts into a page, and where its API lies. */
const traces = [TOKEN_META, 'data-workbook', '/api/labs']

test('no page holds a trace of the API', () => {
  expect(pages.length).toBeGreaterThan(5)
  for (const file of globSync('**/*.html', { cwd: dist })) {
    const text = readFileSync(path.join(dist, file), 'utf8')
    for (const trace of traces) expect(text.includes(trace), `${trace} in ${file}`).toBe(false)
  }
})

test('nor does anything else but scripts and styles, which do nothing on a page without it', () => {
  const names = globSync('**/*.*', { cwd: dist }).filter((name) => !/^_astro\/.*\.(js|css)$/.test(name))
  for (const name of names.filter((name) => /\.(html|js|css|json|svg|txt|xml)$/.test(name))) {
    const text = readFileSync(path.join(dist, name), 'utf8')
    for (const trace of traces) expect(text.includes(trace), `${trace} in ${name}`).toBe(false)
  }
})

test('a published copy asks nothing of an API', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  for (const where of pages) await page.goto(where)
  expect(asked.length).toBeGreaterThan(pages.length)
  expect(asked.filter((where) => where.startsWith('/api'))).toEqual([])
})

test('nothing in it names a runtime that comes from elsewhere', () => {
  const names = globSync('**/*.{html,js,mjs,json}', { cwd: dist })
  expect(names.length).toBeGreaterThan(20)
  for (const name of names)
    expect(/webcontainer|stackblitz/i.test(readFileSync(path.join(dist, name), 'utf8')), name).toBe(false)
})
