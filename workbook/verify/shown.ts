/** The transcripts in `docs/grader.md`: real runs of the real command, so that the document says what the program prints. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { writeAtomic } from '../stack/files.ts'
import { type Checkout, makeCheckout, type Outcome } from './checkout.ts'
import { type Complaint, firstDifference } from './judge.ts'
import { inOrderOf, normalisePrinted } from './printed.ts'

/** The document with the transcripts, and the lab that they are of. */
export const DOCUMENT = 'docs/grader.md'
export const SHOWN_LAB = 'L01'
const FOLDER = '01-password-login'
/** Repeats the draws, so that the transcripts differ as little as can be. */
const SEED = '7f3a19'
export const SHOWN_MUTANT = 'bcrypt-truncates'

/** One transcript: a state of the lab in the place of the learner's copy, and the command as a person types it. */
interface Shown {
  name: string
  state: string
  words: string[]
  /** Makes the trouble, for as long as the command runs. */
  within?: (run: (env: Record<string, string>) => Promise<Outcome>) => Promise<Outcome>
}

const check = ['check', SHOWN_LAB, '--runtime', 'process', '--seed', SEED]

const shown: Shown[] = [
  { name: 'starter', state: 'starter', words: check },
  { name: 'mutant', state: `mutant:${SHOWN_MUTANT}`, words: check },
  {
    name: 'engine',
    state: 'starter',
    words: ['check', SHOWN_LAB, '--runtime', 'container'],
    within: (run) => run({ DOCKER_HOST: 'unix:///nonexistent/docker.sock' }),
  },
  { name: 'port', state: 'starter', words: ['lab', 'start', SHOWN_LAB, '--runtime', 'process'], within: onTakenPort },
]

/** Somebody else listens where the lab wants to. */
async function onTakenPort(run: (env: Record<string, string>) => Promise<Outcome>): Promise<Outcome> {
  const listen =
    "require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })"
  const other = spawn(process.execPath, ['--eval', listen], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const [chunk] = (await once(other.stdout, 'data')) as [Buffer]
    return await run({ API_PORT: chunk.toString('utf8').trim() })
  } finally {
    other.kill()
  }
}

/**
 * Runs each command and compares what it prints with the document, or writes the document anew.
 * @param root the checkout; the commands run in a copy of it
 */
export async function verifyDocument(root: string, update: boolean, signal: AbortSignal): Promise<Complaint[]> {
  const file = path.join(root, ...DOCUMENT.split('/'))
  let text = await readFile(file, 'utf8')
  const complaints: Complaint[] = []
  const checkout = makeCheckout(root, signal)
  try {
    for (const one of shown) {
      const committed = sectionOf(text, one.name)
      if (committed === undefined) {
        complaints.push(complaint(one.name, `there is no place for it: <!-- transcript:${one.name} -->`))
        continue
      }
      const printed = await sectionFrom(checkout, one, committed)
      signal.throwIfAborted()
      if (printed === committed) continue
      if (update) text = withSection(text, one.name, printed)
      else complaints.push(complaint(one.name, `differs from what is printed: ${firstDifference(committed, printed)}`))
    }
  } finally {
    checkout.remove()
  }
  if (update) await writeAtomic(file, text)
  return complaints
}

const complaint = (name: string, text: string): Complaint => ({
  kind: 'message',
  program: DOCUMENT,
  check: '',
  text: `${DOCUMENT}, transcript ${name}: ${text}. Review the change, then: npm run verify -- --update`,
})

async function sectionFrom(checkout: Checkout, one: Shown, committed: string): Promise<string> {
  const folder = path.join(checkout.root, 'workspace', FOLDER)
  await rm(folder, { recursive: true, force: true })
  await checkout.run(['lab', 'export', SHOWN_LAB, '--state', one.state, '--to', folder])
  const run = (more: string[] = []) => {
    const words = [...one.words, ...more]
    return (one.within ?? ((act) => act({})))((env) => checkout.run(words, { env }))
  }
  const { code, stdout, stderr } = await run()
  const alone = async (id: string) => normalisePrinted((await run([id])).stdout)
  const printed = await inOrderOf(committed, normalisePrinted(`${stdout}${stderr}`), alone)
  const [command, ...words] = one.words
  return ['```text', `$ npm run ${command} -- ${words.join(' ')}`, printed, '```', '', `Exit code ${code}.`].join('\n')
}

const CLOSING = '<!-- /transcript -->'

/** Where the text of a transcript begins and ends, without the empty lines around it. */
function placeOf(document: string, name: string): { from: number; to: number } | undefined {
  const opening = `<!-- transcript:${name} -->`
  const at = document.indexOf(opening)
  const end = document.indexOf(CLOSING, at)
  return at < 0 || end < 0 ? undefined : { from: at + opening.length, to: end }
}

/** The text between the markers of a transcript; undefined where they are not there. */
export function sectionOf(document: string, name: string): string | undefined {
  const place = placeOf(document, name)
  return place === undefined ? undefined : document.slice(place.from, place.to).trim()
}

/** The document with another text between the markers. */
export function withSection(document: string, name: string, text: string): string {
  const place = placeOf(document, name)
  if (place === undefined) return document
  return `${document.slice(0, place.from)}\n\n${text}\n\n${document.slice(place.to)}`
}
