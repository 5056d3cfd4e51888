/**
 * Grades a lab again and again: after each save, when its API comes up anew, and when asked. Holds one stack for as long as it lasts. Knows
 * nothing of a terminal.
 */
import { CatalogError } from '../catalog/index.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import { selectChecks } from '../grader/load.ts'
import {
  type HealthEvent,
  type HealthEvents,
  listenToHealth,
  projectFilter,
  startsOf,
} from '../stack/container/events.ts'
import { courseOf } from '../stack/course.ts'
import { type Acquired, folderOf, isRunning, renew } from './acquire.ts'
import { type CheckEvent, type CheckRequest, openedOf, type Plan, planCheck, runPlan } from './check.ts'
import type { Context } from './context.ts'
import type { RunReport } from './report.ts'
import { Memory } from './rerun.ts'
import { Rounds } from './rounds.ts'
import { type Saves, watchSaves } from './saves.ts'
import { UsageError } from './usage.ts'

/** What a round is run for. */
export type Reason =
  | { why: 'start' | 'all' | 'failure' }
  | { why: 'saved'; files: string[] }
  /** The API was started anew by somebody else, or the stack is back. */
  | { why: 'service' | 'back' }

export type WatchEvent =
  | CheckEvent
  | { type: 'round'; reason: Reason }
  /** The round came to its end. */
  | { type: 'end'; report: RunReport }
  /** Something newer ended it: what it told is void. */
  | { type: 'overtaken' }
  /** A file that is read before anything runs has a mistake. */
  | { type: 'mistake'; message: string }
  /** The stack was stopped by somebody else. */
  | { type: 'gone' }

export interface WatchOptions {
  /** Runs only when asked: files and services are not looked at. */
  manual: boolean
}

export interface Watch {
  /** Runs all, or the failure alone with what it needs; what is under way ends. False: there is no failure. */
  ask(why: 'all' | 'failure'): boolean
  /** The failure that is worked on. */
  failure(): CheckResult | undefined
  /** The last lines that the API printed; undefined while there is no stack. */
  log(count: number): Promise<string[] | undefined>
  /** Ends it, as the signal of the context does. */
  quit(): void
  /** Settles when everything that was begun is ended. Gives the last whole result. */
  ended: Promise<RunReport | undefined>
}

/** Between two looks at the stack while nothing runs. One at containers costs a process. */
const PULSE_MS = { process: 1_000, container: 3_000 } as const

/**
 * Begins to watch; the first round runs at once.
 * @throws UsageError, UnknownCheck, CatalogError for what cannot be graded at all
 */
export async function watchLab(
  context: Context,
  request: CheckRequest,
  { manual }: WatchOptions,
  onEvent: (event: WatchEvent) => void,
): Promise<Watch> {
  if (request.url !== undefined)
    throw new UsageError('--watch looks at a folder; a server behind --url has none. Leave out one of the two.')
  const dir = folderOf(context, request.lab, request.dir)
  await planCheck(context, request)
  const watcher = new Watcher(context, request, dir, manual, onEvent)
  return watcher.begin()
}

class Watcher {
  readonly #context: Context
  readonly #request: CheckRequest
  readonly #dir: string
  readonly #manual: boolean
  readonly #tell: (event: WatchEvent) => void
  readonly #quit = new AbortController()
  readonly #over: AbortSignal
  readonly #rounds: Rounds<Reason>
  readonly #memory = new Memory()
  #held: Acquired | undefined
  #last: RunReport | undefined
  #gone = false
  /** It was seen to be back, once: whoever starts it may not be done yet. */
  #seen = false
  #health: { project: string; events: HealthEvents } | undefined
  /** Containers and when they were started, as the last round left them: that these are healthy is no news. */
  #known = new Set<string>()

  constructor(
    context: Context,
    request: CheckRequest,
    dir: string,
    manual: boolean,
    tell: (event: WatchEvent) => void,
  ) {
    this.#context = context
    this.#request = request
    this.#dir = dir
    this.#manual = manual
    this.#tell = tell
    this.#over = AbortSignal.any([context.signal, this.#quit.signal])
    this.#rounds = new Rounds((reason, signal) => this.#round(reason, signal), this.#over)
  }

