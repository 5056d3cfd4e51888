/** Runs checks against a stack: order and lanes. Emits results; prints nothing. One check alone is `attempt.ts`. */
import type { CourseJson } from '../catalog/index.ts'
import type { Stack } from '../stack/types.ts'
import { needsOf, runOne, waiting } from './attempt.ts'
import { type AnyCheck, settingsOf } from './core/check.ts'
import type { Exchange } from './core/exchange.ts'
import { GraderBug } from './core/failure.ts'
import type { Kit } from './core/kit.ts'
import { rngOf } from './core/rng.ts'
import type { CheckResult } from './core/verdict.ts'

/** So many checks of the shared lane run at once. */
const SHARED = 4

/** What the kit of one check is made from. */
export interface KitSource {
  /** @param watch told of each exchange of this check */
  kitFor(check: AnyCheck, watch: (exchange: Exchange) => void, signal: AbortSignal): Kit
  /** The reason why this check cannot be run here, if there is one. */
  offers(check: AnyCheck): string | undefined
}

/** Where checks are graded: a stack under some settings, and the kits made from it. */
export interface Ground {
  stack: Pick<Stack, 'alive' | 'revive' | 'present'>
  kits: KitSource
}

export interface RunOptions extends Ground {
  checks: AnyCheck[]
  /** The checks in parts, one part after the other, each with its lanes. Left out: all are one part. */
  parts?: readonly AnyCheck[][]
  /** Waits until a limit or a lock-out that a check of the lane `last` met is over. Called where another part follows. */
  calm?: () => Promise<void>
  /**
   * The ground of other settings than `base`, once it is there. Left out: all is graded on the one.
   * @throws EnvironmentTrouble where it did not come up
   */
  further?: (settings: string) => Promise<Ground>
  course: CourseJson
  seed: string
  signal: AbortSignal
  onResult: (result: CheckResult) => void
}

/** How one check ended, with what the run has to know beside its result. */
export interface Done {
  result: CheckResult
  value: unknown
  /** The check that grades what this one could not build on. */
  buildsOn?: string
  /** A request got no answer: while other checks run, that may be their doing. */
  noAnswer?: boolean
}

export interface RunState extends RunOptions {
  done: Map<string, Done>
  /** Set when the server is gone for good: later checks are blocked by the one that found it. */
  dead: string | undefined
  /** Set when the database or the engine ended: what is to come cannot be told, and nobody is to blame. */
  gone: boolean
  /** Milliseconds spent on checks whose requests got no answer. */
  waited: number
  /** The state of each ground of other settings: what happens to one server says nothing of another. */
  others: Map<string, Promise<RunState>>
}

/** The state of the ground that a check is graded on. @throws EnvironmentTrouble */
export async function groundOf(check: AnyCheck, state: RunState): Promise<RunState> {
  const settings = settingsOf(check)
  const { further, others } = state
  if (settings === 'base' || further === undefined) return state
  const known = others.get(settings)
  if (known !== undefined) return known
  const made = further(settings).then((ground) => ({ ...state, ...ground, ...fresh() }))
  others.set(settings, made)
  return made
}

const fresh = () => ({ dead: undefined, gone: false, waited: 0 })

/** Runs all checks and gives their results in the order of the checks. An abort ends it early with what there is. */
export async function runChecks(options: RunOptions): Promise<CheckResult[]> {
  const state: RunState = { ...options, done: new Map(), others: new Map(), ...fresh() }
  const results = new Results(state)
  const parts = options.parts ?? [options.checks]
  for (const [i, part] of parts.entries()) {
    await runPart(part, state, results)
    const met = part.some((c) => c.lane === 'last' && state.done.get(c.id)?.result.verdict !== 'pass')
    if (met && i + 1 < parts.length && !options.signal.aborted) await options.calm?.()
  }
  return results.all()
}

async function runPart(checks: AnyCheck[], state: RunState, results: Results): Promise<void> {
  const lane = (name: AnyCheck['lane']) => inOrder(checks, name)
  const again: AnyCheck[] = []
  // Those of other settings last: their server may still be starting.
  const shared = lane('shared').toSorted((a, b) => Number(settingsOf(a) !== 'base') - Number(settingsOf(b) !== 'base'))
  await pool(shared, async (check) => {
    // What it stands on is to be told later: so is this one.
    if (needsOf(check).some((n) => again.includes(n))) return void again.push(check)
    const outcome = await runOne(check, state, false)
    // Its evidence is void: another check that ran beside it may have brought the server down. Told apart by running it alone.
    if (outcome.noAnswer === true) again.push(check)
    else results.add(check, outcome)
  })
  await runAgain(again, state, results)
  // Nothing else goes on beside those that measure time.
  if (lane('alone').length > 0) await Promise.allSettled(checks.map((check) => groundOf(check, state)))
  for (const check of [...lane('alone'), ...lane('last')]) {
    if (!state.signal.aborted) results.add(check, await runOne(check, state, true))
  }
}

