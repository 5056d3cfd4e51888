/** What `verify --full` does beyond the gating set. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type CheatData, type Lab, longestWindow, type Track } from '../catalog/index.ts'
import type { AnyCheck, Claim } from '../grader/core/check.ts'
import { loadChecks, selectChecks } from '../grader/load.ts'
import { selfId } from '../stack/child.ts'
import { engineVersion } from '../stack/container/docker.ts'
import { placesOf } from '../stack/files.ts'
import { startPostgres } from '../stack/postgres/server.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import {
  alternateIds,
  cheatIds,
  loadCheat,
  loadMutant,
  mutantIds,
  type StateName,
  tracksOfMutant,
} from '../workspace/states.ts'
import {
  type ClaimRow,
  complaintsOfClaims,
  complaintsOfInverted,
  type Finding,
  inverted,
  judgeClaims,
  weakened,
} from './assertions.ts'
import { benignVariants } from './benign.ts'
import { preparation, verifyCheat } from './cheats.ts'
import { faults } from './fault-table.ts'
import { verifyFaults } from './faults.ts'
import { type Complaint, designed, judgeRight } from './judge.ts'
import { type Alterations, type Bench, type Running, withState } from './program.ts'
import { type Soak, seedAfter, soak } from './soak.ts'
import { type Spread, spreads } from './statistics.ts'
import { headOf, measured, type ProgramRow, side } from './verify.ts'

export const fullSets = ['cheats', 'benign', 'seeds', 'claims', 'faults', 'soak'] as const
export type FullSet = (typeof fullSets)[number]

/** Runs of the reference with all checks, each with another seed. */
const SEEDS = 20
/** A soak of so many runs without clocks has one tenth as many with them. */
const WITH_CLOCKS = 10

export interface FullReport {
  schema: 1
  lab: string
  seed: string
  /** Sets that ran. */
  sets: readonly FullSet[]
  rows: ProgramRow[]
  claims: ClaimRow[]
  soaks: Soak[]
  /** Milliseconds of each check where it passed for the reference: seeds and soaks on the process transport. */
  times: Record<string, Spread>
  complaints: Complaint[]
  falsePasses: number
  falseFails: number
  ok: boolean
  ms: number
}

export interface FullOptions {
  root: string
  lab: Lab
  seed: string
  signal: AbortSignal
  sets: readonly FullSet[]
  /** Runs without clocks on the process transport, and on containers. */
  soakRuns: { process: number; container: number }
  onRow: (row: ProgramRow) => void
  onProgress: (text: string) => void
}

