/**
 * Messages as lines of ASCII, for a process of which only its input and output are there. A terminal may stand between: it may echo what it is given, end lines in two
 * characters, and cut what is longer than its own lines (4096 bytes in Linux: termios(3), canonical mode). So a message is cut by us, and each part is known by its mark.
 */
import { parse, stringify } from 'devalue'

/** Orders and news have marks of their own: an echo of the one is not taken for the other. */
export type Mark = '\u0001<' | '\u0001>'
export const ORDERS: Mark = '\u0001<'
export const NEWS: Mark = '\u0001>'

/** Characters of a part. */
const PART = 900
/** How an error is marked: it is no plain object. */
const ERROR = 'Error'

/**
 * The lines of a message, each with its end.
 * @param value what `structuredClone` takes, but for what is bound to a process: ports, keys
 * @throws DOMException `DataCloneError`, as `postMessage` does
 */
export function linesOf(mark: Mark, id: number, value: unknown): string[] {
  const text = ascii(stringified(structuredClone(value)))
  const count = Math.max(1, Math.ceil(text.length / PART))
  return Array.from(
    { length: count },
    (_, i) => `${mark}${id} ${i + 1}/${count} ${text.slice(i * PART, (i + 1) * PART)}\n`,
  )
}

function stringified(value: unknown): string {
  try {
    return stringify(value, { [ERROR]: (one: unknown) => one instanceof Error && [one.name, one.message, one.stack] })
  } catch (error) {
    throw new DOMException(`${(error as Error).message}: it could not be cloned.`, 'DataCloneError')
  }
}

/** Characters beyond ASCII stand in strings alone, where JSON has a way to write them. */
const ascii = (text: string) =>
  text.replaceAll(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * Reads what comes in pieces.
 * @param message called with each message that is whole
 * @returns takes a piece; what has no mark is left out
 */
export function readerOf(mark: Mark, message: (value: unknown) => void): (piece: string) => void {
  let rest = ''
  let parts: string[] = []
  let current = ''
  return (piece) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const at = line.indexOf(mark)
      if (at < 0) continue
      const [, id, n, count, text = ''] = /^(\d+) (\d+)\/(\d+) (.*?)\r?$/.exec(line.slice(at + mark.length)) ?? []
      if (id === undefined) continue
      // One sender writes its messages one after the other.
      if (n === '1') [parts, current] = [[], id]
      if (id !== current) continue
      parts.push(text)
      if (n === count) message(parse(parts.join(''), { [ERROR]: revived }))
    }
  }
}

function revived([name, message, stack]: [string, string, string | undefined]): Error {
  return Object.assign(new Error(message), { name, stack })
}
