/** Grades a lab: finds or starts its stack, runs the checks, keeps the result. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import { type CourseJson, type Lab, longestWindow } from '../catalog/index.ts'
import type { AnyCheck } from '../grader/core/check.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import { furtherSettings, openGrounds } from '../grader/grounds.ts'
import type { Target } from '../grader/kit/open.ts'
import { loadChecks, selectChecks } from '../grader/load.ts'
import { runChecks } from '../grader/run.ts'
import { courseOf } from '../stack/course.ts'
import { digestOf, type Places, writeAtomic } from '../stack/files.ts'
import { answersHttp } from '../stack/ready.ts'
import { EnvironmentTrouble, type ServiceState, type Stack, type Transport } from '../stack/types.ts'
import { type Acquired, acquire, folderOf } from './acquire.ts'
import { type Context, callerDir, rememberLab } from './context.ts'
import { needDisk, needOneTime } from './preflight.ts'
import { recordRun } from './progress.ts'
import { isComplete, RESULT_SCHEMA, type RunReport, totalsOf } from './report.ts'
import { UsageError } from './usage.ts'

export interface CheckRequest {
  lab: Lab
  /** Ids of checks; empty for all. */
  ids: string[]
  dir: string | undefined
  runtime: Transport | undefined
  track: string | undefined
  seed: string | undefined
  /** An origin to grade instead of a folder, with the settings of its server. */
  url: string | undefined
  envFile: string | undefined
}

export type CheckEvent =
  | {
      type: 'ready'
      lab: Lab
      transport: RunReport['transport']
      seed: string
      services: ServiceState[]
      checks: AnyCheck[]
      notes: string[]
    }
  | { type: 'result'; result: CheckResult }

/** How many results of a lab are kept. */
const KEPT = 20

/** What a request comes to before anything is started. */
export interface Plan {
  request: CheckRequest
  /** Every check of the lab, and those that are asked for. */
  all: AnyCheck[]
  checks: AnyCheck[]
  where: Where
}

/** Reads checks, folder and declarations. @throws UsageError, UnknownCheck, CatalogError */
export async function planCheck(context: Context, request: CheckRequest): Promise<Plan> {
  const all = await loadChecks(request.lab)
  const checks = selectChecks(all, request.ids)
  const where = await prepare(context, request)
  if (where.dir !== undefined && request.dir === undefined) await rememberLab(context.places, request.lab)
  return { request, all, checks, where }
}

/**
 * One graded run, from words to result. Environment trouble is part of the result; mistakes in what was typed are thrown.
 * @throws UsageError, UnknownCheck, CatalogError
 */
export async function checkLab(
  context: Context,
  request: CheckRequest,
  onEvent: (event: CheckEvent) => void,
): Promise<RunReport> {
  const plan = await planCheck(context, request)
  return runPlan(context, plan, () => openTarget(context, request, plan.where), onEvent)
}

/**
 * Runs what is planned on what `open` gives, and keeps the result.
 * @param parts the order of the checks, in parts; left out: that of the lanes alone
 */
export async function runPlan(
  context: Context,
  plan: Plan,
  open: () => Promise<Opened>,
  onEvent: (event: CheckEvent) => void,
  parts?: readonly AnyCheck[][],
): Promise<RunReport> {
  const { request, all, checks, where } = plan
  const { lab } = request
  const seed = request.seed ?? randomBytes(3).toString('hex')
  const report = await emptyReport(context, request, seed, checks, where)
  let opened: Opened | undefined
  try {
    await needDisk(context.places)
    opened = await open()
    report.transport = opened.transport
    report.services = opened.services
    report.notes = [...opened.notes]
    const sick = opened.services.find((s) => s.state === 'exited' || s.state === 'unhealthy')
    if (sick !== undefined)
      throw new EnvironmentTrouble(
        `The service ${sick.name} is ${sick.state}${sick.detail ? ` (${sick.detail})` : ''}.`,
        `Read its log: npm run lab -- logs ${lab.id}`,
      )
    if (opened.target.kind === 'stack') await needOneTime(opened.target.stack)
    const more = opened.further === undefined ? [] : furtherSettings(checks, where.course)
    // They start while the first checks run.
    const stacks = opened.further?.(context, more)
    if (more.length > 0) report.notes.push(furtherNote(more))
    onEvent({
      type: 'ready',
      lab,
      transport: opened.transport,
      seed,
      services: opened.services,
      checks,
      notes: report.notes,
    })
    const started = performance.now()
    const grounds = await openGrounds(opened.target, stacks, where.course, seed)
    try {
      report.checks = await runChecks({
        checks,
        ...(parts === undefined ? {} : { parts, calm: () => calm(lab, context.signal) }),
        ...grounds,
        course: where.course,
        seed,
        signal: context.signal,
        onResult: (result) => onEvent({ type: 'result', result }),
      })
    } finally {
      await grounds.close()
    }
    report.ms = Math.round(performance.now() - started)
  } catch (error) {
    if (!(error instanceof EnvironmentTrouble)) throw error
    report.env = { message: error.message, remedy: error.remedy, log: error.log }
  } finally {
    await opened?.release()
  }
  report.totals = totalsOf(report.checks)
  report.complete = isComplete(all, report.checks)
  if (!context.signal.aborted) {
    await keepResult(context.places, lab, report)
    const workspace = opened?.target.kind === 'stack' ? opened.target.stack.digest : undefined
    await recordRun(context, report, { lab, dir: where.dir, workspace: workspace || undefined })
  }
  return report
}

const furtherNote = (names: readonly string[]) =>
  names.length === 1
    ? `Some checks need the settings "${names[0]}": a stack of their own was started for this run.`
    : `Some checks need further settings (${names.join(', ')}): a stack for each was started for this run.`

