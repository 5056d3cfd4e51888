import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { findLab, type Lab, loadCatalog } from '../catalog/index.ts'
import { loadChecks } from '../grader/load.ts'
import { renderComplaints, renderMatrix, renderProgramRow } from '../verify/render.ts'
import { type VerifyReport, verifyLab } from '../verify/verify.ts'
import type { Invocation } from './main.ts'

/** `npm run verify [-- L01 …] [--json] [--seed s] [--update]`: exits 0 when every grader is proven, else 1. */
export default async function verify({ root, words, signal }: Invocation): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, seed: { type: 'string' }, update: { type: 'boolean' } },
  })
  const labs: Lab[] =
    positionals.length > 0
      ? await Promise.all(positionals.map((word) => findLab(root, word)))
      : (await loadCatalog(root)).labs
  const out = (text: string) => void (values.json ? process.stderr : process.stdout).write(`${text}\n`)
  const reports: VerifyReport[] = []
  for (const lab of labs) {
    const checks = await loadChecks(lab)
    const seed = values.seed ?? randomBytes(3).toString('hex')
    out(`Verifying ${lab.id} ${lab.title} · ${checks.length} checks · seed ${seed}\n`)
    const report = await verifyLab({
      root,
      lab,
      seed,
      signal,
      update: values.update === true,
      requireContainers: process.env.WORKBOOK_REQUIRE_CONTAINER === '1',
      onRow: (row) => out(renderProgramRow(row)),
    })
    reports.push(report)
    out(
      `\n${renderMatrix(
        report,
        checks.map((c) => c.id),
      )}\n\n${renderComplaints(report)}`,
    )
  }
  if (values.json) process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`)
  return reports.every((r) => r.ok) ? 0 : 1
}
