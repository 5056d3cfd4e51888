/** Fetches everything that work without a network needs, and says what is there, what came, and what is missing. */
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Lab, Track } from '../catalog/index.ts'
import { findChromium } from '../doctor/browser.ts'
import { findPython, pythonTrouble } from '../doctor/python.ts'
import { build, composeConfig, imagesOf } from '../stack/container/compose.ts'
import { composeVersion, docker, engineVersion } from '../stack/container/docker.ts'
import { PROBE_IMAGE } from '../stack/container/probe.ts'
import { ensurePostgres } from '../stack/postgres/binaries.ts'
import { ensureModules, sharedFits } from '../stack/process/modules.ts'
import { ensureVenv } from '../stack/process/python.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import { isEmptyFolder, projectName, writeTree } from '../workspace/materialise.ts'
import { type Context, workspaceOf } from './context.ts'
import { solutionOf, trackOfCopy } from './copy/origin.ts'
import { needDisk } from './preflight.ts'

export interface Pulled {
  what: string
  /** `missing`: offline work that needs it will not do. `not-needed`: nothing here needs it, or the other transport does without. */
  state: 'present' | 'fetched' | 'missing' | 'not-needed'
  bytes?: number
  detail?: string
  /** What to do about it. */
  fix?: string
}

/** Looks at each thing in turn and fetches what is not there. Running it again fetches nothing twice. One that fails does not stop the rest. */
export async function pull(context: Context, labs: readonly Lab[], told: (item: Pulled) => void): Promise<Pulled[]> {
  await needDisk(context.places)
  const items: Pulled[] = []
  const tell = (item: Pulled) => {
    items.push(item)
    told(item)
  }
  const step = async (what: string, work: () => Promise<void>) => {
    context.signal.throwIfAborted()
    try {
      await work()
    } catch (error) {
      if (context.signal.aborted || !(error instanceof EnvironmentTrouble)) throw error
      const detail = [...error.log.slice(-2), error.message].join(' ').trim()
      tell({ what, state: 'missing', detail, fix: error.remedy })
    }
  }
  await step('npm packages of the course', () => coursePackages(context, tell))
  await step('PostgreSQL for the process transport', () => postgres(context, tell))
  for (const lab of labs) await step(`npm packages of ${lab.id}`, () => labPackages(context, lab, tell))
  for (const lab of labs) await step(`Python packages of ${lab.id}`, () => pythonPackages(context, lab, tell))
  if ((await engineVersion()) === undefined || (await composeVersion()) === undefined)
    tell({
      what: 'container images',
      state: 'not-needed',
      detail: 'no Docker engine with Compose answers; labs run as processes',
    })
  else
    for (const lab of labs)
      for (const track of await tracksOf(context, lab))
        await step(`images of ${lab.id}`, () => images(context, lab, track, items, tell))
  tell(browser(labs))
  return items
}

async function coursePackages(context: Context, tell: (item: Pulled) => void): Promise<void> {
  const file = path.join(context.root, 'node_modules', '.workbook-install.json')
  // Every command of npm run installs them first; somebody who calls the command line by hand may have none.
  if (existsSync(file)) tell({ what: 'npm packages of the course', state: 'present' })
  else
    tell({
      what: 'npm packages of the course',
      state: existsSync(path.join(context.root, 'node_modules')) ? 'present' : 'missing',
      detail: 'not installed by the workbook',
      fix: 'npm start installs them.',
    })
}

async function postgres(context: Context, tell: (item: Pulled) => void): Promise<void> {
  let fetched = false
  const home = await ensurePostgres(context.places, (text) => {
    fetched = true
    context.progress(text)
  })
  tell({
    what: 'PostgreSQL for the process transport',
    state: fetched ? 'fetched' : 'present',
    bytes: await bytesOf(home),
  })
}

/** Packages of the programs: those of the course where they are the very same, else those of the learner's copy. */
async function labPackages(context: Context, lab: Lab, tell: (item: Pulled) => void): Promise<void> {
  const what = `npm packages of ${lab.id}`
  const api = path.join(workspaceOf(context.root, lab), 'api')
  if (existsSync(path.join(api, 'package.json')) && !(await sharedFits(context.root, await manifestOf(api)))) {
    const there = existsSync(path.join(api, 'node_modules'))
    await ensureModules(context.places, api, context.progress)
    return tell({ what, state: there ? 'present' : 'fetched', detail: 'your copy has packages of its own' })
  }
  for (const track of lab.tracks) {
    const text = (await solutionOf(context, lab, track)).get('api/package.json')?.content.toString('utf8')
    if (text !== undefined && !(await sharedFits(context.root, JSON.parse(text))))
      return tell({
        what,
        state: 'missing',
        detail: `the course has not all packages of the track ${track}`,
        fix: `npm run lab -- start ${lab.id} --track ${track}, once while there is a network.`,
      })
  }
  tell({ what, state: 'present', detail: 'the course’s own' })
}

