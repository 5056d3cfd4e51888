/** Dishonest programs under the checks: none may pass, hang the grader or break it. */
import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { CheatData } from '../catalog/index.ts'
import type { AnyCheck } from '../grader/core/check.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import { readJson } from '../stack/files.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import type { Tree } from '../workspace/materialise.ts'
import { CHEAT_MS, type Complaint, designed, judgeCheat } from './judge.ts'
import { type Bench, withFolder, withState } from './program.ts'
import { proxied } from './proxy.ts'
import type { ProgramRow } from './verify.ts'

/** What a cheat came to. */
interface Outcome {
  results: CheckResult[]
  complaints: Complaint[]
}

/** Runs one cheat and judges it. */
export async function verifyCheat(
  bench: Bench,
  cheat: CheatData,
  checks: AnyCheck[],
  seed: string,
): Promise<ProgramRow> {
  const tree = await preparation(bench, cheat, checks, seed)
  const started = performance.now()
  const { results, complaints } =
    cheat.by === 'command' ? await byCommand(bench, cheat, seed) : await byChecks(bench, cheat, checks, seed, tree)
  const ms = Math.round(performance.now() - started)
  return {
    set: 'cheat',
    id: cheat.id,
    transport: 'process',
    ms,
    results: results.map(({ id, verdict, ms }) => ({ id, verdict, ms })),
    complaints: [...complaints, ...judgeCheat(cheat, results, ms, designed(checks))],
  }
}

/** What a cheat gets to know beforehand, as a change of its files. */
export async function preparation(
  bench: Bench,
  cheat: CheatData,
  checks: AnyCheck[],
  seed: string,
): Promise<((tree: Tree) => void) | undefined> {
  if (cheat.recording === undefined) return undefined
  const content = await recordingOf(bench, checks, cheat.recording === 'same-seed' ? seed : `${seed}0`)
  return (tree) => tree.set('api/recording.json', { content, executable: false })
}

/** Every exchange of the solution under the checks of the shared lane. */
async function recordingOf(bench: Bench, checks: AnyCheck[], seed: string): Promise<Buffer> {
  const entries: object[] = []
  await withState(
    bench,
    { kind: 'solution' },
    'process',
    (running) =>
      running.grade(
        checks.filter((c) => c.lane === 'shared'),
        seed,
      ),
    {
      around: (stack) =>
        proxied(stack, {
          onPassed: ({ method, path, sent, status, headers, body }) =>
            entries.push({
              key: `${method} ${path.split('?')[0]}`,
              sent: sent.toString('utf8'),
              status,
              headers,
              body: body.toString('utf8'),
            }),
        }),
    },
  )
  return Buffer.from(JSON.stringify(entries))
}

async function byChecks(
  bench: Bench,
  cheat: CheatData,
  checks: AnyCheck[],
  seed: string,
  tree: ((tree: Tree) => void) | undefined,
): Promise<Outcome> {
  try {
    const results = await withState(
      bench,
      { kind: 'cheat', id: cheat.id },
      'process',
      (running) => running.grade(checks, seed),
      tree === undefined ? {} : { tree },
    )
    const none: Complaint[] =
      results.length > 0 ? [] : [{ kind: 'crash', program: cheat.id, check: '', text: 'no check has a result' }]
    return { results, complaints: none }
  } catch (error) {
    if (!(error instanceof EnvironmentTrouble)) throw error
    // Exit code 3, and nothing was graded: that proves something only where it is the trick.
    return { results: [], complaints: cheat.starts ? [idle(cheat, [error.message, ...error.log].join(' | '))] : [] }
  }
}

const idle = (cheat: CheatData, text: string): Complaint => ({
  kind: 'environment',
  program: cheat.id,
  check: '',
  text: `it did not run, so nothing is proven: ${text}`,
})

/** As a person would: the command, its exit code, its output, and the result that it keeps. */
async function byCommand(bench: Bench, cheat: CheatData, seed: string): Promise<Outcome> {
  const kept = path.join(bench.places.state, 'results', bench.lab.folder, 'latest.json')
  const before = await readFile(kept).catch(() => undefined)
  try {
    return await withFolder(bench, { kind: 'cheat', id: cheat.id }, async (dir) => {
      const words = [bench.lab.id, ...cheat.select, '--dir', dir, '--runtime', 'process', '--seed', seed, '--json']
      const { code, stdout } = await command(bench, words)
      const report = parsed(stdout)
      const found: Complaint[] = []
      const add = (kind: Complaint['kind'], text: string) => found.push({ kind, program: cheat.id, check: '', text })
      if (code === 0 || report?.complete === true) add('false-pass', `exit code ${code}`)
      if (code === undefined) add('hang', 'the command did not end')
      if (report === undefined ? cheat.select.length === 0 : report.checks.length === 0)
        found.push(idle(cheat, `exit code ${code}`))
      if (code === 4) add('crash', `exit code 4: ${stdout.slice(0, 200)}`)
      const after = await readJson<Report>(kept)
      if (report !== undefined && JSON.stringify(after) !== JSON.stringify(report))
        add('false-pass', 'the kept result is not the one of this run')
      return { results: report?.checks ?? [], complaints: found }
    })
  } finally {
    // The result of a lab is its learner's.
    await (before === undefined ? rm(kept, { force: true }) : writeFile(kept, before))
  }
}

interface Report {
  complete: boolean
  checks: CheckResult[]
}

function parsed(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report
  } catch {
    return undefined
  }
}

function command(bench: Bench, words: string[]): Promise<{ code: number | undefined; stdout: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [path.join(bench.root, 'workbook', 'bootstrap', 'run.mjs'), 'check', ...words],
      { cwd: bench.root, timeout: CHEAT_MS, signal: bench.signal, maxBuffer: 50_000_000 },
      (_error, stdout) => resolve({ code: child.exitCode ?? undefined, stdout }),
    )
  })
}
