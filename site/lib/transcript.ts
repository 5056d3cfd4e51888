/** Reads what the terminal prints for one failed check, so that a page can explain it line by line. */

export interface TranscriptLine {
  /** `Did`, `Expected` … or the verdict that the line starts with. */
  label: string
  /** The rest, with the lines that continue it; columns are two spaces apart. */
  text: string
}

const LABELLED = /^(?:\s+(Did|Expected|Received|Why|Log|Repeat|Read|Next)|(FAIL|BLOCKED))\s+(.*)$/

/** @throws Error where the text is not the output of a failed check */
export function parseTranscript(output: string): TranscriptLine[] {
  const lines: TranscriptLine[] = []
  for (const line of output.split('\n')) {
    const [, word, verdict, rest = ''] = LABELLED.exec(line) ?? []
    const label = word ?? verdict
    const last = lines.at(-1)
    if (label !== undefined) lines.push({ label, text: columns(rest) })
    else if (last !== undefined && line.trim() !== '') last.text += ` ${columns(line)}`
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