/** Lets the longest window of the lab's settings go by (`…_WINDOW`, seconds), so that a lock-out does not colour what follows. */
async function calm(lab: Lab, signal: AbortSignal): Promise<void> {
  await sleep(longestWindow(lab) + 200, undefined, { signal }).catch(() => {})
}

export interface Where {
  dir: string | undefined
  course: CourseJson
  env: Record<string, string>
}

async function prepare(context: Context, request: CheckRequest): Promise<Where> {
  const { lab } = request
  if (request.envFile !== undefined && request.url === undefined)
    throw new UsageError('--env-file tells the settings of a server named with --url; without --url it means nothing.')
  if (request.url !== undefined) {
    if (request.dir !== undefined)
      throw new UsageError('--url and --dir exclude each other: grade a running server, or a folder.')
    const url = URL.canParse(request.url) ? new URL(request.url) : undefined
    if (url === undefined || url.protocol !== 'http:')
      throw new UsageError(`--url wants an http origin such as http://127.0.0.1:3000, not "${request.url}".`)
    if (url.pathname !== '/') throw new UsageError(`--url wants an origin without a path: ${url.origin}`)
    const dir = callerDir()
    const course = existsSync(path.join(dir, 'course.json')) ? await courseOf(dir) : await courseOf('/nonexistent')
    return { dir: undefined, course, env: request.envFile === undefined ? {} : await readEnv(request.envFile) }
  }
  const dir = folderOf(context, lab, request.dir)
  const course = await courseOf(dir)
  if (request.track !== undefined && !['express', 'fastapi', 'other'].includes(request.track))
    throw new UsageError(`There is no track "${request.track}". ${lab.id} has: ${lab.tracks.join(', ')}.`)
  if (request.track !== undefined && course.track !== request.track)
    throw new UsageError(`The folder holds the track ${course.track} (course.json), not ${request.track}.`)
  return { dir, course, env: {} }
}

async function readEnv(file: string): Promise<Record<string, string>> {
  try {
    return Object.fromEntries(
      Object.entries(parseEnv(await readFile(path.resolve(callerDir(), file), 'utf8'))).map(([k, v]) => [k, v ?? '']),
    )
  } catch {
    throw new UsageError(`--env-file ${file}: no such file.`)
  }
}

export interface Opened {
  target: Target
  transport: RunReport['transport']
  services: ServiceState[]
  notes: string[]
  /** Stacks of further settings, on their way; left out where there can be none. */
  further?: (context: Context, names: readonly string[]) => ReadonlyMap<string, Promise<Stack>>
  release(): Promise<void>
}

/** A stack as the target of one run, which leaves it as it is. */
export async function openedOf({ stack, notes, further }: Acquired): Promise<Opened> {
  return {
    target: { kind: 'stack', stack },
    transport: stack.transport,
    services: await stack.services(),
    notes,
    further: (context, names) => further.take(context, stack, names),
    release: async () => {},
  }
}

async function openTarget(context: Context, request: CheckRequest, where: Where): Promise<Opened> {
  if (where.dir !== undefined) {
    const held = await acquire(context, request.lab, where.dir, request.runtime)
    try {
      return { ...(await openedOf(held)), release: held.release }
    } catch (error) {
      await held.release()
      throw error
    }
  }
  const origin = new URL(request.url ?? '').origin
  if (!(await answersHttp(origin, 3_000)))
    throw new EnvironmentTrouble(
      `${origin} does not answer /api/health/ready.`,
      'Is the server running, and is this its address? An origin is meant, without /api.',
    )
  const file = where.env.BLOCKLIST_FILE
  const second = ['127.0.0.1', 'localhost'].includes(new URL(origin).hostname) && process.platform === 'linux'
  return {
    target: {
      kind: 'url',
      origin,
      env: where.env,
      settings: request.lab.settings,
      second,
      ...(file ? { blocklistFile: file } : {}),
    },
    transport: 'url',
    services: [],
    notes:
      request.envFile === undefined
        ? ['The settings of this server are not known (--env-file): the defaults of the contract are assumed.']
        : [],
    release: async () => {},
  }
}

async function emptyReport(
  context: Context,
  request: CheckRequest,
  seed: string,
  checks: AnyCheck[],
  where: Where,
): Promise<RunReport> {
  const { version } = JSON.parse(await readFile(path.join(context.root, 'package.json'), 'utf8')) as { version: string }
  return {
    schema: RESULT_SCHEMA,
    tool: {
      name: 'full-stack-workbook',
      version,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
    lab: { id: request.lab.id, title: request.lab.title, digest: await digestOf(request.lab.dir) },
    transport: request.url === undefined ? (request.runtime ?? 'process') : 'url',
    track: where.course.track,
    runtime: request.runtime ?? 'any',
    seed,
    selection: checks.map((c) => c.id),
    complete: false,
    env: null,
    services: [],
    totals: totalsOf([]),
    checks: [],
    ms: 0,
    target: request.url ?? request.dir ?? path.relative(context.root, where.dir ?? ''),
    notes: [],
  }
}

async function keepResult(places: Places, lab: Lab, report: RunReport): Promise<void> {
  const folder = path.join(places.state, 'results', lab.folder)
  const text = `${JSON.stringify(report, null, 2)}\n`
  await writeAtomic(path.join(folder, 'latest.json'), text)
  await writeAtomic(path.join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`), text)
  const old = (await readdir(folder)).filter((f) => /^\d{4}-.*\.json$/.test(f)).sort()
  for (const name of old.slice(0, Math.max(0, old.length - KEPT))) await rm(path.join(folder, name), { force: true })
}
