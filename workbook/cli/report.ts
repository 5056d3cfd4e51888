import path from 'node:path'
import { parseArgs } from 'node:util'
import { callerDir, contextOf } from '../session/context.ts'
import { reportProgress } from '../session/progress.ts'
import { UsageError } from '../session/usage.ts'
import type { Invocation } from './main.ts'

const usage = `npm run report [-- FILE]

Writes your progress as one HTML file to share, with the same as JSON inside;
FILE.json gets the JSON alone. Without FILE: workspace/report.html.
`

/** `npm run report`: a file to show to somebody. */
export default async function report({ root, words, signal }: Invocation): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { help: { type: 'boolean' } },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  if (positionals.length > 1) throw new UsageError(`One file, not ${positionals.length}.\n${usage}`)
  const [name] = positionals
  const file = name === undefined ? path.join(root, 'workspace', 'report.html') : path.resolve(callerDir(), name)
  if (!/\.(?:html|json)$/.test(file)) throw new UsageError(`The name ends in .html or .json.\n${usage}`)
  const context = await contextOf(root, signal, (text) => process.stderr.write(`${text}\n`))
  const { about } = await reportProgress(context, file)
  process.stdout.write(`Wrote ${file}\n\n${about.map((line) => `- ${line}`).join('\n')}\n`)
  return 0
}
