/** `0.5` -> `30 min`, `1` -> `1 h`, `2.75` -> `2.75 h`. */
export function hoursText(hours: number): string {
  return hours < 1 ? `${Math.round(hours * 60)} min` : `${hours} h`
}

/** Escapes text for use between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)
}

/** The only Markdown that `lab.yaml` allows in a sentence: code spans. Returns HTML. */
export function codeSpans(text: string): string {
  return text
    .split(/`([^`]+)`/)
    .map((part, i) => (i % 2 === 1 ? `<code>${escapeHtml(part)}</code>` : escapeHtml(part)))
    .join('')
}

/** `2025-11-03` -> `3 November 2025`; `2025-11` -> `November 2025`; `2025` stays. */
export function dateText(date: string): string {
  const [year, month, day] = date.split('-')
  if (month === undefined) return date
  const name = new Date(`${year}-${month}-01T00:00:00Z`).toLocaleDateString('en-GB', { month: 'long', timeZone: 'UTC' })
  return day === undefined ? `${name} ${year}` : `${Number(day)} ${name} ${year}`
}
