import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { didYouMean, findLab, type Lab, loadCatalog } from '../catalog/index.ts'
import { loadChecks } from '../grader/load.ts'
import { callerDir } from '../session/context.ts'
import { UsageError } from '../session/usage.ts'
import { writeAtomic } from '../stack/files.ts'
import { partInWords, type Touched, touchedBy } from '../verify/changed.ts'
import { changesSince, filesOfLab, NoBase, stateOf } from '../verify/changed-files.ts'
import { type FullReport, type FullSet, fullSets, verifyFull } from '../verify/full.ts'
import { type LabProof, type ProofReport, renderPage } from '../verify/page.ts'
import { renderComplaints, renderFull, renderMatrix, renderProgramRow } from '../verify/render.ts'
import { DOCUMENT, SHOWN_LAB, SHOWN_MUTANT } from '../verify/shown.ts'
import { type VerifyReport, verifyLab } from '../verify/verify.ts'
import type { Invocation } from './main.ts'

const usage = `npm run verify [-- L01 …] [--json] [--seed s] [--update] [--changed[=commit]]
                 [--full [--only set,…] [--soak runs] [--report file.json] [--page]]
--changed: only what differs from a commit reaches, uncommitted files included; without one: from where the branch left origin/main
sets of --full: gate, ${fullSets.join(', ')}`

/** Runs of a soak without clocks, where none are asked for. */
const SOAK = { process: 300, container: 30 }

/** `npm run verify`: exits 0 when every grader is proven, else 1. */
export default async function verify({ root, words, signal }: Invocation): Promise<number> {
  const { values, positionals } = parseArgs({
    // A flag with a value that may be left out, which parseArgs does not know.
    args: words.flatMap((word) =>
      word.startsWith('--changed=') ? ['--changed', `--since=${word.slice(10)}`] : [word],
    ),
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      seed: { type: 'string' },
      update: { type: 'boolean' },
      changed: { type: 'boolean' },
      since: { type: 'string' },
      help: { type: 'boolean' },
      full: { type: 'boolean' },
      only: { type: 'string' },
      soak: { type: 'string' },
      report: { type: 'string' },
      page: { type: 'boolean' },
    },
  })
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  const full = values.full === true
  for (const name of ['only', 'soak', 'report', 'page'] as const)
    if (!full && values[name] !== undefined) throw new UsageError(`--${name} belongs to --full.`)
  const changed = values.changed === true || values.since !== undefined
  if (changed && full) throw new UsageError('--changed is a part of the gating set; --full is more than that set.')
  const sets = setsOf(values.only)
  const soakRuns = soakOf(values.soak)
  const labs: Lab[] =
    positionals.length > 0
      ? await Promise.all(positionals.map((word) => findLab(root, word)))
      : (await loadCatalog(root)).labs
  const out = (text: string) => void (values.json ? process.stderr : process.stdout).write(`${text}\n`)
  const touched = changed ? await touchedOf(root, labs, values.since, out) : undefined
  const gates: VerifyReport[] = []
  const proofs: LabProof[] = []
  const commit = await stateOf(root)
  for (const lab of labs) {
    const part = touched?.labs[lab.id]
    if (touched !== undefined && part === undefined) continue
    const checks = (await loadChecks(lab)).map((c) => c.id)
    const seed = values.seed ?? randomBytes(3).toString('hex')
    out(`Verifying ${lab.id} ${lab.title} · ${checks.length} checks · seed ${seed}\n`)
    const onRow = (row: VerifyReport['rows'][number]) => out(renderProgramRow(row))
    let gate: VerifyReport | null = null
    if (sets.includes('gate')) {
      const requireContainers = process.env.WORKBOOK_REQUIRE_CONTAINER === '1'
      const update = values.update === true
      const only = part === undefined || part === 'whole' ? {} : { part }
      gate = await verifyLab({ root, lab, seed, signal, requireContainers, update, onRow, ...only })
      gates.push(gate)
      out(`\n${renderMatrix(gate, checks)}\n\n${renderComplaints(gate)}`)
    }
    if (!full) continue
    const beyond = sets.filter((s) => s !== 'gate')
    const more = await verifyFull({ root, lab, seed, signal, sets: beyond, soakRuns, onRow, onProgress: out })
    proofs.push({ title: lab.title, ...(commit === undefined ? {} : { commit }), checks, gate, full: more })
    const graded = more.rows.filter((r) => r.set !== 'seed' && r.set !== 'fault')
    const matrix = graded.length > 0 ? `${renderMatrix({ rows: graded }, checks)}\n\n` : ''
    out(`\n${matrix}${renderFull(more)}`)
  }
  if (full) await keep(root, proofs, values.report, values.page === true)
  if (values.json) process.stdout.write(`${JSON.stringify(full ? proofs : gates, null, 2)}\n`)
  const green = (report: VerifyReport | FullReport | null) => report?.ok ?? true
  return gates.every(green) && proofs.every((p) => green(p.full)) ? 0 : 1
}

/** What changed, told in words: what is verified, and what is not. */
async function touchedOf(
  root: string,
  labs: Lab[],
  ref: string | undefined,
  out: (text: string) => void,
): Promise<Touched> {
  const { base, files } = await changesSince(root, ref).catch((error: unknown) => {
    throw error instanceof NoBase ? new UsageError(error.message) : error
  })
  const known = await Promise.all(labs.map((lab) => filesOfLab(root, lab)))
  const touched = touchedBy(files, known, { file: DOCUMENT, lab: SHOWN_LAB, mutant: SHOWN_MUTANT })
  out(
    `${files.length} ${files.length === 1 ? 'file differs' : 'files differ'} from ${base}, uncommitted ones included.`,
  )
  const entries = labs.map((lab) => [lab.id, touched.labs[lab.id]] as const)
  for (const [id, part] of entries) {
    if (part === undefined) out(`${id}: nothing that grades it changed; not verified.`)
    else if (part === 'whole') out(`${id}: all of the gating set.`)
    else out(`${id}: ${partInWords(part)}. Not the rest: npm run verify -- ${id}`)
  }
  for (const text of touched.elsewhere) out(`Changed too, and not part of this: ${text}`)
  if (entries.every(([, part]) => part === undefined)) out('Nothing to verify.')
  out('')
  return touched
}

function setsOf(words: string | undefined): ('gate' | FullSet)[] {
  const known = ['gate', ...fullSets] as const
  if (words === undefined) return [...known]
  return words.split(',').map((word) => {
    const found = known.find((set) => set === word)
    if (found !== undefined) return found
    const near = didYouMean(word, known)
    throw new UsageError(
      `--only knows no set "${word}".${near ? ` Did you mean ${near}?` : ''} Sets: ${known.join(', ')}.`,
    )
  })
}

function soakOf(word: string | undefined): { process: number; container: number } {
  if (word === undefined) return SOAK
  const runs = Number(word)
  if (!Number.isInteger(runs) || runs < 0) throw new UsageError(`--soak wants a number of runs, not "${word}".`)
  return { process: runs, container: Math.ceil((runs * SOAK.container) / SOAK.process) }
}

async function keep(root: string, labs: LabProof[], file: string | undefined, page: boolean): Promise<void> {
  const report: ProofReport = {
    schema: 1,
    made: new Date().toISOString().slice(0, 10),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    labs,
  }
  if (file !== undefined) await writeAtomic(path.resolve(callerDir(), file), `${JSON.stringify(report, null, 2)}\n`)
  if (page) await writeAtomic(path.join(root, 'docs', 'verify-report.md'), renderPage(report))
}
