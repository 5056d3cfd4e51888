import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { loadCatalog } from '../catalog/index.ts'
import { editorSchemaTexts } from '../catalog/json-schema.ts'
import { loadChecks } from '../grader/load.ts'
import { lintCourse } from '../session/lint.ts'
import { reportSchemaTexts } from '../session/report-schema.ts'
import { writeAtomic } from '../stack/files.ts'
import type { Invocation } from './main.ts'

/** `npm run lint:course [-- --write]`: every mistake in course/ and labs/, with file and line. `--write` renews docs/schema/. */
export default async function lint({ root, words }: Invocation): Promise<number> {
  const write = words.includes('--write')
  const problems = await lintCourse(root)
  const folder = path.join(root, 'docs', 'schema')
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries({ ...editorSchemaTexts(), ...reportSchemaTexts() })) {
    const file = path.join(folder, `${name}.schema.json`)
    const there = await readFile(file, 'utf8').catch(() => '')
    if (there === text) continue
    if (write) await writeAtomic(file, text)
    else
      problems.push(
        `docs/schema/${name}.schema.json: differs from its source in workbook/. Renew it: npm run lint:course -- --write`,
      )
  }
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  if (problems.length > 0) {
    process.stdout.write(`${problems.length} ${problems.length === 1 ? 'mistake' : 'mistakes'}.\n`)
    return 1
  }
  const { modules, labs } = await loadCatalog(root)
  const checks = (await Promise.all(labs.map(loadChecks))).flat().length
  const pages = modules.reduce((n, m) => n + m.lessons.length, 0)
  process.stdout.write(
    `${modules.length} modules, ${pages} pages, ${labs.length} ${labs.length === 1 ? 'lab' : 'labs'}, ${checks} checks: no mistakes.\n`,
  )
  return 0
}
