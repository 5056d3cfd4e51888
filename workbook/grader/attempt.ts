/** One check: from its definition to its result. */
import { EnvironmentTrouble } from '../stack/types.ts'
import { type AnyCheck, type CheckContext, type Claim, clausesOf, type Needs } from './core/check.ts'
import { actOf, curlOf, cut, type Exchange, shorten, type Trouble } from './core/exchange.ts'
import { expectOf, type Ledger } from './core/expect.ts'
import { ClaimFailed, type Evidence, NotOffered, PreconditionFailed, TooNoisy } from './core/failure.ts'
import type { Kit } from './core/kit.ts'
import { sleep } from './core/sleep.ts'
import type { CheckResult, FailureReport } from './core/verdict.ts'
import { diagnose } from './diagnose.ts'
import { type Done, groundOf, type RunState } from './run.ts'

/** So long a run waits for answers that never come; then the server has its verdict, and the rest is blocked. */
const PATIENCE_MS = 25_000

/** Checks that a check takes values from. */
export const needsOf = (check: AnyCheck): AnyCheck[] => Object.values((check.needs ?? {}) as Needs)

/**
 * Runs a check to its verdict.
 * @param alone no other check runs: a request without an answer is then this one's own evidence
 */
export async function runOne(check: AnyCheck, state: RunState, alone: boolean): Promise<Done> {
  const base = baseOf(check)
  try {
    return await judged(check, base, state, alone)
  } catch (error) {
    // A condition of a diagnosis, a kit that could not be made: our bug, and one check's, not the run's.
    return { result: { ...base, verdict: 'grader', reason: textOf(error) }, value: undefined }
  }
}

function baseOf(check: AnyCheck): Base {
  return {
    id: check.id,
    title: check.title,
    level: check.level,
    clauses: clausesOf(check),
    lesson: check.lesson,
    planned: Object.keys(check.claims).length,
    asserted: 0,
    requests: 0,
    ms: 0,
  }
}

async function judged(check: AnyCheck, base: Base, run: RunState, alone: boolean): Promise<Done> {
  if (run.signal.aborted) return { result: { ...base, verdict: 'not-run', reason: 'interrupted' }, value: undefined }
  const notFor = check.onlyFor?.(run.course)
  if (notFor !== undefined) return { result: { ...base, verdict: 'not-run', reason: notFor }, value: undefined }
  let state: RunState
  try {
    state = await groundOf(check, run)
  } catch (error) {
    if (run.signal.aborted) return { result: { ...base, verdict: 'not-run', reason: 'interrupted' }, value: undefined }
    if (error instanceof EnvironmentTrouble)
      return { result: { ...base, verdict: 'env', reason: noGround(check, error) }, value: undefined }
    // What the ground could not be opened on may be gone altogether.
    if (await run.stack.present()) throw error
    run.gone = true
    return { result: { ...base, verdict: 'env', reason: gone }, value: undefined }
  }
  const notRun = state.kits.offers(check)
  if (notRun !== undefined) return { result: { ...base, verdict: 'not-run', reason: notRun }, value: undefined }
  if (state.gone) return { result: { ...base, verdict: 'env', reason: gone }, value: undefined }
  if (state.dead !== undefined && state.dead !== check.id)
    return {
      result: blocked(base, state.dead, `the server does not answer any more, see ${state.dead}`),
      value: undefined,
    }
  const broken = needsOf(check).find((n) => state.done.get(n.id)?.result.verdict !== 'pass')
  if (broken !== undefined)
    return { result: waiting(base, broken.id, state.done.get(broken.id)?.result, 'it needs'), value: undefined }
  return attempt(check, base, state, alone)
}

/** The stack of its settings did not come up: nobody was asked, and nobody is to blame. */
const noGround = (check: AnyCheck, { message, log }: EnvironmentTrouble) =>
  [`The API did not come up under the settings "${check.settings}": ${message}`, ...log.slice(-2)].join(' | ')

const gone = 'The database, or the engine that the lab runs on, ended during the run.'

type Base = Omit<CheckResult, 'verdict'>

/** The result of a check that waits for another. */
export function blocked(base: Base, by: string, reason: string): CheckResult {
  return { ...base, verdict: 'blocked', blockedBy: by, reason }
}

/** The result of a check that cannot go on without another: that one's own trouble is passed on, its failure blocks. */
export function waiting(base: Base, on: string, proof: CheckResult | undefined, how: string): CheckResult {
  if (proof?.verdict === 'env' || proof?.verdict === 'not-run')
    return { ...base, verdict: proof.verdict, reason: `${how} ${on}: ${proof.reason ?? proof.verdict}` }
  return blocked(base, on, `${how} ${on}`)
}