/** A virtual environment for the learner's copy, or where there is none yet, for the track that is written in Python. */
async function pythonPackages(context: Context, lab: Lab, tell: (item: Pulled) => void): Promise<void> {
  const what = `Python packages of ${lab.id}`
  const api = path.join(workspaceOf(context.root, lab), 'api')
  const tracks = await Promise.all(
    (await tracksOf(context, lab)).map(
      async (track) => (await solutionOf(context, lab, track)).get('api/requirements.txt')?.content,
    ),
  )
  const mine = await readFile(path.join(api, 'requirements.txt')).catch(() => undefined)
  const list = mine ?? tracks.find((content) => content !== undefined)
  if (list === undefined) return
  const trouble = pythonTrouble(await findPython())
  if (mine === undefined && trouble !== undefined)
    return tell({ what, state: 'not-needed', detail: `${trouble.found}; containers bring their own` })
  const { home, fetched } = await ensureVenv(context.places, list, context.progress)
  tell({ what, state: fetched ? 'fetched' : 'present', bytes: await bytesOf(home) })
}

const manifestOf = async (api: string) =>
  JSON.parse(await readFile(path.join(api, 'package.json'), 'utf8').catch(() => '{}')) as object

/** Where there is a copy, its track decides; else whoever pulls may choose any later. */
const tracksOf = async (context: Context, lab: Lab): Promise<Track[]> =>
  (await isEmptyFolder(workspaceOf(context.root, lab))) ? lab.tracks : [await trackOfCopy(context, lab)]

/** What the lab's services run from, and its own image once, so that the next build finds every layer in the cache. */
async function images(
  context: Context,
  lab: Lab,
  track: Track,
  items: Pulled[],
  tell: (item: Pulled) => void,
): Promise<void> {
  const { signal } = context
  const mine = workspaceOf(context.root, lab)
  const own = !(await isEmptyFolder(mine)) && existsSync(path.join(mine, 'compose.yaml'))
  const dir = own ? mine : await mkdtemp(path.join(os.tmpdir(), 'workbook-pull-'))
  // A project name of its own: nothing that runs, and no image that is in use, is replaced.
  const project = `${projectName(lab)}-pull`
  try {
    if (!own) {
      await rm(dir, { recursive: true })
      await writeTree(await solutionOf(context, lab, track), dir)
    }
    const wanted = await imagesOf(dir, await composeConfig(dir, project, signal))
    for (const image of new Set([...wanted, PROBE_IMAGE]))
      if (!items.some((item) => item.what === `image ${image}`)) tell(await pullImage(context, image))
    const missing = items.filter((i) => wanted.some((w) => i.what === `image ${w}`) && i.state === 'missing')
    if (missing.length > 0) return
    context.progress(`Building the image of ${lab.id} once, for the build cache.`)
    await build(['compose', '-p', project, '--project-directory', dir, '-f', path.join(dir, 'compose.yaml')], signal)
    tell({
      what: `build of ${lab.id}${own || track === lab.tracks[0] ? '' : ` (${track})`}`,
      state: 'present',
      detail: own ? 'from your copy' : 'from the solution',
      ...(await imageSize(`${project}-api`)),
    })
  } finally {
    if (!own) await rm(dir, { recursive: true, force: true })
  }
}

async function pullImage(context: Context, image: string): Promise<Pulled> {
  const what = `image ${image}`
  const before = await imageSize(image)
  if (before !== undefined) return { what, state: 'present', ...before }
  context.progress(`Pulling ${image}.`)
  const result = await docker(['pull', '-q', image], { signal: context.signal })
  if (result.code === 0) return { what, state: 'fetched', ...(await imageSize(image)) }
  return {
    what,
    state: 'missing',
    detail: result.stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '',
    fix: 'Look at the connection to the image registry and run this again; docker/README.md has a way without one.',
  }
}

async function imageSize(image: string): Promise<{ bytes: number } | undefined> {
  const result = await docker(['image', 'inspect', '--format', '{{.Size}}', image], { timeout: 20_000 })
  return result.code === 0 ? { bytes: Number(result.stdout.trim()) } : undefined
}

function browser(labs: readonly Lab[]): Pulled {
  const found = findChromium()
  const what = 'browser for checks of pages'
  if (found !== undefined) return { what, state: 'present', detail: found }
  if (!labs.some((lab) => lab.capabilities.includes('page')))
    return { what, state: 'not-needed', detail: 'no check of these labs opens a page' }
  return {
    what,
    state: 'missing',
    detail: 'no Chromium, and this command does not install one',
    fix: 'Install Chromium by your system’s packages, or: npx playwright install chromium. WORKBOOK_CHROMIUM names one in another place.',
  }
}

/** Bytes of all files below a folder; links are not followed. */
export async function bytesOf(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => [])
  let sum = 0
  for (const entry of entries)
    if (entry.isFile()) sum += (await stat(path.join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size
  return sum
}