/** Runs the named sets, one heavy thing at a time. */
export async function verifyFull(options: FullOptions): Promise<FullReport> {
  const { root, lab, seed, signal, sets } = options
  const started = performance.now()
  const places = placesOf(root)
  const checks = await loadChecks(lab)
  const postgres = await startPostgres(places, `verify-${process.pid.toString(36)}`, false, () => {})
  const self = await selfId()
  const benchOf = (track: Track): Bench => ({ root, places, lab, track, self, signal, postgres })
  // What is dishonest, altered on the way or weakened proves the checks, whatever program it is made of: the first track stands for all.
  const bench = benchOf(lab.tracks[0] ?? 'express')
  const rows: ProgramRow[] = []
  const add = (row: ProgramRow) => {
    rows.push(row)
    options.onRow(row)
  }
  const cheats = await Promise.all((await cheatIds(root, lab)).map((id) => loadCheat(root, lab, id)))
  let claims: ClaimRow[] = []
  let turned: TurnedClaim[] = []
  const soaks: Soak[] = []
  try {
    if (sets.includes('cheats')) {
      const cheat = async (data: CheatData) => add(await verifyCheat(bench, data, checks, seed))
      // They mostly wait. Commands keep results in one place: one by one.
      await side(
        3,
        cheats.filter((c) => c.by === 'checks').toSorted((a, b) => Number(b.slow) - Number(a.slow)),
        cheat,
      )
      await side(
        1,
        cheats.filter((c) => c.by === 'command'),
        cheat,
      )
    }
    if (sets.includes('benign'))
      await side(widthFor(checks), [...benignVariants], async ({ id, alterations, oneAddress }) =>
        add(await rightRow(bench, 'benign', id, checks, seed, alterations, oneAddress === true)),
      )
    if (sets.includes('seeds')) for (const track of lab.tracks) await sweep(benchOf(track), checks, seed, add)
    if (sets.includes('claims')) {
      options.onProgress('Taking out each claim in turn …')
      claims = judgeClaims(checks, await findings(bench, cheats, checks, seed))
      options.onProgress('Turning round each claim …')
      turned = await stillPassing(bench, checks, seed)
    }
    if (sets.includes('faults')) await verifyFaults(root, lab, signal, add)
    if (sets.includes('soak')) soaks.push(...(await allSoaks(bench, checks, options)))
  } finally {
    await postgres.stop(true)
  }
  const complaints = [
    ...complaintsOfMissing(sets, rows, { cheats: cheats.length, tracks: lab.tracks.length }),
    ...complaintsOfClaims(claims),
    ...complaintsOfInverted(turned),
    ...soaks.flatMap(complaintsOfSoak),
  ]
  const all = [...rows.flatMap((r) => r.complaints), ...complaints]
  const seen = [
    ...rows.filter((r) => r.set === 'seed' && r.track === undefined).flatMap((r) => r.results),
    ...soaks.flatMap(timesOf),
  ]
  return {
    schema: 1,
    lab: lab.id,
    seed,
    sets,
    rows,
    claims,
    // The times are in `times`; one by one they are megabytes.
    soaks: soaks.map((s) => ({ ...s, times: [] })),
    times: spreads(seen),
    complaints,
    falsePasses: all.filter((c) => c.kind === 'false-pass').length,
    falseFails: all.filter((c) => c.kind === 'false-fail').length,
    ok: all.length === 0,
    ms: Math.round(performance.now() - started),
  }
}

/** A set that was asked for and of which too little ran proves nothing, and must not look as if it did. */
export function complaintsOfMissing(
  sets: readonly FullSet[],
  rows: readonly Pick<ProgramRow, 'set'>[],
  lab: { cheats: number; tracks: number },
): Complaint[] {
  const expected: Partial<Record<FullSet, [row: ProgramRow['set'], count: number]>> = {
    cheats: ['cheat', lab.cheats],
    benign: ['benign', benignVariants.length],
    seeds: ['seed', SEEDS * lab.tracks],
    faults: ['fault', faults.length],
  }
  return sets.flatMap((set): Complaint[] => {
    const [row, count] = expected[set] ?? [undefined, 0]
    const ran = rows.filter((one) => one.set === row).length
    if (ran >= count) return []
    return [{ kind: 'environment', program: set, check: '', text: `${ran} of ${count} ran: this set proves nothing` }]
  })
}

const timesOf = (s: Soak) => (s.transport === 'process' ? s.times : [])

const complaintsOfSoak = (s: Soak): Complaint[] =>
  s.nonPasses.map(({ seed, check, text }) => ({
    kind: 'false-fail',
    program: `soak (${s.transport}, ${s.checks}, seed ${seed})`,
    check,
    text,
  }))

/** The solution, altered as the contract allows. */
async function rightRow(
  bench: Bench,
  set: ProgramRow['set'],
  id: string,
  checks: AnyCheck[],
  seed: string,
  alterations: Alterations,
  oneAddress: boolean,
): Promise<ProgramRow> {
  const started = performance.now()
  const far = (check: string) =>
    oneAddress && checks.find((c) => c.id === check)?.requires?.includes('two-addresses') === true
  const row = (results: ProgramRow['results'], complaints: Complaint[]): ProgramRow => ({
    set,
    id,
    transport: 'process',
    ms: Math.round(performance.now() - started),
    results: results.map((r) => ({ id: r.id, verdict: r.verdict, ms: r.ms })),
    complaints,
  })
  try {
    const results = await withState(
      bench,
      { kind: 'solution' },
      'process',
      (running) => running.grade(checks, seed),
      alterations,
    )
    return row(
      results,
      judgeRight(id, results, (check) => designed(checks)(check) || far(check)),
    )
  } catch (error) {
    if (!(error instanceof EnvironmentTrouble)) throw error
    return row([], [{ kind: 'environment', program: id, check: '', text: [error.message, ...error.log].join(' | ') }])
  }
}

