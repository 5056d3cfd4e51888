/** A program that runs in the sandbox, as the page sees it. */
import type {
  ProgramNews,
  ProgramOrder,
  ProgramSpec,
  ProgramTrouble,
  RequestMessage,
  ResponseMessage,
  Service,
  Thrown,
} from '../protocol.ts'
import type { Sandbox, SandboxWorker } from './sandbox.ts'
import { serveSubtle } from './subtle.ts'

/** So many lines of a program's output are kept. */
const KEPT_LINES = 2_000

/** Why there is no answer: Node's codes, and `GONE` where the program ended. */
export class NoAnswer extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** It does not run: its own mistake, in words, with the place where that is known. */
export class ProgramFailed extends Error {
  readonly trouble: ProgramTrouble
  constructor(trouble: ProgramTrouble) {
    super(trouble.message)
    this.trouble = trouble
  }
}

/** It did not come to an end of its own within the time that it had. */
export class Endless extends Error {
  readonly ms: number
  constructor(ms: number) {
    super(
      `It did not come to an end within ${ms / 1000} s and was stopped. A loop that never ends? Nothing else can happen in a program while one runs.`,
    )
    this.ms = ms
  }
}

export interface ProgramOptions {
  sandbox: Sandbox
  /** Text of the program Worker's script. */
  script: string
  name: string
  spec: ProgramSpec
  /** Joins a connection of the program to a service. */
  dial: (service: Service, port: MessagePort) => void
  /** Gets what it prints. */
  onLines?: (lines: string[], dropped: number) => void
}

export type CallResult = { value: unknown } | { thrown: Thrown }

export class Program {
  readonly #worker: SandboxWorker
  readonly #waiting = new Map<number, { done: (value: never) => void; failed: (error: Error) => void }>()
  readonly #begun = new Map<number, (status: number, bytes: number) => void>()
  readonly #begins = Promise.withResolvers<void>()
  readonly #ran = Promise.withResolvers<number | undefined>()
  readonly #listening = Promise.withResolvers<number>()
  readonly #ended = Promise.withResolvers<number>()
  readonly #onLines: ProgramOptions['onLines']
  readonly #dial: ProgramOptions['dial']
  /** What it printed, oldest first. */
  readonly lines: string[] = []
  /** Number of the first of `lines`. */
  firstLine = 0
  /** The exit code, once it ended. */
  exit: number | undefined
  #serial = 0

