/** The gating set: references on both transports, alternates, starter, mutants. */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { type Lab, type MutantData, readData, type Track } from '../catalog/index.ts'
import type { AnyCheck } from '../grader/core/check.ts'
import { settingsOf } from '../grader/core/check.ts'
import type { CheckResult, Verdict } from '../grader/core/verdict.ts'
import { loadChecks, selectChecks, ungradedClauses } from '../grader/load.ts'
import { selfId } from '../stack/child.ts'
import { engineVersion } from '../stack/container/docker.ts'
import { placesOf } from '../stack/files.ts'
import { startPostgres } from '../stack/postgres/server.ts'
import { missingFor } from '../stack/process/python.ts'
import { forgetStack, type StackRecord, saveStack } from '../stack/registry.ts'
import { EnvironmentTrouble, type Transport } from '../stack/types.ts'
import {
  alternateIds,
  loadAlternate,
  loadMutant,
  mutantIds,
  type StateName,
  tracksOfAlternate,
  tracksOfMutant,
} from '../workspace/states.ts'
import type { Part } from './changed.ts'
import {
  type Complaint,
  designed,
  judgeCoverage,
  judgeMessage,
  judgeMutant,
  judgeRight,
  judgeStarter,
} from './judge.ts'
import { type Bench, gradeState } from './program.ts'
import { SHOWN_LAB, verifyDocument } from './shown.ts'
import { transcriptOf } from './transcript.ts'

/** One program and what the checks said of it. */
export interface ProgramRow {
  set: 'reference' | 'alternate' | 'starter' | 'mutant' | 'cheat' | 'benign' | 'seed' | 'fault'
  /** Name of the program; a track other than the lab's first stands behind it in brackets. */
  id: string
  /** The track, where it is not the lab's first. */
  track?: Track
  transport: Transport
  ms: number
  results: Pick<CheckResult, 'id' | 'verdict' | 'ms'>[]
  complaints: Complaint[]
  /** Why it could not be run on this machine: nothing is proven by it. */
  skipped?: string
}

export interface VerifyReport {
  schema: 1
  lab: string
  seed: string
  rows: ProgramRow[]
  /** Complaints that belong to no program. */
  complaints: Complaint[]
  sets: Record<'reference' | 'alternate' | 'starter' | 'mutant', number>
  falsePasses: number
  falseFails: number
  /** Reference on containers: `graded`, or why not. */
  containers: string
  /** What of the set ran, where that was not all of it. */
  part: Part | null
  ok: boolean
  ms: number
}

export interface VerifyOptions {
  root: string
  lab: Lab
  seed: string
  signal: AbortSignal
  /** Containers must be there: their absence is red. */
  requireContainers: boolean
  /** Writes the transcripts, of the mutants and of the document, instead of comparing them. */
  update: boolean
  /** What of the set runs; left out: all of it. */
  part?: Part
  onRow: (row: ProgramRow) => void
}

const recordedSchema = z.record(z.string(), z.enum(['pass', 'fail', 'blocked', 'not-run']))

