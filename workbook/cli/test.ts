import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { findLab, labFolders, type Track } from '../catalog/index.ts'
import { findChromium } from '../doctor/browser.ts'
import { findPython } from '../doctor/python.ts'
import { buildSite } from '../session/site.ts'
import { UsageError } from '../session/usage.ts'
import { type Places, placesOf } from '../stack/files.ts'
import { ensureModules } from '../stack/process/modules.ts'
import { buildState, writeTree } from '../workspace/materialise.ts'
import { alternateIds, loadAlternate, type StateName, tracksOfAlternate } from '../workspace/states.ts'
import type { Invocation } from './main.ts'

interface Step {
  name: string
  about: string
  run: (context: Invocation) => Promise<boolean>
}

const steps: Step[] = [
  {
    name: 'lint',
    about: 'format, lint, directions of imports',
    run: (c) => tool(c, 'biome', ['check', '--error-on-warnings', '.']),
  },
  {
    name: 'types',
    about: 'types of the workbook and its site',
    run: async (c) =>
      (await tool(c, 'astro', ['sync'])) &&
      (await tool(c, 'tsc', ['--noEmit'])) &&
      tool(c, 'astro', ['check', '--minimumFailingSeverity', 'hint']),
  },
  { name: 'lab-types', about: 'types of every state of every lab, syntax of Python', run: labTypes },
  { name: 'course', about: 'course and labs: schema, links, anchors, patches', run: (c) => self(c, ['lint-course']) },
  { name: 'unit', about: 'unit tests', run: (c) => tool(c, 'vitest', ['run']) },
  { name: 'site', about: 'the site builds', run: site },
  { name: 'verify', about: 'the graders are proven', run: (c) => self(c, ['verify']) },
  {
    name: 'cli',
    about: 'the command line, as a learner uses it',
    run: (c) => tool(c, 'vitest', ['run', '--config', 'vitest.cli.config.ts']),
  },
  { name: 'e2e', about: 'the site in a browser', run: e2e },
]

/** `npm test [-- step …]`: everything that gates a merge, or the named steps. */
export default async function test(context: Invocation): Promise<number> {
  const unknown = context.words.find((word) => !steps.some((s) => s.name === word))
  if (unknown !== undefined)
    throw new UsageError(`There is no step "${unknown}". Steps: ${steps.map((s) => s.name).join(', ')}.`)
  const selected = steps.filter((s) => context.words.length === 0 || context.words.includes(s.name))
  const lines: string[] = []
  let failed = 0
  const started = performance.now()
  for (const step of selected) {
    context.signal.throwIfAborted()
    process.stdout.write(`\n== ${step.name}: ${step.about}\n`)
    const from = performance.now()
    const passed = await step.run(context)
    if (!passed) failed++
    lines.push(
      `${passed ? 'ok  ' : 'FAIL'} ${step.name.padEnd(10)} ${((performance.now() - from) / 1000).toFixed(1)} s`,
    )
  }
  process.stdout.write(`\n${lines.join('\n')}\n${((performance.now() - started) / 1000).toFixed(0)} s in all\n`)
  process.stdout.write(`${selected.length - failed} passed, ${failed} failed\n`)
  return failed === 0 ? 0 : 1
}

/** Runs a tool of node_modules, output passed through. */
function tool(context: Invocation, name: string, words: string[], cwd = context.root): Promise<boolean> {
  return child(context, path.join(context.root, 'node_modules', '.bin', name), words, cwd)
}

const self = (context: Invocation, words: string[]) =>
  child(
    context,
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(context.root, 'workbook', 'cli', 'main.ts'), ...words],
    context.root,
  )

function child(context: Invocation, command: string, words: string[], cwd: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' }
    const running = spawn(command, words, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
    const stop = () => running.kill('SIGTERM')
    context.signal.addEventListener('abort', stop, { once: true })
    running.on('error', reject)
    running.on('exit', (code) => {
      context.signal.removeEventListener('abort', stop)
      resolve(code === 0)
    })
  })
}

/** A state is a project of its own: it has to be free of type errors where its author opens it. */
async function labTypes(context: Invocation): Promise<boolean> {
  const { root } = context
  const places = placesOf(root)
  let good = true
  for (const folder of await labFolders(root)) {
    const lab = await findLab(root, folder)
    const alternates = await Promise.all((await alternateIds(root, lab)).map((id) => loadAlternate(root, lab, id)))
    const programs: { state: StateName; track: Track }[] = [
      ...lab.tracks.flatMap((track) => (['starter', 'solution'] as const).map((kind) => ({ state: { kind }, track }))),
      ...alternates.flatMap((alternate) =>
        tracksOfAlternate(lab, alternate).map((track) => ({
          state: { kind: 'alternate', id: alternate.id } as const,
          track,
        })),
      ),
    ]
    for (const { state, track } of programs) {
      const name = `${'id' in state ? state.id : state.kind}${track === lab.tracks[0] ? '' : `-${track}`}`
      const dir = path.join(places.state, 'types', name)
      await rm(dir, { recursive: true, force: true })
      await writeTree(await buildState(root, lab, state, track), dir)
      const verdict = await judged(context, places, path.join(dir, 'api'))
      if (verdict === undefined) continue
      process.stdout.write(`${verdict.padEnd(4)} ${lab.id} ${name}\n`)
      good &&= verdict !== 'FAIL'
    }
  }
  await rm(path.join(places.state, 'types'), { recursive: true, force: true })
  return good
}

/** Types of TypeScript; of Python the syntax, for which nothing has to be installed. Undefined: neither of the two. */
async function judged(context: Invocation, places: Places, api: string): Promise<'ok' | 'FAIL' | '--' | undefined> {
  if (existsSync(path.join(api, 'tsconfig.json'))) {
    await ensureModules(places, api, () => {})
    return (await tool(context, 'tsc', ['--noEmit', '-p', api])) ? 'ok' : 'FAIL'
  }
  if (!existsSync(path.join(api, 'requirements.txt'))) return undefined
  const search = await findPython()
  if (search.kind !== 'found') return process.env.WORKBOOK_REQUIRE_CONTAINER === '1' ? 'FAIL' : '--'
  // -W error: a warning about the syntax (a stray escape) is an error in some later Python.
  return (await child(context, search.python.path, ['-W', 'error', '-m', 'compileall', '-q', 'app'], api))
    ? 'ok'
    : 'FAIL'
}

async function site({ root, signal }: Invocation): Promise<boolean> {
  try {
    await buildSite(root, signal, (text) => process.stdout.write(`${text}\n`))
    return true
  } catch (error) {
    const { message, log = [] } = error as Error & { log?: string[] }
    process.stdout.write(`${[...log, message].join('\n')}\n`)
    return false
  }
}

async function e2e(context: Invocation): Promise<boolean> {
  if (findChromium() === undefined && !(await installChromium(context))) {
    process.stdout.write(
      'There is no Chromium and it could not be installed. WORKBOOK_CHROMIUM names one in another place.\n',
    )
    return false
  }
  await buildSite(context.root, context.signal, () => {})
  return tool(context, 'playwright', ['test'])
}

/** Debian's package on a throw-away machine, Playwright's own download elsewhere. */
async function installChromium(context: Invocation): Promise<boolean> {
  const debian = process.env.CI === 'true' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (!debian) return tool(context, 'playwright', ['install', 'chromium'])
  await child(context, 'apt-get', ['-qq', 'update'], context.root)
  return child(context, 'apt-get', ['-qq', '-y', '--no-install-recommends', 'install', 'chromium'], context.root)
}
