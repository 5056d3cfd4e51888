/** Runs checks against a stack: order, lanes, budgets, verdicts. Emits events; prints nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CourseJson } from '../catalog/index.ts'
import type { Stack } from '../stack/types.ts'
import type { AnyCheck, CheckContext, Claim, Needs } from './core/check.ts'
import { actOf, curlOf, cut, type Exchange, shorten } from './core/exchange.ts'
import { expectOf, type Ledger } from './core/expect.ts'
import { ClaimFailed, type Evidence, GraderBug, NotOffered, PreconditionFailed, TooNoisy } from './core/failure.ts'
import type { Kit } from './core/kit.ts'
import { rngOf } from './core/rng.ts'
import type { CheckResult, FailureReport } from './core/verdict.ts'
import { diagnose } from './diagnose.ts'
import { clausesOf } from './load.ts'

/** So many checks of the shared lane run at once. */
const SHARED = 4

/** What the kit of one check is made from; the session gives it. */
export interface KitSource {
  /** @param watch told of each exchange of this check */
  kitFor(check: AnyCheck, watch: (exchange: Exchange) => void, signal: AbortSignal): Kit
  /** Is this facility there? The reason, where not. */
  offers(check: AnyCheck): string | undefined
}

export interface RunOptions {
  checks: AnyCheck[]
  stack: Pick<Stack, 'alive' | 'revive'>
  kits: KitSource
  course: CourseJson
  seed: string
  signal: AbortSignal
  onResult: (result: CheckResult) => void
}

/** Runs all checks and gives their results in the order of the checks. An abort ends it early with what there is. */
export async function runChecks(options: RunOptions): Promise<CheckResult[]> {
  const done = new Map<string, Done>()
  const state: State = { ...options, done, dead: undefined }
  const tell = (outcome: Done) => {
    done.set(outcome.result.id, outcome)
    if (!options.signal.aborted) options.onResult(outcome.result)
  }
  const waiting = new Map<string, Done>()
  const finish = async (check: AnyCheck) => {
    const outcome = await runOne(check, state)
    const on = outcome.buildsOn
    // Fail or blocked is decided by a check that has not ended yet: told when it has.
    if (on !== undefined && on !== check.id && !done.has(on) && options.checks.some((c) => c.id === on))
      waiting.set(check.id, outcome)
    else tell(settled(outcome, done))
    for (const [id, held] of waiting) {
      if (held.buildsOn === undefined || !done.has(held.buildsOn)) continue
      waiting.delete(id)
      tell(settled(held, done))
    }
  }
  const lane = (name: AnyCheck['lane']) => options.checks.filter((c) => c.lane === name)
  await pool(lane('shared'), SHARED, finish, (check) => needsOf(check).filter((n) => options.checks.includes(n)))
  for (const check of [...lane('alone'), ...lane('last')]) if (!options.signal.aborted) await finish(check)
  for (const held of waiting.values()) tell(settled(held, done))
  return options.checks.flatMap((check) => done.get(check.id)?.result ?? [])
}

interface Done {
  result: CheckResult
  value: unknown
  /** The check that grades what this one could not build on. */
  buildsOn?: string
}

/** A failure to build on something is `blocked` when the check that grades it did not pass, and a failure of its own when it did. */
function settled(outcome: Done, done: Map<string, Done>): Done {
  const { buildsOn, result } = outcome
  const proof = buildsOn === undefined ? undefined : done.get(buildsOn)?.result
  if (buildsOn === undefined || buildsOn === result.id || proof === undefined || proof.verdict === 'pass')
    return outcome
  const { failure: _, ...base } = result
  return { ...outcome, result: blocked(base, buildsOn, `it builds on ${buildsOn}`) }
}

interface State extends RunOptions {
  done: Map<string, Done>
  /** Set when the server is gone for good: later checks are blocked by the one that found it. */
  dead: string | undefined
}

const needsOf = (check: AnyCheck): AnyCheck[] => Object.values((check.needs ?? {}) as Needs)

