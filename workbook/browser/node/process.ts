import { outOfRange, wrongType } from './errors.ts'
import { EventEmitter } from './events.ts'
import { notInThePage } from './refuse.ts'

/** Thrown by `process.exit`, so that nothing after it runs. The runtime catches it; a program that does so goes on. */
export class Exit extends Error {
  override readonly name = 'Exit'
  /** The exit code. */
  readonly code: number

  constructor(code: number) {
    super(`the program ended itself with exit code ${code}`)
    this.code = code
  }
}

/** What the runtime decides about a program. */
export interface ProcessOptions {
  env?: Record<string, string>
  argv?: string[]
  cwd?: string
  pid?: number
  /** The version of Node that the page stands for, such as `v24.1.0`. */
  version?: string
  /** Gets each line that is written, without its end. */
  onLine?: (stream: 'stdout' | 'stderr', line: string) => void
  /** Told of the exit code before `exit` throws. */
  onExit?: (code: number) => void
}

/** A line is cut here: a program that writes for ever without one must not fill the memory. */
const LONGEST_LINE = 64 * 1024

const started = performance.now()
let runtime: Required<Pick<ProcessOptions, 'cwd' | 'onLine' | 'onExit'>> = {
  cwd: '/',
  onLine: () => {},
  onExit: () => {},
}
let exiting = false

class Output extends EventEmitter {
  readonly fd: number
  readonly writable = true
  readonly isTTY = undefined
  readonly writableLength = 0
  readonly #name: 'stdout' | 'stderr'
  readonly #decoder = new TextDecoder()
  #line = ''

  constructor(name: 'stdout' | 'stderr', fd: number) {
    super()
    this.#name = name
    this.fd = fd
  }

