/** Reads what the terminal prints for one failed check, so that a page can explain it line by line. */

export interface TranscriptLine {
  /** `Did`, `Expected` … or `Head` for the line with the verdict, `Blocked` for what waits. */
  label: string
  /** The line as printed, with the lines that continue it. */
  text: string
}

const LABELS = ['Did', 'Expected', 'Received', 'Why', 'Log', 'Repeat', 'Read', 'Next']

/** @throws Error where the text is not the output of a failed check */
export function parseTranscript(output: string): TranscriptLine[] {
  const lines: TranscriptLine[] = []
  for (const text of output.replace(/\s+$/, '').split('\n')) {
    const label = /^\s+([A-Z][a-z]+)(?:\s|$)/.exec(text)?.[1] ?? ''
    if (/^FAIL\b/.test(text)) lines.push({ label: 'Head', text })
    else if (/^BLOCKED\b/.test(text)) lines.push({ label: 'Blocked', text })
    else if (LABELS.includes(label)) lines.push({ label, text })
    else if (lines.length > 0 && text.trim() !== '') (lines.at(-1) as TranscriptLine).text += `\n${text}`
  }
  if (lines[0]?.label !== 'Head' || lines.length < 4) throw new Error('The text is not the output of a failed check: it has no line FAIL with lines such as "Did" and "Expected" below.')
  return lines
}