/** Runs `work` over items, at most `width` at once, each after the items it waits for. */
async function pool(
  items: AnyCheck[],
  width: number,
  work: (item: AnyCheck) => Promise<void>,
  after: (item: AnyCheck) => AnyCheck[],
): Promise<void> {
  const running = new Map<AnyCheck, Promise<void>>()
  const waiting = [...items]
  const finished = new Set<AnyCheck>()
  while (waiting.length > 0 || running.size > 0) {
    for (const item of [...waiting]) {
      if (running.size >= width) break
      if (!after(item).every((n) => finished.has(n) || !items.includes(n))) continue
      waiting.splice(waiting.indexOf(item), 1)
      running.set(
        item,
        work(item).finally(() => {
          finished.add(item)
          running.delete(item)
        }),
      )
    }
    if (running.size === 0 && waiting.length > 0)
      throw new GraderBug(`checks wait for each other: ${waiting.map((c) => c.id).join(', ')}`)
    await Promise.race(running.values())
  }
}

async function runOne(check: AnyCheck, state: State): Promise<Done> {
  const base = {
    id: check.id,
    title: check.title,
    level: check.level,
    clauses: clausesOf(check),
    lesson: check.lesson,
    planned: Object.keys(check.claims).length,
    asserted: 0,
    requests: 0,
    ms: 0,
  } satisfies Partial<CheckResult>
  const notRun = state.kits.offers(check) ?? check.onlyFor?.(state.course)
  if (notRun !== undefined) return { result: { ...base, verdict: 'not-run', reason: notRun }, value: undefined }
  if (state.dead !== undefined && state.dead !== check.id)
    return { result: blocked(base, state.dead, `the server did not come back after ${state.dead}`), value: undefined }
  const broken = needsOf(check).find((n) => state.done.get(n.id)?.result.verdict !== 'pass')
  if (broken !== undefined) return { result: blocked(base, broken.id, `it needs ${broken.id}`), value: undefined }
  return attempt(check, base, state)
}

type Base = Omit<CheckResult, 'verdict'>

function blocked(base: Base, by: string, reason: string): CheckResult {
  return { ...base, verdict: 'blocked', blockedBy: by, reason }
}

async function attempt(check: AnyCheck, base: Base, state: State): Promise<Done> {
  const ledger: Ledger = { asserted: new Set(), steps: new WeakMap() }
  const exchanges: Exchange[] = []
  const timer = new AbortController()
  const signal = AbortSignal.any([state.signal, timer.signal])
  const kit = state.kits.kitFor(check, (e) => exchanges.push(e), signal)
  const context: CheckContext<Record<string, Claim>, Needs> = {
    ...kit,
    expect: expectOf(check.claims as Record<string, Claim>, ledger),
    needs: Object.fromEntries(
      Object.entries((check.needs ?? {}) as Needs).map(([key, need]) => [key, state.done.get(need.id)?.value]),
    ) as never,
    step: async (name, act) => {
      const value = await act()
      if (typeof value === 'object' && value !== null) ledger.steps.set(value, name)
      return value
    },
  }
  const started = performance.now()
  const outcome = await settle(check, context, timer, state.signal)
  const facts = {
    ...base,
    ms: Math.round(performance.now() - started),
    asserted: ledger.asserted.size,
    requests: exchanges.length,
  }
  if ('value' in outcome) return { result: judge(check, facts, ledger, exchanges.length), value: outcome.value }
  const result = await resultOfError(check, facts, outcome.error, exchanges, kit, state)
  const buildsOn =
    outcome.error instanceof PreconditionFailed && result.verdict === 'fail' ? outcome.error.provedBy : undefined
  return { result, value: undefined, ...(buildsOn === undefined ? {} : { buildsOn }) }
}

type Settled = { value: unknown } | { error: unknown }

async function settle(
  check: AnyCheck,
  context: CheckContext<Record<string, Claim>, Needs>,
  timer: AbortController,
  outer: AbortSignal,
): Promise<Settled> {
  const over = new Error(`the check took longer than its ${check.budget.ms / 1000} s`)
  const limit = sleep(check.budget.ms, undefined, { signal: AbortSignal.any([timer.signal, outer]), ref: false }).then(
    (): Settled => ({ error: over }),
    (): Settled => ({ error: new Interrupted('interrupted') }),
  )
  const work = Promise.resolve()
    .then(() => check.run(context as never))
    .then(
      (value): Settled => ({ value }),
      (error: unknown): Settled => ({ error }),
    )
  const first = await Promise.race([work, limit])
  timer.abort()
  if ('error' in first && first.error === over) {
    // Aborting its requests ends the check; its own evidence is worth more than "too long".
    const late = await Promise.race([work, sleep(1_000, undefined, { ref: false })])
    return late !== undefined && 'error' in late ? late : first
  }
  return first
}

