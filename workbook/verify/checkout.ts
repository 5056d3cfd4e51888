/** A checkout of its own, to run the real command in: the developer's own workspace and results stay untouched. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const here = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
  /** Seconds. */
  seconds: number
}

/** A command under way. */
export interface Running {
  ended: Promise<Outcome>
  /** As Ctrl-C does. */
  interrupt(): void
  /** Presses keys; only with a terminal. */
  type(keys: string): void
  /** What it printed since the last `until`. */
  output(): string
  /** Waits for a text on either output. */
  printed(pattern: RegExp, ms?: number): Promise<void>
  /** Waits for a text, and gives what was printed up to its end since the last time. */
  until(pattern: RegExp, ms?: number): Promise<string>
}

export interface CommandOptions {
  cwd?: string
  env?: Record<string, string>
  /** Words that stand before the command: a program that starts it. */
  before?: readonly string[]
}

export interface Checkout {
  root: string
  /** Begins a command of the workbook as `npm run` would, without a keyboard unless it is given a terminal. */
  begin(words: string[], options?: CommandOptions & { terminal?: boolean }): Running
  /** Runs one to its end. */
  run(words: string[], options?: CommandOptions & { killAfter?: number }): Promise<Outcome>
  /** Command lines of processes that run from this checkout, and its containers. */
  leftovers(): string[]
  remove(): void
}

/** What a workbook reads and never writes. */
const READ = ['course', 'labs', 'solutions', 'workbook', 'docker', 'node_modules', 'package.json', 'package-lock.json']

/**
 * A learner's home for use cases that are called in this process: the checkout by links, with a `workspace/` and a state of its own. Gives its path. Cheaper
 * than a copy, and no place to run the command in, which finds its files by where it really lies.
 */
export function makeHome(source = here): string {
  const home = mkdtempSync(path.join(os.tmpdir(), 'workbook-home-'))
  for (const name of READ) symlinkSync(path.join(source, name), path.join(home, name))
  mkdirSync(path.join(home, 'workspace'))
  return home
}

/**
 * Copies what git would (committed or not), and links the installed packages.
 * @param source the checkout to copy; the one that this file is of if not set
 * @param signal interrupts the commands under way, which are in process groups of their own
 */
export function makeCheckout(source = here, signal?: AbortSignal): Checkout {
  const root = mkdtempSync(path.join(os.tmpdir(), 'workbook-e2e-'))
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: source, encoding: 'utf8' })
  for (const name of files.split('\n').filter((line) => line !== '')) {
    if (!existsSync(path.join(source, name))) continue
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    cpSync(path.join(source, name), path.join(root, name))
  }
  symlinkSync(path.join(source, 'node_modules'), path.join(root, 'node_modules'))
  const begin: Checkout['begin'] = (words, options = {}) => {
    const started = performance.now()
    const command = [
      ...(options.before ?? []),
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      '--',
      path.join(root, 'workbook', 'cli', 'main.ts'),
      ...words,
    ]
    // `script` gives it a terminal, and passes on what is written to its input.
    const [program = '', ...rest] =
      options.terminal === true ? ['script', '-qfec', command.map((w) => `'${w}'`).join(' '), '/dev/null'] : command
    const child = spawn(program, rest, {
      cwd: root,
      // A process group of its own, so that an interrupt reaches all of it, as Ctrl-C does.
      detached: true,
      env: { ...process.env, INIT_CWD: options.cwd ?? root, NO_COLOR: '1', ...options.env },
      stdio: [options.terminal === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr, from] = ['', '', 0]
    let look: () => void = () => {}
    child.stdout?.on('data', (chunk) => {
      stdout += chunk
      look()
    })
    child.stderr?.on('data', (chunk) => {
      stderr += chunk
    })
    const ended = new Promise<Outcome>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (status, signal) => {
        // Before Node has its handlers an interrupt ends it at once: for a shell that is 130 too.
        const code = status ?? (signal === 'SIGINT' ? 130 : null)
        resolve({ code, stdout, stderr, seconds: (performance.now() - started) / 1000 })
      })
    })
    const interrupt = () => {
      // Ended: its number may be somebody else's by now.
      if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGINT')
    }
    if (signal?.aborted === true) interrupt()
    signal?.addEventListener('abort', interrupt, { once: true })
    void ended.finally(() => signal?.removeEventListener('abort', interrupt)).catch(() => {})
    return {
      ended,
      interrupt,
      type: (keys) => child.stdin?.write(keys),
      output: () => stdout.slice(from),
      printed: async (pattern, ms = 60_000) => {
        const end = performance.now() + ms
        while (!pattern.test(stdout) && !pattern.test(stderr)) {
          if (performance.now() > end || child.exitCode !== null)
            throw new Error(`${pattern} did not come; there was:\n${stdout}${stderr}`)
          await sleep(10)
        }
      },
      until: (pattern, ms = 60_000) =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(
            () =>
              reject(new Error(`${pattern} did not come within ${ms} ms; there was:\n${stdout.slice(from)}${stderr}`)),
            ms,
          )
          look = () => {
            const match = pattern.exec(stdout.slice(from))
            if (match === null) return
            clearTimeout(timer)
            look = () => {}
            const text = stdout.slice(from, from + match.index + match[0].length)
            from += text.length
            resolve(text)
          }
          look()
        }),
    }
  }
  const run: Checkout['run'] = async (words, options = {}) => {
    const running = begin(words, options)
    const timer = options.killAfter === undefined ? undefined : setTimeout(running.interrupt, options.killAfter)
    try {
      return await running.ended
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    root,
    begin,
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
    const cwd = tryRead(() => readlinkSync(`/proc/${pid}/cwd`))
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