  write(chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
      throw wrongType('chunk', 'of type string or an instance of Buffer, TypedArray, or DataView', chunk)
    const text =
      typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk as Uint8Array<ArrayBuffer>, { stream: true })
    const lines = (this.#line + text).split('\n')
    this.#line = lines.pop() ?? ''
    for (const line of lines) runtime.onLine(this.#name, line)
    if (this.#line.length > LONGEST_LINE) this.flush()
    const callback = typeof encoding === 'function' ? encoding : done
    if (typeof callback === 'function') queueMicrotask(() => callback())
    return true
  }

  end(chunk?: string | Uint8Array): this {
    if (chunk !== undefined) this.write(chunk)
    this.flush()
    return this
  }

  /** Writes what has no line end yet. */
  flush(): void {
    const line = this.#line
    this.#line = ''
    if (line !== '') runtime.onLine(this.#name, line)
  }
}

/** Node's environment turns every value into a string. */
function environment(values: Record<string, string>): Record<string, string | undefined> {
  return new Proxy<Record<string, string | undefined>>(
    { ...values },
    {
      set(target, name, value) {
        if (typeof name === 'symbol' || typeof value === 'symbol')
          throw new TypeError('Cannot convert a Symbol value to a string')
        target[name] = String(value)
        return true
      },
    },
  )
}

function hrtime(before?: [number, number]): [number, number] {
  const now = performance.now()
  const seconds = Math.floor(now / 1000)
  const nanos = Math.floor((now - seconds * 1000) * 1e6)
  if (before === undefined) return [seconds, nanos]
  const less = nanos < before[1] ? 1 : 0
  return [seconds - before[0] - less, nanos - before[1] + less * 1e9]
}
hrtime.bigint = (): bigint => BigInt(Math.floor(performance.now() * 1e6))

class Process extends EventEmitter {
  title = 'node'
  version = 'v24.0.0'
  versions: Record<string, string> = { node: '24.0.0' }
  readonly platform = 'browser'
  readonly arch = 'wasm'
  readonly release = { name: 'node' }
  readonly browser = true
  readonly features = {}
  readonly config = {}
  readonly execPath = '/usr/local/bin/node'
  readonly execArgv: string[] = []
  argv0 = 'node'
  argv: string[] = ['/usr/local/bin/node']
  pid = 1
  readonly ppid = 0
  env: Record<string, string | undefined> = environment({})
  readonly stdout = new Output('stdout', 1)
  readonly stderr = new Output('stderr', 2)
  readonly hrtime = hrtime
  declare getBuiltinModule: (name: string) => unknown
  #exitCode: number | undefined

  get exitCode(): number | undefined {
    return this.#exitCode
  }

  set exitCode(code: number | string | null | undefined) {
    if (code === null || code === undefined) {
      this.#exitCode = undefined
      return
    }
    if (typeof code === 'number' && !Number.isInteger(code)) throw outOfRange('code', 'an integer', code)
    if (!Number.isInteger(Number(code)) || code === '' || typeof code === 'object')
      throw wrongType('code', 'of type number', code)
    this.#exitCode = Number(code)
  }

  nextTick(callback: (...args: unknown[]) => unknown, ...args: unknown[]): void {
    if (typeof callback !== 'function') throw wrongType('callback', 'of type function', callback)
    if (!exiting) queueMicrotask(() => void callback(...args))
  }

  cwd(): string {
    return runtime.cwd
  }

  chdir(): never {
    throw notInThePage('process.chdir', 'the folder of a program there never changes')
  }

  uptime(): number {
    return (performance.now() - started) / 1000
  }

  /** A page is told nothing of its memory but, in some, the heap. */
  memoryUsage(): NodeJS.MemoryUsage {
    const { memory } = performance as { memory?: { usedJSHeapSize: number; totalJSHeapSize: number } }
    const heapUsed = memory?.usedJSHeapSize ?? 0
    const heapTotal = memory?.totalJSHeapSize ?? 0
    return { rss: heapTotal, heapTotal, heapUsed, external: 0, arrayBuffers: 0 }
  }

  cpuUsage(before?: NodeJS.CpuUsage): NodeJS.CpuUsage {
    // The time of the program is the processor time of its Worker at most; a page knows no better.
    const user = Math.round((performance.now() - started) * 1000)
    return { user: user - (before?.user ?? 0), system: 0 }
  }

  umask(): number {
    return 0o22
  }

  emitWarning(warning: string | Error, options?: string | { type?: string; code?: string }, code?: string): void {
    const given =
      typeof options === 'object'
        ? options
        : { ...(options !== undefined && { type: options }), ...(code !== undefined && { code }) }
    const made =
      warning instanceof Error ? warning : Object.assign(new Error(warning), { name: given.type ?? 'Warning' })
    if (!(warning instanceof Error) && given.code !== undefined) Object.assign(made, { code: given.code })
    const shown = 'code' in made && made.code !== undefined ? `[${String(made.code)}] ` : ''
    this.nextTick(() => {
      this.stderr.write(`(node:${this.pid}) ${shown}${made.name}: ${made.message}\n`)
      this.emit('warning', made)
    })
  }

  /** To oneself a signal is an event. Other programs of the page are out of reach. */
  kill(pid: number, signal: string | number = 'SIGTERM'): true {
    if (pid !== this.pid) throw notInThePage('process.kill of another program', 'each has a Worker of its own')
    if (signal !== 0 && !this.emit(String(signal), String(signal))) this.exit(143)
    return true
  }

  exit(code?: number | string | null): never {
    if (code !== undefined && code !== null) this.exitCode = code
    if (!exiting) {
      exiting = true
      this.emit('exit', this.#exitCode ?? 0)
    }
    const last = this.#exitCode ?? 0
    this.stdout.flush()
    this.stderr.flush()
    runtime.onExit(last)
    throw new Exit(last)
  }

  abort(): never {
    return this.exit(134)
  }
}

/** The one process of this Worker. Signals and 'uncaughtException' come from the runtime by `emit`. */
export const process: Process = new Process()

/** Set by the runtime before any of the program's files is loaded; what is left out starts anew. */
export function setProcess(options: ProcessOptions): void {
  const { env = {}, argv = [], pid = 1, version = process.version } = options
  runtime = {
    cwd: options.cwd ?? '/',
    onLine: options.onLine ?? (() => {}),
    onExit: options.onExit ?? (() => {}),
  }
  exiting = false
  process.env = environment(env)
  process.argv = [process.execPath, ...argv]
  process.pid = pid
  process.version = version
  process.versions = { node: version.replace(/^v/, '') }
  process.exitCode = undefined
}

export const nextTick: Process['nextTick'] = process.nextTick.bind(process)
export { process as 'module.exports' }
export default process