/** Proves the checks of one lab. */
export async function verifyLab(options: VerifyOptions): Promise<VerifyReport> {
  const { root, lab, seed, signal, part } = options
  const started = performance.now()
  const places = placesOf(root)
  const checks = await loadChecks(lab)
  const mutants = await Promise.all((await mutantIds(root, lab)).map((id) => loadMutant(root, lab, id)))
  const postgres = await startPostgres(places, `verify-${process.pid.toString(36)}`, false, () => {})
  const self = await selfId()
  // On record, so that the next command ends the server if this one is killed.
  const record: StackRecord = {
    name: `verify-${process.pid.toString(36)}`,
    lab: lab.id,
    transport: 'process',
    dir: root,
    runs: root,
    origin: '',
    env: {},
    digest: '',
    postgres: postgres.state,
    owner: self,
  }
  await saveStack(places, record)
  const benchOf = (track: Track): Bench => ({ root, places, lab, track, self, signal, postgres })
  const named = (id: string, track: Track) => headOf(lab, id, track).id
  // As with containers: a machine without it proves less, and says so; where all is required, it is trouble of the program's start.
  const lacks = async (track: Track) => (options.requireContainers ? undefined : missingFor(track))
  const rows: ProgramRow[] = []
  const engine = await engineVersion()
  try {
    const add = async (
      set: ProgramRow['set'],
      track: Track,
      state: StateName,
      transport: Transport,
      selected: AnyCheck[],
      judge: (results: CheckResult[]) => Complaint[],
    ) => {
      const head = { set, ...headOf(lab, 'id' in state ? state.id : state.kind, track), transport }
      const missing = transport === 'process' ? await lacks(track) : undefined
      const row =
        missing === undefined
          ? await runRow(benchOf(track), seed, head, state, selected, judge)
          : { ...head, ms: 0, results: [], complaints: [], skipped: missing }
      rows.push(row)
      options.onRow(row)
    }
    const right = (id: string) => (results: CheckResult[]) => judgeRight(id, results, designed(checks))
    const programs = (part?.mutants.length ?? 0) + (part?.alternates.length ?? 0)
    // Checks that changed go over every right program; a program that changed is held against the reference.
    const some = part === undefined ? checks : selected(checks, part.checks)
    const reference = programs > 0 ? checks : some
    const one = { kind: 'solution' } as const
    const recorded = await readRecorded(lab)
    const expected = Object.fromEntries(
      Object.entries(recorded).filter(([id]) => part === undefined || some.some((c) => c.id === id)),
    )
    const judged: (() => Promise<void>)[] = []
    for (const track of lab.tracks) {
      const judge = right(named('solution', track))
      if (reference.length > 0) judged.push(() => add('reference', track, one, 'process', reference, judge))
    }
    for (const id of await alternateIds(root, lab)) {
      const own = part?.alternates.includes(id) === true ? checks : some
      if (own.length === 0) continue
      for (const track of tracksOfAlternate(lab, await loadAlternate(root, lab, id)))
        judged.push(() => add('alternate', track, { kind: 'alternate', id }, 'process', own, right(named(id, track))))
    }
    // The starters of all tracks have the same weaknesses, so what is recorded holds for each.
    for (const track of some.length > 0 ? lab.tracks : [])
      judged.push(() =>
        add('starter', track, { kind: 'starter' }, 'process', some, (results) => judgeStarter(expected, results)),
      )
    await side(checks.some(measured) ? 1 : 2, judged, (work) => work())
    for (const track of engine !== undefined && some.length > 0 ? lab.tracks : [])
      await add('reference', track, one, 'container', some, right(named('solution', track)))

    const programsOf = (m: Mutant) => tracksOfMutant(lab, m).map((track) => ({ mutant: m, track }))
    const messages = await openMessages(lab, mutants.flatMap(programsOf), options.update)
    const touched = (m: MutantData) => part === undefined || part.mutants.includes(m.id)
    // That a misconception is told by no other check is shown in the lab's first track, where each of them has a mutant.
    const under = ({ mutant: m, track }: MutantProgram) =>
      touched(m) && track === lab.tracks[0] ? forMutant(checks, m) : selected(checks, [m.killedBy])
    const wanted = mutants.filter((m) => touched(m) || part?.checks.includes(m.killedBy) === true).flatMap(programsOf)
    const killing = ({ mutant, track }: MutantProgram) =>
      add('mutant', track, { kind: 'mutant', id: mutant.id }, 'process', under({ mutant, track }), (results) => [
        ...judgeMutant({ ...mutant, id: named(mutant.id, track) }, results, designed(checks)),
        ...messages.judge({ mutant, track }, results),
      ])
    // What mostly waits for clocks runs four at a time, the rest two.
    const killer = ({ mutant }: MutantProgram) => checks.find((c) => c.id === mutant.killedBy)
    const timed = (m: MutantProgram) => measured(killer(m))
    const waits = (m: MutantProgram) => !timed(m) && killer(m)?.waits === true
    await side(4, wanted.filter(waits), killing)
    await side(
      2,
      wanted.filter((m) => !timed(m) && !waits(m)),
      killing,
    )
    await side(1, wanted.filter(timed), killing)
    await messages.save()
  } finally {
    await postgres.stop(true)
    await forgetStack(places, record.name)
  }
  const complaints = [
    ...lab.tracks.flatMap((track, i) =>
      judgeCoverage(
        checks.map((c) => c.id),
        mutants.filter((m) => tracksOfMutant(lab, m).includes(track)),
        i === 0 ? {} : { track },
      ),
    ),
    ...ungradedClauses(lab, checks).map(
      (id): Complaint => ({ kind: 'coverage', program: '', check: '', text: `no check asserts the clause ${id}` }),
    ),
    ...(lab.id === SHOWN_LAB && part?.document !== false ? await verifyDocument(root, options.update, signal) : []),
    ...(engine === undefined && options.requireContainers
      ? [
          {
            kind: 'environment',
            program: 'solution',
            check: '',
            text: 'containers are required here, and Docker does not answer',
          } satisfies Complaint,
        ]
      : []),
  ]
  return summarise(
    lab,
    seed,
    rows,
    complaints,
    rows.some((r) => r.transport === 'container')
      ? 'graded'
      : engine === undefined
        ? 'not graded: Docker does not answer'
        : 'not graded: not touched',
    performance.now() - started,
    part ?? null,
  )
}

