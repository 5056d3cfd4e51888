/** The built site: made anew only when something it is made of changed. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { digestOf, placesOf, readJson, writeAtomic } from '../stack/files.ts'
import { EnvironmentTrouble } from '../stack/types.ts'

/** What pages are made of: text, components, the files they quote, the checks they list, what runs programs in them. */
const ingredients = ['course', 'site', 'labs', 'solutions', 'workbook']
const single = ['astro.config.mjs', 'package-lock.json']
/** Quoted where they are there. */
const optional = ['docs/verify-report.md']

/**
 * Builds `dist/` if it is not what its ingredients say, and gives its path. The new build is made aside and swapped in when it is whole.
 * @throws EnvironmentTrouble with the last lines of a failed build
 */
export async function buildSite(root: string, signal: AbortSignal, progress: (text: string) => void): Promise<string> {
  const dist = path.join(root, 'dist')
  const stampFile = path.join(placesOf(root).state, 'site.json')
  const digest = await digestOfIngredients(root)
  if (existsSync(path.join(dist, 'index.html')) && (await readJson<{ digest: string }>(stampFile))?.digest === digest)
    return dist
  progress('Building the site (only when something changed).')
  const started = performance.now()
  const next = path.join(placesOf(root).state, 'site-next')
  await rm(next, { recursive: true, force: true })
  await astroBuild(root, next, signal)
  const old = path.join(placesOf(root).state, 'site-old')
  await rm(old, { recursive: true, force: true })
  await rm(stampFile, { force: true })
  if (existsSync(dist)) await rename(dist, old)
  await rename(next, dist)
  await writeAtomic(stampFile, `${JSON.stringify({ digest })}\n`)
  await rm(old, { recursive: true, force: true })
  progress(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
  return dist
}

async function digestOfIngredients(root: string): Promise<string> {
  // What the owner of a site chooses at its build (site/integrations/webcontainers.ts).
  const hash = createHash('sha256').update(`${process.version} ${process.env.WORKBOOK_WEBCONTAINERS ?? ''}`)
  for (const name of ingredients)
    hash.update(existsSync(path.join(root, name)) ? await digestOf(path.join(root, name)) : '')
  for (const name of single) hash.update(await readFile(path.join(root, name)))
  for (const name of optional) hash.update(await readFile(path.join(root, name)).catch(() => ''))
  return hash.digest('hex')
}

function astroBuild(root: string, outDir: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [path.join(root, 'node_modules', 'astro', 'bin', 'astro.mjs'), 'build', '--outDir', outDir],
      {
        cwd: root,
        env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
        signal,
      },
    )
    let text = ''
    const keep = (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-20_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) return resolve()
      const log = text.trim().split('\n').slice(-14)
      reject(
        new EnvironmentTrouble(
          'The site could not be built.',
          'The last lines of the build are above; they name the file.',
          log,
        ),
      )
    })
  })
}