/**
 * Runs voided checks one by one. One that loses the server alone has its failure, and its neighbours were only in its way. Where nobody
 * does, the server fell under requests side by side: those that pass now failed before, so they are `unstable`.
 */
async function runAgain(checks: AnyCheck[], state: RunState, results: Results): Promise<void> {
  const outcomes: [AnyCheck, Done][] = []
  for (const check of checks) {
    const outcome = await runOne(check, state, true)
    state.done.set(check.id, outcome)
    outcomes.push([check, outcome])
  }
  const found = outcomes.some(([, outcome]) => outcome.noAnswer === true)
  for (const [check, outcome] of outcomes) {
    const { result } = outcome
    const unstable = !found && result.verdict === 'pass'
    results.add(
      check,
      unstable ? { ...outcome, result: { ...result, verdict: 'unstable', reason: sideBySide } } : outcome,
    )
  }
}

const sideBySide =
  'Its requests got no answer while other checks ran, and it passed alone: the server does not stand requests side by side.'

const lanes = ['shared', 'alone', 'last'] as const

/** Checks of a lane, each after those of the lane that it needs. */
function inOrder(checks: AnyCheck[], lane: AnyCheck['lane']): AnyCheck[] {
  const members = checks.filter((c) => c.lane === lane)
  const sorted: AnyCheck[] = []
  const visit = (check: AnyCheck, path: AnyCheck[]) => {
    if (path.includes(check)) throw new GraderBug(`checks wait for each other: ${path.map((c) => c.id).join(', ')}`)
    for (const need of needsOf(check)) {
      if (lanes.indexOf(need.lane) > lanes.indexOf(lane))
        throw new GraderBug(`${check.id} needs ${need.id}, which runs in a later lane`)
      if (members.includes(need)) visit(need, [...path, check])
    }
    if (!sorted.includes(check)) sorted.push(check)
  }
  for (const check of members) visit(check, [])
  return sorted
}

/** Keeps results and tells them, each once; one that depends on another's verdict waits for that. */
class Results {
  readonly #state: RunState
  readonly #held = new Map<string, Done>()

  constructor(state: RunState) {
    this.#state = state
  }

  add(check: AnyCheck, outcome: Done): void {
    const on = outcome.buildsOn
    const { done, checks } = this.#state
    if (on !== undefined && on !== check.id && !done.has(on) && checks.some((c) => c.id === on)) {
      this.#held.set(check.id, outcome)
      return
    }
    this.#tell(outcome)
    for (const [id, held] of this.#held) {
      if (held.buildsOn === undefined || !done.has(held.buildsOn)) continue
      this.#held.delete(id)
      this.#tell(held)
    }
  }

  all(): CheckResult[] {
    for (const held of this.#held.values()) this.#tell(held)
    return this.#state.checks.flatMap((check) => this.#state.done.get(check.id)?.result ?? [])
  }

  #tell(outcome: Done): void {
    const { done, signal, onResult } = this.#state
    const final = settled(outcome, done)
    done.set(final.result.id, final)
    if (!signal.aborted) onResult(final.result)
  }
}

/** A failure to build on something is `blocked` when the check that grades it did not pass, and a failure of its own when it did. */
function settled(outcome: Done, done: Map<string, Done>): Done {
  const { buildsOn, result } = outcome
  const proof = buildsOn === undefined ? undefined : done.get(buildsOn)?.result
  if (buildsOn === undefined || buildsOn === result.id || proof === undefined || proof.verdict === 'pass')
    return outcome
  const { failure: _, ...base } = result
  return { ...outcome, result: waiting(base, buildsOn, proof, 'it builds on') }
}

/** Runs `work` over the checks of a lane, some at once, each after those that it needs. */
async function pool(items: AnyCheck[], work: (item: AnyCheck) => Promise<void>): Promise<void> {
  const running = new Map<AnyCheck, Promise<void>>()
  const waiting = [...items]
  const finished = new Set<AnyCheck>()
  while (waiting.length > 0 || running.size > 0) {
    for (const item of [...waiting]) {
      if (running.size >= SHARED) break
      if (!needsOf(item).every((n) => finished.has(n) || !items.includes(n))) continue
      waiting.splice(waiting.indexOf(item), 1)
      const ended = work(item).finally(() => {
        finished.add(item)
        running.delete(item)
      })
      running.set(item, ended)
    }
    if (running.size === 0 && waiting.length > 0)
      throw new GraderBug(`checks wait for each other: ${waiting.map((c) => c.id).join(', ')}`)
    await Promise.race(running.values())
  }
}

/** The rng of a check: its own stream of the run's seed. */
export const checkRng = (seed: string, check: AnyCheck) => rngOf(seed, check.id)
