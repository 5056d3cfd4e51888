/** A lab's stack in the page: its migrations, its replicas, and their data. */
import { entriesOf, randomBlocklist } from '../../stack/blocklist-text.ts'
import type { Files, PostgresAssets, ProgramSpec, Service } from '../protocol.ts'
import { Data } from './data.ts'
import { freshKeys, KEYS_DIR, type KeyFolder, keyFiles } from './keys.ts'
import { Endless, Program, ProgramFailed } from './program.ts'
import type { Sandbox } from './sandbox.ts'

/** What a lab needs to run in the page: made when the site is built. */
export interface PageLab {
  id: string
  /** Named settings, as in `lab.yaml`. */
  settings: Readonly<Record<string, { env: Readonly<Record<string, string>>; blocklist?: 'random'; keys?: boolean }>>
  replicas: number
  services: readonly Service[]
}

/** Scripts and data, fetched by the page. */
export interface Runtime {
  sandbox: Sandbox
  /** Texts of the Workers' scripts. */
  scripts: { program: string; data: string }
  /** Undefined where a lab has no Postgres. */
  postgres: PostgresAssets | undefined
  /** Lua as WebAssembly, for Redis. */
  lua: ArrayBuffer | undefined
}

export interface StackOptions {
  runtime: Runtime
  lab: PageLab
  /** Files of the learner's copy, by paths in it: `api/src/server.ts`. */
  files: Files
  /** Name of the settings. */
  settings: string
  /** Gets what the programs print. */
  onLines?: (program: string, lines: string[], dropped: number) => void
}

/** The stack did not come up; the program's own doing, in words. */
export class StackFailed extends Error {
  /** Last lines of the program's output. */
  readonly log: readonly string[]
  readonly trouble: ProgramFailed['trouble'] | undefined
  constructor(message: string, log: readonly string[], trouble?: ProgramFailed['trouble']) {
    super(message)
    this.log = log.slice(-8)
    this.trouble = trouble
  }
}

const HOME = '/app'
const PORT = 3000
const ENTRY = 'src/server.ts'
const MIGRATE = 'src/migrate.ts'
const START_MS = 15_000
const READY_MS = 10_000
const STOP_MS = 3_000

export class PageStack {
  readonly #options: StackOptions
  readonly #data: Data | undefined
  readonly keys: KeyFolder | undefined
  /** Text of the blocklist in force. */
  readonly blocklist: string | undefined
  #replicas: Program[] = []
  #lost = 0
  #turn = 0
  #closed = false
  readonly #log: string[] = []

  private constructor(
    options: StackOptions,
    data: Data | undefined,
    keys: KeyFolder | undefined,
    blocklist: string | undefined,
  ) {
    this.#options = options
    this.#data = data
    this.keys = keys
    this.blocklist = blocklist
  }

  /** Starts it: data, migrations, replicas. @throws StackFailed */
  static async start(options: StackOptions): Promise<PageStack> {
    const { runtime, lab, files } = options
    const settings = lab.settings[options.settings]
    const [data, keys] = await Promise.all([
      lab.services.length === 0
        ? undefined
        : Data.open(runtime.sandbox, runtime.scripts.data, lab.services, runtime).catch((error: Error) => {
            throw new StackFailed(error.message, [])
          }),
      settings?.keys ? freshKeys() : undefined,
    ])
    const blocklist = settings?.blocklist === 'random' ? randomBlocklist() : files['data/blocklist.txt']
    const stack = new PageStack(options, data, keys, blocklist)
    try {
      if (lab.services.includes('postgres')) await stack.#migrate()
      await stack.#launch()
      return stack
    } catch (error) {
      stack.close()
      throw error
    }
  }

  get env(): Readonly<Record<string, string>> {
    return this.#options.lab.settings[this.#options.settings]?.env ?? {}
  }

  get replicas(): readonly Program[] {
    return this.#replicas
  }

  /** The program whose turn it is, as behind a round-robin. */
  next(): { program: Program; port: number } | undefined {
    const program = this.#replicas[this.#turn++ % this.#replicas.length]
    return program === undefined ? undefined : { program, port: PORT }
  }

