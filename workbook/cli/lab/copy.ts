/** Actions on the files of the learner's copy. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { didYouMean, type Lab } from '../../catalog/index.ts'
import { type Context, callerDir, workspaceOf } from '../../session/context.ts'
import { forgetData } from '../../session/data.ts'
import { type Between, diffOf, type FileDiff, pairs } from '../../session/diff.ts'
import { importDraft, readDraft } from '../../session/draft.ts'
import { open as openFile } from '../../session/open.ts'
import { resetFromMine, resetLab } from '../../session/reset.ts'
import { listSnapshots, restoreLab, type Snapshot, takeSnapshot } from '../../session/snapshots.ts'
import { type Solved, solve as solveLab } from '../../session/solve.ts'
import { update as updateLab } from '../../session/update.ts'
import { UsageError } from '../../session/usage.ts'
import { trackOf } from '../options.ts'
import { type LabAction, noWords, out, sayCarried, sizeText } from './types.ts'

const back = (lab: Lab, snapshot: Snapshot) => `npm run lab -- restore ${lab.id} ${snapshot.name}`

const reset: LabAction = async (context, lab, words, flags) => {
  noWords('reset', words)
  if (flags.data === true) {
    await forgetData(context, lab)
    out(`The database of ${lab.id} is empty again. Your files are where they were.`)
    return 0
  }
  const track = trackOf(flags.track)
  const { replaced: snapshot, carried } =
    flags['from-mine'] === true
      ? await resetFromMine(context, lab, track)
      : { replaced: await resetLab(context, lab, track), carried: undefined }
  if (snapshot === undefined) out(`Made your copy of ${lab.id}.`)
  else out(`The starter is back. Your files are kept; to have them again: ${back(lab, snapshot)}`)
  sayCarried(lab, carried)
  if (snapshot !== undefined) sayMoved(context, lab)
  return 0
}

/** A terminal that stands in a folder follows it when it is moved: what is typed there next would mean the snapshot. */
function sayMoved(context: Context, lab: Lab): void {
  const dir = workspaceOf(context.root, lab)
  if (isBelow(dir, callerDir()))
    out('This terminal stands in the folder that was moved. Step into the new one: cd "$PWD"')
}

const isBelow = (dir: string, folder: string) => folder === dir || folder.startsWith(dir + path.sep)

const solve: LabAction = async (context, lab, words) => {
  const files = words.map((word) => inCopy(context, lab, word))
  const result = await solveLab(context, lab, { files: files.length === 0 ? undefined : files })
  if (result.snapshot === undefined && result.left.length === 0) {
    out(files.length === 0 ? `Your copy of ${lab.id} is the solution already.` : 'Already as in the solution.')
    return 0
  }
  for (const file of result.changed) out(`  ${file}`)
  out(`${result.changed.length} ${result.changed.length === 1 ? 'file is' : 'files are'} as in the solution now.`)
  if (result.left.length > 0) out(`Left alone, no plain file or saved just now: ${result.left.join(', ')}`)
  if (result.snapshot !== undefined) out(`Your files as they were: ${back(lab, result.snapshot)}`)
  out(nextOf(context, lab, result))
  return result.left.length > 0 ? 3 : 0
}

function nextOf(context: Context, lab: Lab, { running }: Solved): string {
  if (running === undefined) return `Grade it: npm run check -- ${lab.id}`
  if (running.byHand)
    return `Your containers still run the old image. In ${path.relative(context.root, workspaceOf(context.root, lab))}: docker compose up --build --wait`
  return running.transport === 'process'
    ? `It is running: npm run check -- ${lab.id} restarts the API with the new files.`
    : `It is running: npm run check -- ${lab.id} builds the image anew and takes the new files up.`
}

const update: LabAction = async (context, lab, words) => {
  noWords('update', words)
  const result = await updateLab(context, lab)
  const list = (title: string, files: readonly string[]) => {
    if (files.length > 0) out(`${title}\n${files.map((file) => `  ${file}`).join('\n')}`)
  }
  list('Brought up to the course:', result.replaced)
  list('New:', result.added)
  list('Gone from the course, and you had not touched them:', result.removed)
  list(
    'Kept as you have them, though the course has something else now:',
    result.kept.map(({ path: file, why }) => `${file}  (${why})`),
  )
  if (result.kept.length > 0) out(`To compare: npm run lab -- diff ${lab.id} <file>`)
  if (result.unrecorded)
    out('This copy was made before the course kept a record of its files, so every file that differs counts as yours.')
  if (result.snapshot === undefined)
    out(result.kept.length > 0 ? 'No file was changed.' : `Your copy of ${lab.id} is up to date with the course.`)
  else out(`Your files as they were: ${back(lab, result.snapshot)}`)
  return 0
}