class Interrupted extends Error {}

/** A pass is an explicit act: every planned claim asserted, twins included, within the budget of requests. */
function judge(check: AnyCheck, base: Base, ledger: Ledger, requests: number): CheckResult {
  const missing = Object.keys(check.claims).filter((name) => !ledger.asserted.has(name))
  if (missing.length > 0)
    return { ...base, verdict: 'grader', reason: `the check ended without asserting ${missing.join(', ')}` }
  if (requests > check.budget.requests)
    return { ...base, verdict: 'grader', reason: `${requests} requests, ${check.budget.requests} budgeted` }
  return { ...base, verdict: 'pass' }
}

async function resultOfError(
  check: AnyCheck,
  base: Base,
  error: unknown,
  exchanges: Exchange[],
  kit: Kit,
  state: State,
): Promise<CheckResult> {
  if (error instanceof Interrupted || state.signal.aborted)
    return { ...base, verdict: 'not-run', reason: 'interrupted' }
  if (error instanceof TooNoisy) return { ...base, verdict: 'env', reason: error.message }
  if (error instanceof NotOffered) return { ...base, verdict: 'not-run', reason: error.message }
  const evidence = evidenceOf(check, error, exchanges)
  if (evidence === undefined) {
    const text =
      error instanceof Error
        ? `${error.message}\n${error.stack?.split('\n').slice(1, 4).join('\n') ?? ''}`
        : String(error)
    return { ...base, verdict: 'grader', reason: text }
  }
  const life = await vitals(check, evidence, state)
  return { ...base, verdict: 'fail', failure: await report(check, evidence, life, kit) }
}

/** What an error says of the learner's system; undefined when it is the grader's own. */
function evidenceOf(check: AnyCheck, error: unknown, exchanges: Exchange[]): Evidence | undefined {
  if (error instanceof ClaimFailed) return error.evidence
  if (error instanceof PreconditionFailed) return { claim: '', ...error.evidence }
  const last = exchanges.at(-1)
  // The budget ran out while the server kept a request waiting: that is an answer too.
  if (last?.trouble?.kind === 'timeout')
    return {
      claim: Object.keys(check.claims)[0] ?? '',
      expected: 'an answer',
      received: last.trouble.text,
      exchange: last,
    }
  return undefined
}

/** After an answer that did not come: is the server still there? If not, bring it back, so that one crash fails one check. */
async function vitals(check: AnyCheck, evidence: Evidence, state: State): Promise<string | undefined> {
  const trouble = evidence.exchange?.trouble
  if (trouble === undefined || trouble.kind === 'too-large') return undefined
  const life = await state.stack.alive()
  if (life.alive && trouble.kind !== 'timeout') return undefined
  if (!(await state.stack.revive())) state.dead ??= check.id
  return life.alive ? undefined : life.detail
}

async function report(
  check: AnyCheck,
  evidence: Evidence,
  death: string | undefined,
  kit: Kit,
): Promise<FailureReport> {
  const told = diagnose(check, evidence)
  const claim = (check.claims as Record<string, Claim>)[evidence.claim]
  const { exchange } = evidence
  return {
    claim: evidence.claim,
    clause: claim?.clause ?? '',
    did:
      evidence.did === undefined
        ? exchange
          ? actOf(exchange)
          : check.title
        : exchange
          ? `${evidence.did} (${actOf(exchange)})`
          : evidence.did,
    expected: evidence.expected,
    received: cut(shorten(evidence.received), 300),
    diagnosis: told.id,
    why: death === undefined ? told.why : `${told.why} The process ended: ${death}`,
    hints: [...told.hints],
    ...(exchange ? { curl: curlOf(exchange) } : {}),
    log: exchange ? await linesOf(kit, exchange) : [],
  }
}

/** Log lines of one request, by its request id; none where the server gave none. */
async function linesOf(kit: Kit, exchange: Exchange): Promise<string[]> {
  const id = exchange.response?.headers['x-request-id']
  if (id === undefined || id.length < 6) return []
  const lines = await kit.logs.lines(id).catch(() => [])
  return lines
    .filter((line) => line.includes(id))
    .slice(-3)
    .map((line) => cut(shorten(line), 240))
}

/** The rng of a check: its own stream of the run's seed. */
export const checkRng = (seed: string, check: AnyCheck) => rngOf(seed, check.id)