  constructor({ sandbox, script, name, spec, dial, onLines }: ProgramOptions) {
    this.#onLines = onLines
    this.#dial = dial
    for (const { promise } of [this.#begins, this.#ran, this.#listening, this.#ended]) promise.catch(() => undefined)
    this.#worker = sandbox.start(name, script)
    this.#worker.port.onmessage = ({ data }: MessageEvent<ProgramNews>) => this.#hear(data)
    void this.#worker.died.then((text) => this.#fail({ kind: 'threw', message: text }))
    this.#order({ kind: 'run', spec })
  }

  /** Its Worker is there, and its entry is about to be evaluated. @throws ProgramFailed */
  get begins(): Promise<void> {
    return this.#begins.promise
  }

  /** Its entry was evaluated; gives `process.exitCode`. @throws ProgramFailed */
  get ran(): Promise<number | undefined> {
    return this.#ran.promise
  }

  /** The port that its server listens on. @throws ProgramFailed */
  get listening(): Promise<number> {
    return this.#listening.promise
  }

  /** Its exit code, when it ends. */
  get ended(): Promise<number> {
    return this.#ended.promise
  }

  /**
   * @param begun told when the answer begins, and once more when it is larger than anybody takes
   * @throws NoAnswer
   */
  request(
    port: number,
    request: RequestMessage,
    gone?: AbortSignal,
    begun?: (status: number, bytes: number) => void,
  ): Promise<ResponseMessage> {
    if (this.exit !== undefined) return Promise.reject(new NoAnswer('ECONNREFUSED', 'the program has ended'))
    const id = ++this.#serial
    const answer = this.#wait<ResponseMessage>(id)
    if (begun !== undefined) this.#begun.set(id, begun)
    this.#order({ kind: 'request', id, port, request })
    gone?.addEventListener('abort', () => this.#order({ kind: 'abandon', id }), { once: true })
    return answer
  }

  /**
   * Calls a function that its entry exports.
   * @param ms it is ended where it takes longer
   * @throws Endless, NoAnswer
   */
  async call(name: string, args: unknown[], ms: number): Promise<CallResult> {
    const id = ++this.#serial
    const answer = this.#wait<CallResult>(id)
    this.#order({ kind: 'call', id, name, args })
    return this.within(answer, ms)
  }

  /** The work, or the end of the program where it takes too long. @throws Endless */
  async within<T>(work: Promise<T>, ms: number): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        // First: its end rejects whatever waits for it, in other words.
        reject(new Endless(ms))
        this.end()
      }, ms)
    })
    try {
      return await Promise.race([work, over])
    } finally {
      clearTimeout(timer)
    }
  }

  signal(name: string): void {
    this.#order({ kind: 'signal', name })
  }

  /** Changes a file of its world; `undefined` takes it away. */
  write(path: string, text: string | undefined): void {
    this.#order({ kind: 'write', path, text })
  }

  /** Ends it as SIGKILL does. */
  end(): void {
    if (this.exit === undefined) this.#gone(137)
    this.#worker.end()
  }

  #order(order: ProgramOrder): void {
    this.#worker.port.postMessage(order)
  }

  #wait<T>(id: number): Promise<T> {
    return new Promise<T>((done, failed) => this.#waiting.set(id, { done: done as (value: never) => void, failed }))
  }

  #settle(id: number): { done: (value: never) => void; failed: (error: Error) => void } | undefined {
    const found = this.#waiting.get(id)
    this.#waiting.delete(id)
    this.#begun.delete(id)
    return found
  }

  #hear(news: ProgramNews): void {
    switch (news.kind) {
      case 'begins':
        this.#begins.resolve()
        break
      case 'ran':
        this.#ran.resolve(news.exitCode)
        break
      case 'trouble':
        this.#fail(news.trouble)
        break
      case 'listening':
        this.#listening.resolve(news.port)
        break
      case 'exited':
        this.#gone(news.code)
        this.#worker.end()
        break
      case 'log':
        this.#log(news.lines, news.dropped)
        break
      case 'begun':
        this.#begun.get(news.id)?.(news.status, news.bytes)
        break
      case 'answer':
        this.#settle(news.id)?.done(news.response as never)
        break
      case 'no-answer':
        this.#settle(news.id)?.failed(new NoAnswer(news.code, news.message))
        break
      case 'returned':
        this.#settle(news.id)?.done({ value: news.value } as never)
        break
      case 'thrown':
        this.#settle(news.id)?.done({ thrown: news.thrown } as never)
        break
      case 'dial':
        this.#dial(news.service, news.port)
        break
      case 'subtle':
        serveSubtle(news.port)
        break
    }
  }

  #log(lines: string[], dropped: number): void {
    this.lines.push(...lines)
    const over = this.lines.length - KEPT_LINES
    if (over > 0) {
      this.lines.splice(0, over)
      this.firstLine += over
    }
    this.#onLines?.(lines, dropped)
  }

  #fail(trouble: ProgramTrouble): void {
    const error = new ProgramFailed(trouble)
    this.#begins.reject(error)
    this.#ran.reject(error)
    this.#listening.reject(error)
    this.#gone(1)
    this.#worker.end()
  }

  #gone(code: number): void {
    this.exit ??= code
    const last = this.lines.at(-1)
    const words = `the program ended with exit code ${code}${last === undefined ? '' : `; its last words: ${last}`}`
    this.#begins.reject(new ProgramFailed({ kind: 'threw', message: words }))
    this.#ran.reject(new ProgramFailed({ kind: 'threw', message: words }))
    this.#listening.reject(new ProgramFailed({ kind: 'threw', message: words }))
    this.#ended.resolve(code)
    for (const { failed } of this.#waiting.values()) failed(new NoAnswer('ECONNRESET', words))
    this.#waiting.clear()
  }
}
