/** A verification as text. */
import type { Verdict } from '../grader/core/verdict.ts'
import type { FullReport } from './full.ts'
import type { ProgramRow, VerifyReport } from './verify.ts'

const marks: Record<Verdict, string> = {
  pass: '.',
  fail: 'F',
  blocked: 'b',
  'not-run': '-',
  env: 'E',
  grader: 'G',
  unstable: 'U',
}

export function renderProgramRow(row: ProgramRow): string {
  const verdict = row.complaints.length > 0 ? 'BAD' : row.skipped === undefined ? 'ok ' : '-- '
  const lines = row.complaints.map((c) => `      ${c.check === '' ? '' : `${c.check}: `}${c.text}`)
  if (row.skipped !== undefined) lines.push(`      not run here: ${row.skipped}`)
  return [
    `${verdict} ${row.set.padEnd(9)} ${row.id.padEnd(26)} ${row.transport.padEnd(9)} ${(row.ms / 1000).toFixed(1)} s`,
    ...lines,
  ].join('\n')
}

/** Rows are programs, columns are checks: `.` pass, `F` fail, `b` blocked, `-` not run, empty: not among the checks of that program. */
export function renderMatrix(report: Pick<VerifyReport, 'rows'>, checks: string[]): string {
  const name = (row: ProgramRow) => `${row.id}${row.transport === 'container' ? ' (c)' : ''}`
  const width = Math.max(27, ...report.rows.map((row) => name(row).length)) + 1
  const head = `${''.padEnd(width)}${checks.map((id) => id.replace(/^C/, '').padEnd(4)).join('')}`
  const rows = report.rows.map((row) => {
    const cells = checks.map((id) => {
      const result = row.results.find((r) => r.id === id)
      return (result === undefined ? '' : marks[result.verdict]).padEnd(4)
    })
    return `${name(row).padEnd(width)}${cells.join('').trimEnd()}`
  })
  return ['Kill matrix (. pass, F fail, b blocked, - not run)', head, ...rows].join('\n')
}

export function renderComplaints(report: VerifyReport): string {
  const { sets } = report
  const lines = report.complaints.map((c) => `BAD ${c.check} ${c.text}`)
  const size = `${sets.reference} references, ${sets.alternate} alternates, ${sets.starter} starter, ${sets.mutant} mutants`
  const bad = report.rows.filter((r) => r.complaints.length > 0).length + report.complaints.length
  const proven = report.part === null ? 'Proven.' : 'As it must be, in this part; the rest was not run.'
  const end = report.ok ? proven : `Not proven: ${bad} ${bad === 1 ? 'place' : 'places'} above.`
  return [
    ...lines,
    `${report.falsePasses} false passes, ${report.falseFails} false fails over ${size}; containers ${report.containers}; ${(report.ms / 1000).toFixed(0)} s. ${end}`,
  ].join('\n')
}

/** What the full size found beyond the gating set. */
export function renderFull(report: FullReport): string {
  const state = (name: string) => report.claims.filter((c) => c.state === name).length
  const lines = report.complaints.map((c) => `BAD ${[c.program, c.check, c.text].filter((t) => t !== '').join(' ')}`)
  if (report.claims.length > 0)
    lines.push(
      `${report.claims.length} claims: ${state('needed')} needed, ${state('told')} by diagnosis, ${state('twin') + state('guarded')} positive controls, ${state('shared')} never alone, ${state('unnoticed')} unnoticed`,
    )
  for (const s of report.soaks)
    lines.push(
      `Soak on ${s.transport}, ${s.checks === 'all' ? 'all checks' : 'checks without clocks'}: ${s.bad} of ${s.runs} runs not all passed; at most ${(100 * s.bound).toFixed(2)} % at 95 % confidence`,
    )
  const skipped = report.rows.filter((r) => r.skipped !== undefined).length
  if (skipped > 0) lines.push(`${skipped} ${skipped === 1 ? 'fault' : 'faults'} could not be made on this machine.`)
  const bad = report.rows.filter((r) => r.complaints.length > 0).length + report.complaints.length
  return [
    ...lines,
    `${report.falsePasses} false passes, ${report.falseFails} false fails in ${report.sets.join(', ')}; ${(report.ms / 1000).toFixed(0)} s. ${report.ok ? 'Proven.' : `Not proven: ${bad} ${bad === 1 ? 'place' : 'places'} above.`}`,
  ].join('\n')
}
