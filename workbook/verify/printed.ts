/**
 * What a run of `check` printed, fit for a document: what differs from run to run is replaced by its name (`transcript.ts`), lines are
 * wrapped anew as the program wraps them, and the order in which checks happened to end does not matter.
 */
import { field } from '../grader/render/terminal.ts'
import { normalise } from './transcript.ts'

const look = { colour: false, columns: 80, all: false }
/** Columns before the text of a field, and columns of that text. */
const [INDENT, WIDTH] = [12, 68]
/** A title is cut here, whatever room its milliseconds left. */
const TITLE = 56
/** Commands are not wrapped: they have to survive being copied. */
const whole = new Set(['Request', 'Repeat'])
const header = /^([A-Z][A-Z ]{6}[A-Z ]) (\S+) +(.*?) +(\d+ ms|<ms>)$/

/** The lines of one check, headed by its verdict. */
interface Block {
  id: string
  lines: string[]
}

/** A run as text, taken apart. */
interface Parts {
  head: string[]
  blocks: Block[]
  tail: string[]
}

/** The text of a run without what is of that run alone. */
export function normalisePrinted(text: string): string {
  const lines: string[] = []
  let open: { name: string; parts: string[] } | undefined
  const close = () => {
    if (open === undefined) return
    const joined = normalised(unwrapped(open.parts))
    lines.push(field(open.name, joined, whole.has(open.name) ? { ...look, columns: 100_000 } : look))
    open = undefined
  }
  for (const line of text.trimEnd().split('\n')) {
    const name = line.slice(2, INDENT).trim()
    if (/^ {12}\S/.test(line) && open !== undefined) open.parts.push(line.slice(INDENT))
    else {
      close()
      if (/^ {2}[A-Z][a-z]+(?: \d)? *$/.test(line.slice(0, INDENT)) && line.length > INDENT)
        open = { name, parts: [line.slice(INDENT)] }
      else lines.push(headline(line))
    }
  }
  close()
  return lines.join('\n')
}

/** Pieces of a field as one text: a piece of full width without a space is the beginning of a word that was cut. */
function unwrapped(parts: string[]): string {
  return parts.reduce((text, part, i) => {
    const before = parts[i - 1] ?? ''
    return `${text}${before.length === WIDTH && !before.includes(' ') ? '' : ' '}${part}`
  })
}

const normalised = (text: string) =>
  normalise(text)
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replace(/"ms":\d+/g, '"ms":<n>')

function headline(line: string): string {
  const [, verdict = '', id = '', title = ''] = header.exec(line) ?? []
  if (id !== '') {
    const bare = title.replace(/…$/, '')
    const cut = bare !== title || title.length > TITLE ? `${bare.slice(0, TITLE - 1)}…` : title
    return `${verdict} ${id.padEnd(5)} ${cut.padEnd(60)} <ms>`
  }
  return normalised(line)
    .replace(/ in \d+\.\d s$/, ' in <n> s')
    .replace(/Port \d+ is taken by .*\.$/, 'Port <port> is taken by <program> (pid <pid>: <command>).')
    .replace(/API_PORT=\d+/, 'API_PORT=<another port>')
}

/**
 * A normalised run with its checks in the order of another, and the failure whole that is whole there: which check ends first is chance.
 * @param alone the same failure, whole, from a run of that check alone; asked for only where this run has it in short
 */
export async function inOrderOf(
  wanted: string,
  printed: string,
  alone: (check: string) => Promise<string>,
): Promise<string> {
  const [model, mine] = [partsOf(wanted), partsOf(printed)]
  const ids = (blocks: Block[]) => blocks.map((b) => b.id).toSorted((a, b) => a.localeCompare(b))
  // Other checks than there: nothing to put in order, and the difference will be told.
  if (ids(model.blocks).join() !== ids(mine.blocks).join()) return printed
  const first = model.blocks.find(isWhole)?.id
  const blocks: Block[] = []
  for (const { id } of model.blocks) {
    const own = mine.blocks.find((b) => b.id === id) ?? { id, lines: [] }
    if (id === first && !isWhole(own) && own.lines[0]?.startsWith('FAIL'))
      blocks.push(partsOf(await alone(id)).blocks.find((b) => b.id === id) ?? own)
    else blocks.push(id !== first && isWhole(own) ? inShort(own) : own)
  }
  return [...mine.head, ...blocks.flatMap((b) => b.lines), ...mine.tail].join('\n')
}

function partsOf(text: string): Parts {
  const parts: Parts = { head: [], blocks: [], tail: [] }
  let into = parts.head
  for (const line of text.split('\n')) {
    const id = header.exec(line)?.[2]
    if (id !== undefined) {
      into = []
      parts.blocks.push({ id, lines: into })
    } else if (parts.blocks.length > 0 && /^\d+ pass/.test(line)) into = parts.tail
    into.push(line)
  }
  // The empty line before the sum belongs to the sum.
  const last = parts.blocks.at(-1)?.lines
  if (last?.at(-1) === '') {
    last.pop()
    parts.tail.unshift('')
  }
  return parts
}

const isWhole = (block: Block) => block.lines.some((line) => line.startsWith('  Did '))

/** A failure as the program prints it when it is not the first: its line, and the first sentence of why. */
function inShort({ id, lines }: Block): Block {
  const at = lines.findIndex((line) => line.startsWith('  Why '))
  const rest = lines.slice(at + 1)
  const end = rest.findIndex((line) => !line.startsWith(' '.repeat(INDENT)))
  const why = unwrapped([lines[at], ...rest.slice(0, end < 0 ? rest.length : end)].map((l) => (l ?? '').slice(INDENT)))
  const sentence = /^.*?[.](?=\s|$)/.exec(why)?.[0] ?? why
  return { id, lines: [lines[0] ?? '', field('Why', sentence, look)] }
}