/**
 * A mutant runs its named check, and every check without a clock or a timing lane. Of those under further settings, only the ones of its named
 * check: each settings is a stack more.
 */
function forMutant(checks: AnyCheck[], mutant: MutantData): AnyCheck[] {
  const killer = checks.find((c) => c.id === mutant.killedBy)
  const known = ['base', ...(killer === undefined ? [] : [settingsOf(killer)])]
  return checks.filter(
    (c) => c === killer || (c.lane === 'shared' && c.waits !== true && known.includes(settingsOf(c))),
  )
}

/** What is measured wants the machine for itself. */
export const measured = (check: AnyCheck | undefined): boolean => check?.requires?.includes('real-cost') === true

/** Checks by id, with what they need; none where none is named. */
const selected = (checks: AnyCheck[], ids: string[]) => (ids.length === 0 ? [] : selectChecks(checks, ids))

async function runRow(
  bench: Bench,
  seed: string,
  head: Pick<ProgramRow, 'set' | 'id' | 'track' | 'transport'>,
  state: StateName,
  checks: AnyCheck[],
  judge: (results: CheckResult[]) => Complaint[],
): Promise<ProgramRow> {
  bench.signal.throwIfAborted()
  const started = performance.now()
  try {
    const results = await gradeState(bench, state, head.transport, checks, seed)
    bench.signal.throwIfAborted()
    return {
      ...head,
      ms: Math.round(performance.now() - started),
      results: results.map(({ id, verdict, ms }) => ({ id, verdict, ms })),
      complaints: judge(results),
    }
  } catch (error) {
    if (!(error instanceof EnvironmentTrouble)) throw error
    const text = [error.message, ...error.log].join(' | ')
    return {
      ...head,
      ms: Math.round(performance.now() - started),
      results: [],
      complaints: [{ kind: 'environment', program: head.id, check: '', text }],
    }
  }
}

type Mutant = MutantData & { dir: string }

/** A mutant in one of the tracks that it is there for. */
interface MutantProgram {
  mutant: Mutant
  track: Track
}

/** How a program is named in a report: by its id, and by its track where that is not the lab's first. */
export const headOf = (lab: Lab, id: string, track: Track): Pick<ProgramRow, 'id' | 'track'> =>
  track === lab.tracks[0] ? { id } : { id: `${id} (${track})`, track }

/** The committed messages of the mutants, one for each track: compared, or written anew. */
async function openMessages(lab: Lab, programs: MutantProgram[], update: boolean) {
  const file = ({ mutant, track }: MutantProgram) =>
    path.join(mutant.dir, track === lab.tracks[0] ? 'transcript.txt' : `transcript.${track}.txt`)
  const committed = new Map<string, string>()
  const fresh = new Map<string, string>()
  for (const p of programs) if (existsSync(file(p))) committed.set(file(p), await readFile(file(p), 'utf8'))
  return {
    judge: (p: MutantProgram, results: CheckResult[]): Complaint[] => {
      const { mutant, track } = p
      const killer = results.find((r) => r.id === mutant.killedBy && r.verdict === 'fail')
      if (killer === undefined) return []
      const transcript = transcriptOf(killer)
      fresh.set(file(p), transcript)
      const shown = { name: headOf(lab, mutant.id, track).id, file: path.basename(file(p)) }
      return judgeMessage(mutant, transcript, update ? transcript : committed.get(file(p)), shown)
    },
    save: async () => {
      if (!update) return
      for (const [name, text] of fresh) await writeFile(name, text)
    },
  }
}

async function readRecorded(lab: Lab): Promise<Record<string, Verdict>> {
  const file = path.join(lab.dir, 'starter', 'verdicts.yaml')
  return existsSync(file) ? readData(file, `labs/${lab.folder}/starter/verdicts.yaml`, recordedSchema) : {}
}

export async function side<T>(width: number, items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
    }),
  )
}

function summarise(
  lab: Lab,
  seed: string,
  rows: ProgramRow[],
  complaints: Complaint[],
  containers: string,
  ms: number,
  part: Part | null,
): VerifyReport {
  const all = [...rows.flatMap((r) => r.complaints), ...complaints]
  const count = (set: ProgramRow['set']) => rows.filter((r) => r.set === set).length
  return {
    schema: 1,
    lab: lab.id,
    seed,
    rows,
    complaints,
    sets: {
      reference: count('reference'),
      alternate: count('alternate'),
      starter: count('starter'),
      mutant: count('mutant'),
    },
    falsePasses: all.filter((c) => c.kind === 'false-pass').length,
    falseFails: all.filter((c) => c.kind === 'false-fail').length,
    containers,
    part,
    ok: all.length === 0,
    ms: Math.round(ms),
  }
}