const diff: LabAction = async (context, lab, words, flags) => {
  const [word, ...more] = words
  noWords('diff', more)
  const result = await diffOf(context, lab, {
    between: betweenOf(flags.between),
    file: word === undefined ? undefined : inCopy(context, lab, word),
  })
  for (const file of result.files) {
    if (flags.stat === true || file.text === undefined) out(statOf(file))
    else out(file.text.trimEnd())
  }
  const n = result.files.length
  out(
    `${result.from} -> ${result.to}: ${n} ${n === 1 ? 'file differs' : 'files differ'}, ${result.same} ${result.same === 1 ? 'is' : 'are'} the same.`,
  )
  return 0
}

const statOf = (file: FileDiff) =>
  `${file.status.padEnd(8)} ${file.path}  ${file.why === undefined ? `+${file.plus} -${file.minus}` : file.why}`

function betweenOf(word: string | undefined): Between {
  if (word === undefined) return 'mine-starter'
  const found = pairs.find((pair) => pair === word)
  if (found !== undefined) return found
  const near = didYouMean(word, pairs)
  throw new UsageError(`--between wants ${pairs.join(', ')}, not "${word}".${near ? ` Did you mean ${near}?` : ''}`)
}

const snapshot: LabAction = async (context, lab, words, flags) => {
  noWords('snapshot', words)
  const taken = await takeSnapshot(context, lab, flags.note)
  out(`${taken.files} files, ${sizeText(taken.bytes)}. To have them again: ${back(lab, taken)}`)
  return 0
}

const snapshots: LabAction = async (context, lab, words) => {
  noWords('snapshots', words)
  const list = await listSnapshots(context, lab)
  for (const s of list)
    out(
      `${s.name}  ${`before ${s.reason}`.replace('before hand', 'by hand').replace('before unknown', '').padEnd(14)} ${String(s.files).padStart(4)} files  ${sizeText(s.bytes).padStart(7)}${s.note === undefined ? '' : `  ${s.note}`}`,
    )
  out(
    list.length === 0
      ? `${lab.id} has no snapshots.`
      : `To put one back: npm run lab -- restore ${lab.id} <name>. They are never removed by a command; they lie in workspace/.snapshots/${lab.folder}.`,
  )
  return 0
}

const restore: LabAction = async (context, lab, words, flags) => {
  const [word, ...more] = words
  noWords('restore', more)
  const name = word ?? flags.snapshot
  if (name === undefined)
    throw new UsageError(
      `Which snapshot? npm run lab -- restore ${lab.id} <name>; the names: npm run lab -- snapshots ${lab.id}`,
    )
  const kept = await restoreLab(context, lab, name)
  out(`Restored.${kept === undefined ? '' : ` What was there is kept; to have it again: ${back(lab, kept)}`}`)
  if (kept !== undefined) sayMoved(context, lab)
  return 0
}

const open: LabAction = async (context, lab, words) => {
  const [word, ...more] = words
  noWords('open', more)
  if (word === undefined) throw new UsageError(`Which file? npm run lab -- open ${lab.id} api/src/server.ts:12`)
  const match = /^(.*?)(?::(\d+))?(?::(\d+))?$/.exec(word)
  const file = inCopy(context, lab, match?.[1] ?? word)
  const opened = await openFile(context, lab, file, Number(match?.[2] ?? 1), Number(match?.[3] ?? 1))
  out(`Opened ${path.relative(context.root, opened.file)}:${opened.line}`)
  return 0
}

const takeDraft: LabAction = async (context, lab, words) => {
  const [word, ...more] = words
  noWords('import-draft', more)
  if (word === undefined)
    throw new UsageError(`Which file? npm run lab -- import-draft ${lab.id} ${lab.id.toLowerCase()}-draft.json`)
  const { snapshot, changed, left } = await importDraft(context, lab, await readDraft(path.resolve(callerDir(), word)))
  if (snapshot === undefined) {
    out(`Your copy of ${lab.id} is as in the draft already.`)
    return 0
  }
  for (const file of changed) out(`  ${file}`)
  if (left.length > 0) out(`Left alone, no plain file or saved just now: ${left.join(', ')}`)
  out(`Your files as they were: ${back(lab, snapshot)}`)
  out(`Grade it: npm run check -- ${lab.id}`)
  return left.length > 0 ? 3 : 0
}

/** A path in the copy, with `/`: from its top, or from the folder in it that the person is in. */
function inCopy(context: Context, lab: Lab, word: string): string {
  const dir = workspaceOf(context.root, lab)
  const here = path.resolve(callerDir(), word)
  if (!existsSync(path.join(dir, word)) && isBelow(dir, here) && here !== dir)
    return path.relative(dir, here).split(path.sep).join('/')
  return path.posix.normalize(word)
}

export const copyActions = {
  reset,
  solve,
  update,
  diff,
  snapshot,
  snapshots,
  restore,
  open,
  'import-draft': takeDraft,
} satisfies Record<string, LabAction>