async function attempt(check: AnyCheck, base: Base, state: RunState, alone: boolean): Promise<Done> {
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
  // Whatever it saw, it saw of a stack that was going: no evidence against anybody.
  if (!state.signal.aborted && !(await state.stack.present())) {
    state.gone = true
    return { result: { ...facts, verdict: 'env', reason: gone }, value: undefined }
  }
  const evidence = outcome.error instanceof Stopped ? undefined : evidenceOf(check, outcome.error, exchanges)
  const unanswered =
    evidence !== undefined && evidence.exchange?.trouble?.kind !== 'aborted' && isLost(evidence, exchanges)
  if (unanswered && !alone && !state.signal.aborted) {
    await revive(check, state)
    return { result: { ...facts, verdict: 'fail' }, value: undefined, noAnswer: true }
  }
  const result = await resultOfError(check, facts, outcome.error, evidence, kit, state, exchanges)
  if (unanswered) state.waited += facts.ms
  if (state.waited > PATIENCE_MS) state.dead ??= check.id
  const lost = unanswered && result.verdict === 'fail'
  const buildsOn =
    outcome.error instanceof PreconditionFailed && result.verdict === 'fail' ? outcome.error.provedBy : undefined
  return {
    result,
    value: undefined,
    ...(lost ? { noAnswer: true } : {}),
    ...(buildsOn === undefined ? {} : { buildsOn }),
  }
}

/** Troubles that say nothing of whether the server lives: it answered too much, or nobody waited for it. */
const ownDoing: ReadonlySet<Trouble['kind']> = new Set(['too-large', 'abandoned'])

/**
 * Did a request of it come to no program? Then nobody answered, or a gateway in front of several programs did in place of one that is gone (RFC 9110, 15.6.3 and
 * 15.6.5); what such an answer is taken for in a check is no evidence while others run.
 */
function isLost(evidence: Evidence, exchanges: readonly Exchange[]): boolean {
  const kind = evidence.exchange?.trouble?.kind
  if (kind !== undefined) return !ownDoing.has(kind)
  return exchanges.some(({ response }) => response?.status === 502 || response?.status === 504)
}

type Settled = { value: unknown } | { error: unknown }

async function settle(
  check: AnyCheck,
  context: CheckContext<Record<string, Claim>, Needs>,
  timer: AbortController,
  outer: AbortSignal,
): Promise<Settled> {
  const over = new TooSlow(`the check took longer than its ${check.budget.ms / 1000} s`)
  const limit = sleep(check.budget.ms, AbortSignal.any([timer.signal, outer])).then(
    (): Settled => ({ error: over }),
    (): Settled => ({ error: new Stopped('interrupted') }),
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
    const late = await Promise.race([work, sleep(1_000).then(() => undefined)])
    return late !== undefined && 'error' in late ? late : first
  }
  return first
}

class Stopped extends Error {}
class TooSlow extends Error {}

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
  evidence: Evidence | undefined,
  kit: Kit,
  state: RunState,
  exchanges: readonly Exchange[],
): Promise<CheckResult> {
  if (error instanceof Stopped || state.signal.aborted) return { ...base, verdict: 'not-run', reason: 'interrupted' }
  if (error instanceof TooNoisy) return { ...base, verdict: 'env', reason: error.message }
  // Each request has a limit of its own: when only the whole took too long, nothing tells a slow machine from a slow server.
  if (error instanceof TooSlow || evidence?.exchange?.trouble?.kind === 'aborted')
    return {
      ...base,
      verdict: 'env',
      reason: `The check took longer than its ${check.budget.ms / 1000} s: the machine, or the system on it, is too slow to tell.`,
    }
  if (error instanceof NotOffered) return { ...base, verdict: 'not-run', reason: error.message }
  if (evidence === undefined) return { ...base, verdict: 'grader', reason: textOf(error) }
  const death = isLost(evidence, exchanges) ? await revive(check, state) : undefined
  return { ...base, verdict: 'fail', failure: await report(check, evidence, death, kit) }
}

/** An error of our own in a line, with the place it came from. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = error.stack
    ?.split('\n')
    .find((line) => /^\s+at /.test(line))
    ?.trim()
  return place === undefined ? error.message : `${error.message} (${place})`
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

/** The API's end, as its log tells it. */
interface Death {
  detail: string
  log: string[]
}

const reviving = new WeakMap<object, Promise<Death | undefined>>()

/**
 * After an answer that did not come: is the server still there? If not, it is brought back, so that one crash fails one check. Checks that ask
 * at the same moment share one revival.
 */
function revive(check: AnyCheck, state: RunState): Promise<Death | undefined> {
  const under = reviving.get(state)
  if (under !== undefined) return under
  const work = (async () => {
    const life = await state.stack.alive()
    if (life.alive) return undefined
    if (!(await state.stack.revive())) state.dead ??= check.id
    return { detail: life.detail, log: life.log }
  })().finally(() => reviving.delete(state))
  reviving.set(state, work)
  return work
}

async function report(check: AnyCheck, evidence: Evidence, death: Death | undefined, kit: Kit): Promise<FailureReport> {
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
    why: death === undefined ? told.why : `${told.why} ${death.detail}`,
    hints: [...told.hints],
    ...(exchange ? { curl: curlOf(exchange) } : {}),
    log: death !== undefined ? death.log.map(logLine) : exchange ? await linesOf(kit, exchange) : [],
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
    .map(logLine)
}

const logLine = (line: string) => cut(shorten(line), 240)
