/** The gating set: references on both transports, alternates, starter, mutants. */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { type Lab, type MutantData, readData } from '../catalog/index.ts'
import type { AnyCheck } from '../grader/core/check.ts'
import type { CheckResult, Verdict } from '../grader/core/verdict.ts'
import { loadChecks, selectChecks, ungradedClauses } from '../grader/load.ts'
import { selfId } from '../stack/child.ts'
import { engineVersion } from '../stack/container/docker.ts'
import { placesOf } from '../stack/files.ts'
import { startPostgres } from '../stack/postgres/server.ts'
import { forgetStack, type StackRecord, saveStack } from '../stack/registry.ts'
import { EnvironmentTrouble, type Transport } from '../stack/types.ts'
import { alternateIds, loadMutant, mutantIds, type StateName } from '../workspace/states.ts'
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
  id: string
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
  const bench: Bench = { root, places, lab, track: lab.tracks[0] ?? 'express', self, signal, postgres }
  const rows: ProgramRow[] = []
  const engine = await engineVersion()
  try {
    const add = async (
      set: ProgramRow['set'],
      id: string,
      state: StateName,
      transport: Transport,
      selected: AnyCheck[],
      judge: (results: CheckResult[]) => Complaint[],
    ) => {
      const row = await runRow(bench, seed, { set, id, transport }, state, selected, judge)
      rows.push(row)
      options.onRow(row)
    }
    const right = (id: string) => (results: CheckResult[]) => judgeRight(id, results, designed(checks))
    const programs = (part?.mutants.length ?? 0) + (part?.alternates.length ?? 0)
    // Checks that changed go over every right program; a program that changed is held against the reference.
    const some = part === undefined ? checks : selected(checks, part.checks)
    const reference = programs > 0 ? checks : some
    const one = { kind: 'solution' } as const
    if (reference.length > 0) await add('reference', 'solution', one, 'process', reference, right('solution'))
    if (engine !== undefined && some.length > 0)
      await add('reference', 'solution', one, 'container', some, right('solution'))
    for (const id of await alternateIds(root, lab)) {
      const own = part?.alternates.includes(id) === true ? checks : some
      if (own.length > 0) await add('alternate', id, { kind: 'alternate', id }, 'process', own, right(id))
    }
    const recorded = await readRecorded(lab)
    const expected = Object.fromEntries(
      Object.entries(recorded).filter(([id]) => part === undefined || some.some((c) => c.id === id)),
    )
    if (some.length > 0)
      await add('starter', 'starter', { kind: 'starter' }, 'process', some, (results) =>
        judgeStarter(expected, results),
      )

    const messages = await openMessages(mutants, options.update)
    const touched = (m: MutantData) => part === undefined || part.mutants.includes(m.id)
    const under = (m: MutantData) => (touched(m) ? forMutant(checks, m) : selected(checks, [m.killedBy]))
    const wanted = mutants.filter((m) => touched(m) || part?.checks.includes(m.killedBy) === true)
    const killing = (m: MutantData) =>
      add('mutant', m.id, { kind: 'mutant', id: m.id }, 'process', under(m), (results) => [
        ...judgeMutant(m, results, designed(checks)),
        ...messages.judge(m, results),
      ])
    // Clocks and timing want the machine for themselves; the rest runs two at a time.
    const timed = (m: MutantData) => checks.find((c) => c.id === m.killedBy)?.lane !== 'shared'
    await side(
      2,
      wanted.filter((m) => !timed(m)),
      killing,
    )
    await side(1, wanted.filter(timed), killing)
    await messages.save()
  } finally {
    await postgres.stop(true)
    await forgetStack(places, record.name)
  }
  const complaints = [
    ...judgeCoverage(
      checks.map((c) => c.id),
      mutants,
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

/** A mutant runs its named check, and every check without a clock or a timing lane. */
const forMutant = (checks: AnyCheck[], mutant: MutantData) =>
  checks.filter((c) => c.id === mutant.killedBy || c.lane === 'shared')

/** Checks by id, with what they need; none where none is named. */
const selected = (checks: AnyCheck[], ids: string[]) => (ids.length === 0 ? [] : selectChecks(checks, ids))

async function runRow(
  bench: Bench,
  seed: string,
  head: Pick<ProgramRow, 'set' | 'id' | 'transport'>,
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

/** The committed messages of the mutants: compared, or written anew. */
async function openMessages(mutants: (MutantData & { dir: string })[], update: boolean) {
  const file = (m: { dir: string }) => path.join(m.dir, 'transcript.txt')
  const committed = new Map<string, string>()
  const fresh = new Map<string, string>()
  for (const m of mutants) if (existsSync(file(m))) committed.set(m.id, await readFile(file(m), 'utf8'))
  return {
    judge: (m: MutantData, results: CheckResult[]): Complaint[] => {
      const killer = results.find((r) => r.id === m.killedBy && r.verdict === 'fail')
      if (killer === undefined) return []
      const transcript = transcriptOf(killer)
      fresh.set(m.id, transcript)
      return judgeMessage(m, transcript, update ? transcript : committed.get(m.id))
    },
    save: async () => {
      if (!update) return
      for (const m of mutants) {
        const text = fresh.get(m.id)
        if (text !== undefined) await writeFile(file(m), text)
      }
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
