/** Faults of the machine while a lab is started or graded: each gets the right exit code and sentence, blames no check, and leaves nothing. */
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { endGroup } from '../stack/child.ts'
import type { Transport } from '../stack/types.ts'
import { type Checkout, makeCheckout, type Outcome } from './checkout.ts'
import { removeContainers } from './engine.ts'
import { faults } from './fault-table.ts'
import type { Complaint } from './judge.ts'
import type { ProgramRow } from './verify.ts'

/** Where a fault is made: a copy of the checkout, and the solution of the lab in it. */
export interface FaultSite {
  checkout: Checkout
  lab: string
  /** A folder with the solution; a fault that changes it takes a copy by `program`. */
  solution: string
  /** The solution once more, in a folder of its own, with one of its files changed. */
  program(name: string, file: string, change: (text: string) => string): Promise<string>
}

/** What came of a fault: the command that met it, and what else was seen to be wrong. */
export interface Met {
  outcome: Outcome
  wrong?: string[]
}

export interface Fault {
  id: string
  transport: Transport
  /** Exit codes that are right. */
  codes: readonly number[]
  /** What is said, on stdout or stderr. */
  says: RegExp
  /** Seconds that it may take. */
  seconds: number
  /** `unstable` is right: the server was gone for a moment, and nobody can tell why. */
  unstable?: true
  /** The result of the run is kept; else none may be. */
  keeps: boolean
  /** Quick enough for the tests of the command line, which run before a merge. */
  quick: boolean
  /** Why it cannot be made on this machine. */
  missing?: () => Promise<string | undefined>
  meet: (site: FaultSite) => Promise<Met>
}

/** What is left of a fault when it is over. */
export interface Aftermath {
  /** Processes and containers. */
  left: string[]
  /** There is a result of the lab. */
  kept: boolean
}

/** Pure: is that what has to be? */
export function judgeFault(fault: Omit<Fault, 'meet' | 'missing'>, met: Met, after: Aftermath): Complaint[] {
  const { outcome, wrong = [] } = met
  const text = `${outcome.stdout}\n${outcome.stderr}`
  const last = text.trim().split('\n').slice(-4).join(' | ')
  const found = [...wrong]
  if (outcome.code === null || !fault.codes.includes(outcome.code))
    found.push(`exit code ${outcome.code}, expected ${fault.codes.join(' or ')}: ${last}`)
  if (!fault.says.test(text)) found.push(`does not say ${fault.says}: ${last}`)
  const blamed = text
    .split('\n')
    .filter((line) => (fault.unstable ? /^(FAIL|GRADER) / : /^(FAIL|GRADER|UNSTABLE) /).test(line))
  if (blamed.length > 0) found.push(`blames a check: ${blamed.map((line) => line.replace(/\s+/g, ' ')).join(' | ')}`)
  if (/^\s+at .*:\d+:\d+\)?$|mistake of the workbook/m.test(outcome.stderr)) found.push(`prints a stack: ${last}`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text)) found.push('control characters on the terminal')
  if (outcome.seconds > fault.seconds) found.push(`${outcome.seconds.toFixed(0)} s, at most ${fault.seconds} s`)
  if (after.kept !== fault.keeps) found.push(after.kept ? 'a result is kept' : 'no result is kept')
  if (after.left.length > 0) found.push(`leaves running: ${after.left.join(' | ')}`)
  return found.map((line) => ({ kind: 'fault', program: fault.id, check: '', text: line }))
}

/** Makes a site in a copy of the checkout. */
export async function openSite(root: string, lab: Lab, signal?: AbortSignal): Promise<FaultSite & { close(): void }> {
  const checkout = makeCheckout(root, signal)
  const copy = async (name: string) => {
    const to = path.join(checkout.root, 'programs', name)
    await checkout.run(['lab', 'export', lab.id, '--state', 'solution', '--to', to])
    return to
  }
  return {
    checkout,
    lab: lab.id,
    solution: await copy('solution'),
    program: async (name, file, change) => {
      const to = await copy(name)
      const before = await readFile(path.join(to, file), 'utf8')
      const after = change(before)
      if (after === before) throw new Error(`${name}: ${file} is what it was`)
      await writeFile(path.join(to, file), after)
      return to
    },
    close: () => checkout.remove(),
  }
}

/** Makes one fault and judges what came of it; a reason where it cannot be made here. */
export async function meetFault(site: FaultSite, lab: Lab, fault: Fault): Promise<Complaint[] | { skipped: string }> {
  const skipped = await fault.missing?.()
  if (skipped !== undefined) return { skipped }
  const { checkout } = site
  const results = path.join(checkout.root, '.workbook', 'results')
  await rm(results, { recursive: true, force: true })
  const met = await fault.meet(site).catch((error: Error): Met => {
    const outcome = { code: null, stdout: '', stderr: error.message, seconds: 0 }
    return { outcome, wrong: [`could not be made: ${error.message}`] }
  })
  const kept = existsSync(path.join(results, lab.folder, 'latest.json'))
  const left = checkout.leftovers()
  // What should not be there is told, and ended all the same.
  if (left.length > 0) await removeAll(checkout)
  await rm(path.join(checkout.root, 'workspace'), { recursive: true, force: true })
  return judgeFault(fault, met, { left, kept })
}

async function removeAll(checkout: Checkout): Promise<void> {
  for (const line of checkout.leftovers()) {
    const pid = Number.parseInt(line, 10)
    if (Number.isInteger(pid)) await endGroup({ pid, started: '' }, 'SIGKILL')
  }
  await removeContainers(checkout.root)
}

/** Every fault in turn, on one copy of the checkout. */
export async function verifyFaults(
  root: string,
  lab: Lab,
  signal: AbortSignal,
  add: (row: ProgramRow) => void,
): Promise<void> {
  const site = await openSite(root, lab, signal)
  try {
    for (const fault of faults) {
      signal.throwIfAborted()
      const started = performance.now()
      const found = await meetFault(site, lab, fault)
      signal.throwIfAborted()
      const row = { set: 'fault', id: fault.id, transport: fault.transport, results: [] } as const
      const ms = Math.round(performance.now() - started)
      if (Array.isArray(found)) add({ ...row, ms, complaints: found, results: [] })
      else add({ ...row, ms, ...mandatory(fault, found.skipped), results: [] })
    }
  } finally {
    site.close()
  }
}

/** Where containers are mandatory their absence is red. */
function mandatory(fault: Fault, skipped: string): Pick<ProgramRow, 'complaints' | 'skipped'> {
  const must = process.env.WORKBOOK_REQUIRE_CONTAINER === '1' && fault.transport === 'container'
  const text = `could not be made: ${skipped}`
  return must
    ? { complaints: [{ kind: 'environment', program: fault.id, check: '', text }], skipped }
    : { complaints: [], skipped }
}
