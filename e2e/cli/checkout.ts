/** A checkout of its own for tests of the command line: the developer's own workspace and results stay untouched. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
  /** Seconds. */
  seconds: number
}

export interface Checkout {
  root: string
  /** Runs a command of the workbook as `npm run` would. */
  run(words: string[], options?: { cwd?: string; env?: Record<string, string>; killAfter?: number }): Promise<Outcome>
  /** Command lines of processes that run from this checkout, and its containers. */
  leftovers(): string[]
  remove(): void
}

/** Copies what git would (committed or not), and links the installed packages. */
export function makeCheckout(): Checkout {
  const root = mkdtempSync(path.join(os.tmpdir(), 'workbook-e2e-'))
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: source, encoding: 'utf8' })
  for (const name of files.split('\n').filter((line) => line !== '')) {
    if (!existsSync(path.join(source, name))) continue
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    cpSync(path.join(source, name), path.join(root, name))
  }
  symlinkSync(path.join(source, 'node_modules'), path.join(root, 'node_modules'))
  const run: Checkout['run'] = (words, options = {}) =>
    new Promise((resolve, reject) => {
      const started = performance.now()
      const child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', '--', path.join(root, 'workbook', 'cli', 'main.ts'), ...words],
        {
          cwd: root,
          // A process group of its own, so that an interrupt reaches all of it, as Ctrl-C does.
          detached: true,
          env: { ...process.env, INIT_CWD: options.cwd ?? root, NO_COLOR: '1', ...options.env },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      let [stdout, stderr] = ['', '']
      child.stdout.on('data', (chunk) => {
        stdout += chunk
      })
      child.stderr.on('data', (chunk) => {
        stderr += chunk
      })
      const timer =
        options.killAfter === undefined
          ? undefined
          : setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGINT'), options.killAfter)
      child.on('error', reject)
      child.on('exit', (code) => {
        clearTimeout(timer)
        resolve({ code, stdout, stderr, seconds: (performance.now() - started) / 1000 })
      })
    })
  return {
    root,
    run,
    leftovers: () => [...processesIn(root), ...containersOf(root)],
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** Programs whose working directory lies in the checkout, and database servers of it. */
function processesIn(root: string): string[] {
  const list = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).trim().split('\n')
  const ours = list.filter((line) => {
    const pid = Number.parseInt(line.trim(), 10)
    if (pid === process.pid) return false
    const cwd = tryRead(() =>
      execFileSync('readlink', [`/proc/${pid}/cwd`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(),
    )
    return cwd?.startsWith(root) === true || line.includes(root)
  })
  return ours.map((line) => line.trim())
}

function containersOf(root: string): string[] {
  const list = tryRead(() =>
    execFileSync(
      'docker',
      [
        'ps',
        '-a',
        '--format',
        '{{.Names}} {{.Label "com.docker.compose.project.working_dir"}} {{.Label "com.docker.compose.project.config_files"}}',
      ],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    ),
  )
  return (list ?? '').split('\n').filter((line) => line.includes(root))
}

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Is there an engine? Where it is mandatory, its absence is an error of the test and not a reason to skip. */
export async function dockerThere(): Promise<boolean> {
  const there = await new Promise<boolean>((resolve) => {
    execFile('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 }, (error) =>
      resolve(error === null),
    )
  })
  if (!there && process.env.WORKBOOK_REQUIRE_CONTAINER === '1')
    throw new Error('containers are required here, and Docker does not answer')
  return there
}