/** So many right programs run side by side: one where something is measured, several where they mostly wait for clocks. */
const widthFor = (checks: AnyCheck[]): number => (checks.some(measured) ? 1 : checks.some((c) => c.waits) ? 3 : 2)

/** The reference with many seeds, all checks, on stacks that run for the whole of it. */
async function sweep(bench: Bench, checks: AnyCheck[], seed: string, add: (row: ProgramRow) => void): Promise<void> {
  const seeds = Array.from({ length: SEEDS }, (_, i) => seedAfter(seed, 'sweep', String(i)))
  const width = widthFor(checks)
  await side(
    width,
    Array.from({ length: width }, (_, i) => i),
    () => sweepOn(bench, checks, seeds, add),
  )
}

/** Takes seeds until none is left. */
async function sweepOn(bench: Bench, checks: AnyCheck[], seeds: string[], add: (row: ProgramRow) => void) {
  await withState(bench, { kind: 'solution' }, 'process', async (running) => {
    for (let own = seeds.shift(); own !== undefined; own = seeds.shift()) {
      bench.signal.throwIfAborted()
      const started = performance.now()
      const results = await running.grade(checks, own)
      add({
        set: 'seed',
        ...headOf(bench.lab, own, bench.track),
        transport: 'process',
        ms: Math.round(performance.now() - started),
        results: results.map(({ id, verdict, ms }) => ({ id, verdict, ms })),
        complaints: judgeRight(own, results, designed(checks)),
      })
    }
  })
}

/** What the checks need and is not among them. */
function needed(some: AnyCheck[], all: AnyCheck[]): AnyCheck[] {
  const ids = some.map((c) => c.id)
  return selectChecks(all, ids).filter((c) => !ids.includes(c.id))
}

interface TurnedClaim {
  check: string
  claim: string
  clause: string
}

/** The claims that no right program fails by when they are turned round: the reference is asked first, alternates where it passes. */
async function stillPassing(bench: Bench, checks: AnyCheck[], seed: string): Promise<TurnedClaim[]> {
  const claimsOf = (check: AnyCheck) =>
    Object.entries(check.claims as Record<string, Claim>).map(([claim, { clause }]) => ({
      check: check.id,
      claim,
      clause,
    }))
  let left = checks.flatMap(claimsOf)
  const right: StateName[] = [
    { kind: 'solution' },
    ...(await alternateIds(bench.root, bench.lab)).map((id) => ({ kind: 'alternate' as const, id })),
  ]
  for (const state of right) {
    if (left.length === 0) break
    await withState(bench, state, 'process', async (running) => {
      const passing: TurnedClaim[] = []
      // One claim of each check at a time, so that a round is one ordinary run.
      for (let rest = left; rest.length > 0; ) {
        bench.signal.throwIfAborted()
        const first = checks.flatMap((check) => rest.find((t) => t.check === check.id) ?? [])
        // One that needs another of them would wait for it for ever: in a later round, when that one is whole.
        const needs = (id: string) =>
          needed(
            checks.filter((c) => c.id === id),
            checks,
          ).map((c) => c.id)
        const round = first.filter((t) => !first.some((other) => needs(t.check).includes(other.check)))
        rest = rest.filter((t) => !round.includes(t))
        const turned = round.flatMap((t) => checks.filter((c) => c.id === t.check).map((c) => inverted(c, t.claim)))
        for (const { id, verdict, failure } of await running.grade([...turned, ...needed(turned, checks)], seed)) {
          const own = round.find((t) => t.check === id)
          if (own !== undefined && !(verdict === 'fail' && failure?.claim === own.claim)) passing.push(own)
        }
        if (turned.some((c) => c.lane === 'last'))
          await sleep(longestWindow(bench.lab) + 200, undefined, { signal: bench.signal })
      }
      left = passing
    })
  }
  return left
}

