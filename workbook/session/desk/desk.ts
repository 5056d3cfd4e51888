/**
 * One lab as the page sees it: what runs, what is being done to it, what came of it. Every act is a use case of `session`, the same that
 * the command line calls; here they get a deadline, a way to be stopped, and listeners.
 */
import type { Lab } from '../../catalog/index.ts'
import type { CheckResult } from '../../grader/core/verdict.ts'
import { loadChecks } from '../../grader/load.ts'
import { newestChange } from '../../stack/files.ts'
import { type CheckRequest, checkLab, planCheck } from '../check.ts'
import { type Context, workspaceOf } from '../context.ts'
import { openHints } from '../hints.ts'
import { startLab, stopLab } from '../labs.ts'
import { resetLab } from '../reset.ts'
import { restoreLab, type Snapshot } from '../snapshots.ts'
import { solve } from '../solve.ts'
import { update } from '../update.ts'
import { UsageError } from '../usage.ts'
import { type Watch, watchLab } from '../watch.ts'
import { EventLog } from './event-log.ts'
import { Lookout } from './lookout.ts'
import type { Act, Activity, HintAnswer, LabEvent, LabState, StandingAnswer } from './protocol.ts'
import type { ActRequest } from './requests.ts'
import { isKnown, ofCheck, ofError, ofReport, ofWatch, textOf } from './translate.ts'
import { within } from './within.ts'

/** After so long an act is given up: the first start may build images. Milliseconds. */
const DEADLINES: Record<Exclude<Act, 'watch'>, number> = {
  start: 600_000,
  stop: 120_000,
  reset: 120_000,
  solve: 120_000,
  restore: 120_000,
  update: 120_000,
  check: 600_000,
}
/** So long a stop waits. What an act does in one piece, it does to its end. */
const STOP_MS = 15_000

const keptSentence = (snapshot: Snapshot | undefined) =>
  snapshot === undefined ? '' : `What was there before is kept as the snapshot ${snapshot.name}.`

/** Something else is being done to this lab. */
export class Busy extends Error {
  override name = 'Busy'
}

interface Running {
  activity: Activity
  stop: AbortController
  watch?: Watch
  over: Promise<void>
}

export class Desk {
  readonly events = new EventLog<LabEvent>({
    most: 4_000,
    bytes: 2_000_000,
    // A program that prints without end must not push verdicts out.
    spare: (event) => event.type === 'log',
    outdates: (event) => {
      if (event.type === 'begin') return (old) => old.type !== 'log'
      if (event.type === 'log' && event.fresh) return (old) => old.type === 'log'
      return undefined
    },
  })
  readonly lab: Lab
  readonly #context: Context
  readonly #lookout: Lookout
  #running: Running | undefined
  #closed = false
  /** Results of a run that is not kept yet. */
  readonly #fresh = new Map<string, CheckResult>()