  async begin(): Promise<Watch> {
    // Before the first round: what is saved while it starts counts.
    const saves = this.#manual
      ? undefined
      : await watchSaves(this.#dir, (files) => this.#rounds.ask({ why: 'saved', files }))
    this.#rounds.ask({ why: 'start' })
    return {
      ask: (why) => {
        if (why === 'failure' && this.#memory.failure === undefined) return false
        this.#rounds.ask({ why })
        return true
      },
      failure: () => this.#memory.failure,
      log: async (count) => (await this.#held?.stack.logs({ position: 0 }))?.slice(-count),
      quit: () => this.#quit.abort(),
      ended: this.#live(saves),
    }
  }

  /** Until it is over: looks after the stack while nothing runs. Then ends everything. */
  async #live(saves: Saves | undefined): Promise<RunReport | undefined> {
    try {
      while (!this.#over.aborted) {
        await this.#rounds.idle()
        await pause(PULSE_MS[this.#held?.stack.transport ?? 'process'], this.#over)
        if (!this.#over.aborted && !this.#rounds.busy) await this.#pulse()
      }
      await this.#rounds.idle()
      return this.#last
    } finally {
      this.#quit.abort()
      saves?.close()
      this.#health?.events.close()
      await this.#rounds.idle().catch(() => {})
      await this.#held?.release()
    }
  }

  /** Is the stack still there, or back? */
  async #pulse(): Promise<void> {
    const { lab, runtime } = this.#request
    const held = this.#held
    if (held !== undefined) {
      this.#listen(held)
      if ((await held.stack.present()) || this.#rounds.busy || this.#held !== held) return
      await this.#lose(held)
    } else if (this.#gone && !this.#manual) {
      const running = await isRunning(this.#context, lab, this.#dir, runtime)
      if (running && this.#seen && !this.#rounds.busy) this.#rounds.ask({ why: 'back' })
      this.#seen = running
    }
  }

  async #lose(held: Acquired): Promise<void> {
    this.#held = undefined
    this.#gone = true
    this.#seen = false
    this.#tell({ type: 'gone' })
    await held.release().catch(() => {})
  }

  async #round(reason: Reason, signal: AbortSignal): Promise<void> {
    this.#tell({ type: 'round', reason })
    this.#memory.begin()
    const context = { ...this.#context, signal }
    try {
      const plan = await this.#plan(context, reason)
      const parts = reason.why === 'saved' || reason.why === 'service' ? this.#memory.order(plan.checks) : undefined
      const report = await runPlan(
        context,
        plan,
        () => this.#open(context),
        (event) => this.#note(event),
        parts,
      )
      if (signal.aborted) return this.#tell({ type: 'overtaken' })
      const held = this.#held
      if (held !== undefined && !(await held.stack.present())) return await this.#lose(held)
      await this.#remember()
      this.#last = report
      this.#tell({ type: 'end', report })
    } catch (error) {
      if (signal.aborted) return this.#tell({ type: 'overtaken' })
      if (!(error instanceof UsageError || error instanceof CatalogError)) throw error
      this.#tell({ type: 'mistake', message: error.message })
    }
  }

  async #plan(context: Context, { why }: Reason): Promise<Plan> {
    const plan = await planCheck(context, this.#request)
    const { failure } = this.#memory
    return why === 'failure' && failure !== undefined
      ? { ...plan, checks: selectChecks(plan.checks, [failure.id]) }
      : plan
  }

  async #open(context: Context) {
    const before = this.#held
    // What cannot be renewed is no target; a stack of our own that only does not start its API is kept for the next try.
    this.#held = undefined
    try {
      this.#held = await renew(context, this.#request.lab, this.#dir, this.#request.runtime, before)
    } catch (error) {
      if (before?.own === true && (await before.stack.present())) this.#held = before
      throw error
    }
    this.#gone = false
    const opened = await openedOf(this.#held)
    this.#listen(this.#held)
    return opened
  }

  #note(event: CheckEvent): void {
    if (event.type === 'result') this.#memory.add(event.result)
    this.#tell(event)
  }

  /** On containers a new API that came up is a reason to run; one that a round itself brought up is not. */
  #listen({ stack }: Acquired): void {
    if (this.#manual || stack.transport !== 'container') return
    if (this.#health?.project === stack.name && !this.#health.events.ended) return
    this.#health?.events.close()
    const events = listenToHealth(stack.name, (event) => void this.#heard(event).catch(() => {}))
    this.#health = { project: stack.name, events }
  }

  async #heard({ service, container, healthy }: HealthEvent): Promise<void> {
    // One that is gone is looked for by the pulse.
    if (this.#gone || !healthy || service !== ((await courseOf(this.#dir)).services.api ?? 'api')) return
    const starts = await startsOf(`id=${container}`)
    if (this.#rounds.busy || starts.every((start) => this.#known.has(start))) return
    this.#rounds.ask({ why: 'service' })
  }

  async #remember(): Promise<void> {
    const stack = this.#held?.stack
    if (stack?.transport === 'container') this.#known = new Set(await startsOf(projectFilter(stack.name)))
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
