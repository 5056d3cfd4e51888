import path from 'node:path'
import { parseArgs } from 'node:util'
import { didYouMean } from '../catalog/index.ts'
import { progressText } from '../progress/terminal.ts'
import { callerDir, contextOf } from '../session/context.ts'
import { exportProgress, type ImportMode, importProgress, viewProgress } from '../session/progress.ts'
import { UsageError } from '../session/usage.ts'
import type { Invocation } from './main.ts'

const usage = `npm run progress [-- show [--json]]
npm run progress -- export FILE [--force]
npm run progress -- import FILE [--dry-run | --replace]

Progress lies in workspace/progress.json. import adds what the file knows and loses
nothing; --replace takes the file as it is; both keep the version before. --dry-run
shows what would change.
`

/** `npm run progress`: what is done, and the file to carry elsewhere. */
export default async function progress({ root, words, signal }: Invocation): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      force: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      replace: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const out = (text: string) => process.stdout.write(text)
  if (values.help) {
    out(usage)
    return 0
  }
  const [verb = 'show', ...rest] = positionals
  const context = await contextOf(root, signal, (text) => process.stderr.write(`${text}\n`))
  switch (verb) {
    case 'show': {
      if (rest.length > 0) throw new UsageError(`show takes no further word.\n${usage}`)
      const view = await viewProgress(context)
      for (const note of view.notes) context.progress(note)
      out(values.json ? `${JSON.stringify(view, null, 2)}\n` : progressText(view))
      return 0
    }
    case 'export': {
      const file = fileOf(verb, rest)
      const { lessons, labs, quizzes } = await exportProgress(context, file, values.force === true)
      const counts = [lessons, labs, quizzes].map((all) => Object.keys(all).length)
      out(`Wrote ${file}: ${counts[0]} lessons, ${counts[1]} labs, ${counts[2]} quizzes.\n`)
      return 0
    }
    case 'import': {
      if (values['dry-run'] && values.replace)
        out('With --dry-run nothing is changed; this is what --replace would do:\n')
      const file = fileOf(verb, rest)
      const mode: ImportMode = values['dry-run'] ? 'look' : values.replace ? 'replace' : 'merge'
      const { changes, kept } = await importProgress(context, file, mode)
      if (changes.length === 0) out('Nothing in it is new.\n')
      else for (const line of changes) out(`  ${line}\n`)
      if (mode === 'look') out(changes.length === 0 ? '' : 'Nothing was changed (--dry-run).\n')
      else if (kept !== undefined) out(`Done. The version before is workspace/${path.basename(kept)}.\n`)
      else if (changes.length > 0) out('Done.\n')
      return 0
    }
    default: {
      const near = didYouMean(verb, ['show', 'export', 'import'])
      throw new UsageError(`There is no "${verb}".${near ? ` Did you mean ${near}?` : ''}\n${usage}`)
    }
  }
}

function fileOf(verb: string, rest: string[]): string {
  const [file, ...more] = rest
  if (file === undefined || more.length > 0) throw new UsageError(`${verb} wants one file.\n${usage}`)
  return path.resolve(callerDir(), file)
}