  /** A connection of the grader's own. */
  connect() {
    if (this.#data === undefined) throw new Error('the lab has no database')
    return this.#data.connect()
  }

  redis(...words: string[]) {
    if (this.#data === undefined) throw new Error('the lab has no Redis')
    return this.#data.redis(...words)
  }

  /** What all programs printed so far; `from` is a former length. */
  get lines(): readonly string[] {
    return this.#log
  }

  signal(name: 'SIGHUP'): void {
    for (const program of this.#replicas) program.signal(name)
  }

  /** Changes a file in the world of every replica, now and after a restart. */
  write(path: string, text: string | undefined): void {
    for (const program of this.#replicas) program.write(path, text)
  }

  /** SIGTERM, then an end; then all are started again. False where one did not come up. */
  async reboot(): Promise<boolean> {
    const old = this.#replicas
    for (const program of old) program.signal('SIGTERM')
    await Promise.race([
      Promise.all(old.map((program) => program.ended)),
      new Promise((resolve) => setTimeout(resolve, STOP_MS)),
    ])
    for (const program of old) program.end()
    return this.revive()
  }

  async revive(): Promise<boolean> {
    for (const program of this.#replicas) program.end()
    return this.#launch().then(
      () => true,
      () => false,
    )
  }

  async alive(): Promise<{ alive: true } | { alive: false; detail: string; log: string[] }> {
    const dead = this.#replicas.find((program) => program.exit !== undefined)
    if (dead !== undefined)
      return { alive: false, detail: `The API ended with exit code ${dead.exit}.`, log: dead.lines.slice(-4) }
    const silent = await Promise.all(this.#replicas.map((program) => this.#ready(program, 2_000)))
    const at = silent.indexOf(false)
    if (at < 0) return { alive: true }
    return { alive: false, detail: 'The API runs and does not answer.', log: this.#replicas[at]?.lines.slice(-4) ?? [] }
  }

  async present(): Promise<boolean> {
    return !this.#closed
  }

  close(): void {
    this.#closed = true
    for (const program of this.#replicas) program.end()
    this.#data?.end()
  }

  async #migrate(): Promise<void> {
    const program = this.#program('migrate', MIGRATE)
    try {
      const code = await program.within(program.ran, START_MS)
      if (code !== undefined && code !== 0)
        throw new StackFailed(`The migrations ended with exit code ${code}.`, program.lines)
    } catch (error) {
      throw failureOf(error, 'The migrations failed', program)
    } finally {
      program.end()
    }
  }

  async #launch(): Promise<void> {
    const count = this.#options.lab.replicas
    this.#replicas = Array.from({ length: count }, (_, i) => this.#program(count > 1 ? `api-${i + 1}` : 'api', ENTRY))
    await Promise.all(
      this.#replicas.map(async (program) => {
        try {
          await program.within(program.listening, START_MS)
        } catch (error) {
          throw failureOf(error, 'The API did not start', program)
        }
        if (!(await this.#ready(program, READY_MS)))
          throw new StackFailed('The API listens and does not answer `GET /api/health/ready`.', program.lines)
      }),
    )
  }

  async #ready(program: Program, ms: number): Promise<boolean> {
    const ask = {
      method: 'GET',
      url: '/api/health/ready',
      headers: [],
      body: new Uint8Array(),
      remoteAddress: '127.0.0.1',
    }
    const gone = new AbortController()
    return new Promise<boolean>((resolve) => {
      // Any answer will do, also one that never comes to its end.
      const done = (answered: boolean) => {
        clearTimeout(timer)
        resolve(answered)
        gone.abort()
      }
      const timer = setTimeout(done, ms, false)
      const request = { ...ask, headers: [['host', 'localhost']] satisfies [string, string][] }
      program
        .request(PORT, request, gone.signal, () => done(true))
        .then(
          () => done(true),
          () => done(false),
        )
    })
  }

  #program(name: string, entry: string): Program {
    const { runtime, onLines } = this.#options
    return new Program({
      sandbox: runtime.sandbox,
      script: runtime.scripts.program,
      name,
      spec: this.#spec(entry),
      dial: (service, port) => this.#data?.accept(service, port),
      onLines: (lines, dropped) => {
        this.#keep(lines)
        onLines?.(name, lines, dropped)
      },
    })
  }

  #keep(lines: string[]): void {
    // What a mark points into stays where it is: what is too much is not kept.
    if (this.#log.length + lines.length > 20_000) this.#lost += lines.length
    else this.#log.push(...lines)
  }

  #spec(entry: string): ProgramSpec {
    const { lab, files } = this.#options
    const world = Object.entries(files).map(([path, text]) => [`${HOME}/${path}`, text])
    return {
      files: {
        ...Object.fromEntries(world),
        ...(this.keys === undefined ? {} : keyFiles(this.keys)),
        ...(this.blocklist === undefined ? {} : { '/blocklist.txt': this.blocklist }),
      },
      entry,
      cwd: `${HOME}/api`,
      env: {
        HOST: '127.0.0.1',
        PORT: String(PORT),
        DATABASE_URL: 'postgres://postgres@127.0.0.1:5432/postgres',
        MIGRATIONS_DIR: `${HOME}/migrations`,
        ...(this.blocklist === undefined ? {} : { BLOCKLIST_FILE: '/blocklist.txt' }),
        ...(this.keys === undefined ? {} : { JWT_KEYS_DIR: KEYS_DIR }),
        ...(lab.services.includes('redis') ? { REDIS_URL: 'redis://127.0.0.1:6379' } : {}),
        ...this.env,
      },
      services: lab.services,
    }
  }

  /** Entries of the blocklist in force. */
  get entries() {
    return this.blocklist === undefined ? undefined : entriesOf(this.blocklist)
  }
}

function failureOf(error: unknown, what: string, program: Program): unknown {
  if (error instanceof ProgramFailed) return new StackFailed(`${what}: ${error.message}`, program.lines, error.trouble)
  if (error instanceof Endless) return new StackFailed(`${what}. ${error.message}`, program.lines)
  return error
}