/** Every wrong program under checks whose claims all hold: mutants under their own check, quick cheats under all. */
async function findings(bench: Bench, cheats: CheatData[], checks: AnyCheck[], seed: string): Promise<Finding[]> {
  const { root, lab } = bench
  const found: Finding[] = []
  const look = async (
    state: StateName & { id: string },
    selected: AnyCheck[],
    alterations: Alterations = {},
    diagnosis?: string,
  ) => {
    bench.signal.throwIfAborted()
    const broken = new Map(selected.map((c) => [c.id, new Set<string>()]))
    const soft = selected.map((c) => weakened(c, broken.get(c.id) ?? new Set()))
    const grade = async (running: Running) => {
      const withNeeds = (some: AnyCheck[]) => [...some, ...needed(some, checks)]
      for (const { id, verdict, failure } of await running.grade(withNeeds(soft), seed)) {
        const check = selected.find((c) => c.id === id)
        if (check === undefined) continue
        const finding: Finding = { program: state.id, check: id, broken: [...(broken.get(id) ?? [])], verdict }
        const [first] = finding.broken
        if (diagnosis !== undefined && first !== undefined) {
          // Without it alone. Where nothing else was broken, that is what was just seen, and a pass makes the claim needed.
          const again =
            finding.broken.length === 1
              ? undefined
              : await running.grade(withNeeds([weakened(check, new Set(), [first])]), seed)
          const told = again === undefined ? failure?.diagnosis : again.find((r) => r.id === id)?.failure?.diagnosis
          if (told !== diagnosis && (again !== undefined || failure !== undefined)) finding.told = first
        }
        found.push(finding)
      }
    }
    await withState(bench, state, 'process', grade, alterations).catch((error: unknown) => {
      // A program that does not start breaks no claim.
      if (!(error instanceof EnvironmentTrouble)) throw error
    })
  }
  const all = await Promise.all((await mutantIds(root, lab)).map((id) => loadMutant(root, lab, id)))
  const mutants = all.filter((m) => tracksOfMutant(lab, m).includes(bench.track))
  const named = (id: string) => mutants.find((m) => m.id === id)
  const killer = (id: string) => checks.filter((c) => c.id === named(id)?.killedBy)
  const timed = (id: string) => killer(id).some(measured)
  const waits = (id: string) => killer(id).some((c) => c.waits === true)
  const ids = mutants.map((m) => m.id)
  const work = (id: string) => look({ kind: 'mutant', id }, killer(id), {}, named(id)?.diagnosis)
  await side(4, ids.filter(waits), work)
  await side(
    2,
    ids.filter((id) => !timed(id) && !waits(id)),
    work,
  )
  await side(1, ids.filter(timed), work)
  for (const cheat of cheats.filter((c) => !c.slow && c.by === 'checks')) {
    const tree = await preparation(bench, cheat, checks, seed)
    await look({ kind: 'cheat', id: cheat.id }, checks, tree === undefined ? {} : { tree })
  }
  return found
}

async function allSoaks(bench: Bench, checks: AnyCheck[], options: FullOptions): Promise<Soak[]> {
  const { seed, soakRuns, onProgress } = options
  const one = (transport: Soak['transport'], which: Soak['checks'], runs: number) =>
    soak(bench, transport, checks, which, runs, seed, (done) => {
      if (done % 10 === 0 || done === runs) onProgress(`soak ${transport}, ${which} checks: ${done} of ${runs}`)
    })
  const soaks: Soak[] = []
  const { process: many, container: few } = soakRuns
  if (many > 0) {
    soaks.push(await one('process', 'shared', many))
    soaks.push(await one('process', 'all', Math.ceil(many / WITH_CLOCKS)))
  }
  if (few > 0 && (await engineVersion()) !== undefined) {
    soaks.push(await one('container', 'shared', few))
    soaks.push(await one('container', 'all', Math.ceil(few / WITH_CLOCKS)))
  }
  return soaks
}