  constructor(context: Context, lab: Lab) {
    this.#context = context
    this.lab = lab
    this.#lookout = new Lookout(
      context,
      lab,
      () => this.#running?.activity,
      (event) => this.#tell(event),
    )
  }

  /** How it is now. */
  state(): Promise<LabState> {
    return this.#lookout.state()
  }

  /** Keeps an eye on stack and logs until the returned function is called. */
  watchOver(onState: (state: LabState) => void): () => void {
    return this.#lookout.join(onState)
  }

  /** The checks of the lab with what is known of each. */
  async standings(): Promise<StandingAnswer> {
    const [checks, known, change] = await Promise.all([
      loadChecks(this.lab),
      this.#lookout.results(),
      newestChange(workspaceOf(this.#context.root, this.lab)).catch(() => 0),
    ])
    return {
      checks: checks.map(({ id, title, level }) => {
        const own = known.find(({ result }) => result.id === id)
        if (own === undefined) return { id, title, level }
        const { at, transport, result } = own
        return {
          id,
          title,
          level,
          standing: { at, transport, result, text: textOf(result), changed: change > Date.parse(at) },
        }
      }),
    }
  }

  /**
   * Begins an act; what comes of it is told as events.
   * @throws Busy while another one is under way; UsageError, UnknownCheck, CatalogError for what cannot be begun at all
   */
  async begin(request: ActRequest): Promise<Activity> {
    this.#refuseIfBusy()
    if (request.act === 'check' || request.act === 'watch') await planCheck(this.#context, this.#checkRequest(request))
    // Planning took a moment, in which somebody else may have come.
    this.#refuseIfBusy()
    const { act } = request
    const stop = new AbortController()
    const since = Date.now()
    const limit = act === 'watch' ? undefined : DEADLINES[act]
    const activity: Activity = { act, since, says: '', ...(limit === undefined ? {} : { until: since + limit }) }
    const running: Running = { activity, stop, over: Promise.resolve() }
    this.#running = running
    if (act !== 'watch') this.#tell({ type: 'begin', act })
    const deadline =
      limit === undefined
        ? undefined
        : setTimeout(
            () => stop.abort(new Error(`It took longer than ${limit / 60_000} minutes and was given up.`)),
            limit,
          )
    running.over = this.#carryOut(request, running)
      .catch((error: unknown) => {
        if (!stop.signal.aborted && !isKnown(error)) console.error(error)
        const { reason } = stop.signal
        this.#tell(stop.signal.aborted ? { type: 'stopped', act, why: (reason as Error).message } : ofError(act, error))
      })
      .finally(() => {
        clearTimeout(deadline)
        this.#running = undefined
        return this.#lookout.refresh()
      })
    void this.#lookout.refresh()
    return activity
  }

  /**
   * Ends what is under way. False where nothing is.
   * @throws Busy where it does not end in time: it was told to, and does so when it can
   */
  async stop(): Promise<boolean> {
    const running = this.#running
    if (running === undefined) return false
    running.stop.abort(new Error('You stopped it.'))
    const ended = running.over.then(() => true)
    if (await within(ended, STOP_MS)) return true
    const { act } = running.activity
    throw new Busy(`${this.lab.id}: ${act} was told to stop and is in the middle of something. It ends after that.`)
  }

  /** Asks a watch for a round. False where no watch runs, or there is no failure to run again. */
  ask(why: 'all' | 'failure'): boolean {
    return this.#running?.watch?.ask(why) ?? false
  }

  /**
   * One hint more for a failed check of the last result.
   * @throws UsageError where it has not failed
   */
  async hint(check: string): Promise<HintAnswer> {
    const result = this.#fresh.get(check) ?? (await this.#lookout.results()).find((r) => r.result.id === check)?.result
    if (result?.failure === undefined) throw new UsageError(`${check} has no failure to give a hint for.`)
    const hints = await openHints(this.#context.places, this.lab.id, true)
    const shown = hints.shown(result)
    await hints.save()
    return { hints: shown, of: result.failure.hints.length }
  }

  /** Ends everything that this server began and a command would have ended too. */
  async close(): Promise<void> {
    this.#closed = true
    // One that does not end in time is not waited for: nobody who pressed Ctrl-C would.
    await this.stop().catch(() => {})
    this.#lookout.close()
  }

  #refuseIfBusy(): void {
    if (this.#closed) throw new Busy('The workbook is being closed.')
    if (this.#running === undefined) return
    const { act, since } = this.#running.activity
    const seconds = Math.round((Date.now() - since) / 1000)
    throw new Busy(`${this.lab.id} is busy: ${act}, for ${seconds} s. Stop it, or wait until it is done.`)
  }

  async #carryOut(request: ActRequest, running: Running): Promise<void> {
    const { signal } = running.stop
    const says = (text: string) => {
      running.activity.says = text
      this.#tell({ type: 'says', text })
    }
    const context: Context = { ...this.#context, signal, progress: says }
    const { lab } = this
    switch (request.act) {
      case 'start': {
        const { notes, created } = await startLab(context, lab, { runtime: request.runtime, track: request.track })
        if (created) says('Your copy was written.')
        for (const note of notes) says(note)
        break
      }
      case 'stop':
        if (!(await stopLab(context, lab))) says('Nothing was running.')
        break
      case 'reset':
        says(keptSentence(await resetLab(context, lab, request.track)))
        break
      case 'restore':
        says(keptSentence(await restoreLab(context, lab, request.name)))
        break
      case 'solve': {
        const { snapshot, changed, left, running: stack } = await solve(context, lab, { files: request.files })
        if (changed.length === 0) says('It is as in the solution already.')
        else {
          says(`Written as in the solution: ${changed.join(', ')}. ${keptSentence(snapshot)}`)
          if (left.length > 0) says(`Left as they are: ${left.join(', ')}.`)
          if (stack !== undefined) says('The next check takes the files up.')
        }
        break
      }
      case 'update': {
        const { replaced, added, removed, kept, snapshot } = await update(context, lab)
        const count = replaced.length + added.length + removed.length
        says(count === 0 ? 'No file had to change.' : `${count} files follow the course now. ${keptSentence(snapshot)}`)
        if (kept.length > 0) says(`Yours, and left alone: ${kept.map((k) => k.path).join(', ')}.`)
        break
      }
      case 'check': {
        const report = await checkLab(context, this.#checkRequest(request), (event) => this.#tell(ofCheck(event)))
        signal.throwIfAborted()
        this.#tell(ofReport('check', report))
        return
      }
      case 'watch':
        await this.#watch(context, request, running)
    }
    signal.throwIfAborted()
    this.#tell({ type: 'end', act: request.act })
  }

  async #watch(context: Context, request: ActRequest & { act: 'watch' }, running: Running): Promise<void> {
    const options = { manual: request.manual === true }
    const watch = await watchLab(context, this.#checkRequest(request), options, (event) => {
      // At the end there is nothing newer: it was stopped, and that is told by itself.
      if (event.type !== 'overtaken' || !running.stop.signal.aborted) this.#tell(ofWatch(event))
    })
    running.watch = watch
    await watch.ended
  }

  #checkRequest(request: ActRequest): CheckRequest {
    const ids = 'checks' in request && request.checks !== undefined ? [...request.checks] : []
    const none = { dir: undefined, track: undefined, url: undefined, envFile: undefined }
    const runtime = 'runtime' in request ? request.runtime : undefined
    return { ...none, lab: this.lab, ids, runtime, seed: 'seed' in request ? request.seed : undefined }
  }

  #tell(event: LabEvent): void {
    if (event.type === 'result') this.#fresh.set(event.result.id, event.result)
    if (event.type === 'begin' || event.type === 'end') this.#fresh.clear()
    this.events.append(event)
  }
}
