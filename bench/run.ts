/** Measures what design promises: first verdict, the cost of grading over the bare requests, start of a lab, start of the site. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { request } from 'playwright'
import { findLab } from '../workbook/catalog/index.ts'
import { freePort } from '../workbook/doctor/ports.ts'
import type { Exchange } from '../workbook/grader/core/exchange.ts'
import { openKits } from '../workbook/grader/kit/open.ts'
import { loadChecks } from '../workbook/grader/load.ts'
import { runChecks } from '../workbook/grader/run.ts'
import { selfId } from '../workbook/stack/child.ts'
import { courseOf } from '../workbook/stack/course.ts'
import { placesOf } from '../workbook/stack/files.ts'
import { startProcessStack } from '../workbook/stack/process/stack.ts'
import type { Stack } from '../workbook/stack/types.ts'
import { buildState, writeTree } from '../workbook/workspace/materialise.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const main = path.join(root, 'workbook', 'cli', 'main.ts')
const ROUNDS = 7

const lab = await findLab(root, 'L01')
const dir = await mkdtemp(path.join(os.tmpdir(), 'workbook-bench-'))
try {
  await writeTree(await buildState(root, lab, { kind: 'solution' }, 'express'), dir)
  console.log(
    `${process.platform}-${process.arch}, ${os.cpus().length} cores, load ${os.loadavg()[0]?.toFixed(1)}, ${ROUNDS} rounds each: minimum / median / maximum\n`,
  )
  await withStack(overBareRequests)
  await withStack(firstVerdict)
  await siteStart()
} finally {
  await rm(dir, { recursive: true, force: true })
}

/** A stack of the solution, timed in its start, kept while `use` runs. */
async function withStack(use: (stack: Stack) => Promise<void>): Promise<void> {
  const settings = lab.settings.base
  if (settings === undefined) throw new Error('no settings')
  const started = performance.now()
  const stack = await startProcessStack(
    {
      lab,
      dir,
      name: `bench-${process.pid.toString(36)}`,
      settings,
      signal: AbortSignal.timeout(120_000),
      progress: () => {},
    },
    { places: placesOf(root), life: 'run', writable: true, owner: await selfId() },
  )
  say('lab start, process transport', [performance.now() - started], 2_000)
  try {
    await use(stack)
  } finally {
    await stack.close()
  }
}

/** The shared-lane checks against the same requests sent by Playwright's request client with nothing around them. */
async function overBareRequests(stack: Stack): Promise<void> {
  const checks = (await loadChecks(lab)).filter((c) => c.lane === 'shared')
  const course = await courseOf(dir)
  const graded: number[] = []
  const bare: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const exchanges: Exchange[] = []
    const kits = await openKits({ kind: 'stack', stack }, course, `bench${round}`)
    const from = performance.now()
    await runChecks({
      checks,
      stack,
      kits: {
        ...kits,
        kitFor: (check, watch, signal) =>
          kits.kitFor(
            check,
            (e) => {
              exchanges.push(e)
              watch(e)
            },
            signal,
          ),
      },
      course,
      seed: `bench${round}`,
      signal: AbortSignal.timeout(120_000),
      onResult: () => {},
    })
    graded.push(performance.now() - from)
    await kits.close()
    bare.push(await replay(exchanges))
  }
  say('checks of the shared lane', graded, undefined)
  say('the same requests, bare', bare, undefined)
  const ratios = graded.map((ms, i) => ms / (bare[i] ?? Number.NaN))
  console.log(`${'grading over bare requests'.padEnd(36)} ${spread(ratios, 2)}   target <= 1.5\n`)
}

/** Sends recorded requests four at a time, as the checks did, in their order. */
async function replay(exchanges: Exchange[]): Promise<number> {
  const client = await request.newContext()
  const queue = [...exchanges].sort((a, b) => a.at - b.at)
  const from = performance.now()
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let e = queue.shift(); e !== undefined; e = queue.shift()) {
        const data = e.requestBody
        await client.fetch(e.url, {
          method: e.method,
          headers: e.requestHeaders,
          failOnStatusCode: false,
          ...(data === undefined ? {} : { data }),
        })
      }
    }),
  )
  const ms = performance.now() - from
  await client.dispose()
  return ms
}

/** `check` as a process: from its start to the first line with a verdict, on a server that runs (--url). */
async function firstVerdict(stack: Stack): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now()
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--', main, 'check', 'L01', 'C08', '--url', stack.origin],
      {
        cwd: root,
        env: { ...process.env, NODE_COMPILE_CACHE: path.join(root, '.workbook', 'compile-cache') },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
    let text = ''
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        text += chunk
        if (/^(PASS|FAIL)/m.test(text)) resolve()
      })
      child.on('exit', () => resolve())
    })
    times.push(performance.now() - from)
    await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)))
  }
  say('check: start to first verdict', times, 1_000)
}

/** `npm start` on a built site, our process's start to the first lesson. */
async function siteStart(): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < 3; round++) {
    const port = await freePort()
    const from = performance.now()
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--', main, 'start'], {
      cwd: root,
      env: { ...process.env, PORT: String(port), NODE_COMPILE_CACHE: path.join(root, '.workbook', 'compile-cache') },
      stdio: 'ignore',
    })
    while ((await status(`http://127.0.0.1:${port}/01-authentication/02-passwords-now/`)) !== 200)
      await new Promise((r) => setTimeout(r, 10))
    // The first round may build.
    if (round > 0) times.push(performance.now() - from)
    child.kill('SIGINT')
    await new Promise((resolve) => child.once('exit', resolve))
  }
  say('site: start to first lesson', times, 2_000)
}

async function status(url: string): Promise<number> {
  try {
    return (await fetch(url)).status
  } catch {
    return 0
  }
}

function say(what: string, times: number[], target: number | undefined): void {
  const unit = `${spread(times, 0)} ms`
  console.log(`${what.padEnd(36)} ${unit}${target === undefined ? '' : `   target <= ${target} ms`}`)
}

function spread(values: number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (i: number) => (sorted[i] ?? Number.NaN).toFixed(digits)
  return `${at(0)} / ${at(Math.floor(sorted.length / 2))} / ${at(sorted.length - 1)}`
}
