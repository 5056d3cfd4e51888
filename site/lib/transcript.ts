/** Reads what the terminal prints for one failed check, so that a page can explain it line by line. */

export interface TranscriptLine {
  /** `Did`, `Expected` … or the verdict that the line starts with. */
  label: string
  /** The rest, with the lines that continue it; columns are two spaces apart. */
  text: string
}

/** Width of the terminal that the text comes from, and where the text of a line starts in it. */
const COLUMNS = 80
const INDENT = 12

const LABELLED = /^(?:\s+(Did|Expected|Received|Why|Log|Request|Hint \d|Repeat|Read|Next)|(FAIL|BLOCKED))\s+(.*)$/

/** @throws Error where the text is not the output of a failed check */
export function parseTranscript(output: string): TranscriptLine[] {
  const lines: TranscriptLine[] = []
  // A word as long as a line, such as JSON, is cut at the edge of the terminal, and goes on in the next line.
  let cut = false
  for (const line of output.split('\n')) {
    const [, word, verdict, rest = ''] = LABELLED.exec(line) ?? []
    const label = word ?? verdict
    const last = lines.at(-1)
    if (label !== undefined) lines.push({ label, text: columns(rest) })
    else if (last !== undefined && line.trim() !== '') last.text += `${cut ? '' : ' '}${columns(line)}`
    cut = new RegExp(`\\s\\S{${COLUMNS - INDENT}}$`).test(line)
  }
  if (lines[0]?.label !== 'FAIL' || lines.length < 4) {
    throw new Error(
      'The text is not the output of a failed check: it has no line FAIL with lines such as "Did" and "Expected" below.',
    )
  }
  return lines
}

/** The terminal aligns to the right with many spaces; a page does not. */
const columns = (text: string) => text.trim().replace(/ {3,}/g, '  ')
