/** What the services print, as they print it: by service, searched, paused. */
import { useEffect, useMemo, useRef, useState } from 'react'
import type { LogEntry } from './model.ts'

/** So many lines are put on the page at most: a browser draws no hundred thousand. */
const DRAWN = 500

/** Lines that the workbook itself and health checks cause, every few seconds. */
const NOISE = /\/api\/health\//

interface Props {
  entries: LogEntry[]
  running: boolean
  /** What is said where nothing was printed. */
  nothing?: string
}

export function Log({
  entries,
  running,
  nothing = 'Nothing runs, so nothing is printed. Start the lab, and its log comes here.',
}: Props) {
  const [service, setService] = useState('')
  const [words, setWords] = useState('')
  const [quiet, setQuiet] = useState(true)
  const [held, setHeld] = useState<LogEntry[]>()
  const box = useRef<HTMLPreElement>(null)
  const services = useMemo(() => [...new Set(entries.map((e) => e.service))].sort(), [entries])
  const all = held ?? entries
  const wanted = words.toLowerCase()
  const lines = all.filter(
    (e) =>
      (service === '' || e.service === service) &&
      (wanted === '' || e.text.toLowerCase().includes(wanted)) &&
      !(quiet && NOISE.test(e.text)),
  )
  const drawn = lines.slice(-DRAWN)
  const newest = drawn.at(-1)?.n
  // Follows the end, unless it is paused.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line is what moves it
  useEffect(() => {
    if (held === undefined && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [newest, held])
  const missed = held === undefined ? 0 : entries.filter((e) => e.n > (held.at(-1)?.n ?? 0)).length
  return (
    <div className="wb-log">
      <div className="wb-log-tools">
        <label>
          Service{' '}
          <select value={service} onChange={(e) => setService(e.target.value)}>
            <option value="">all</option>
            {services.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Search <input type="search" value={words} onChange={(e) => setWords(e.target.value)} />
        </label>
        <label>
          <input type="checkbox" checked={quiet} onChange={(e) => setQuiet(e.target.checked)} /> without health checks
        </label>
        <button
          type="button"
          aria-pressed={held !== undefined}
          onClick={() => setHeld(held === undefined ? entries : undefined)}
        >
          {held === undefined ? 'Pause' : `Go on${missed > 0 ? ` (${missed} new)` : ''}`}
        </button>
        <span className="wb-count">
          {lines.length} {lines.length === 1 ? 'line' : 'lines'}
          {lines.length > DRAWN && `, the last ${DRAWN} shown`}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <pre ref={box} role="log" aria-live="off" tabIndex={0} aria-label="Log of the services">
        {drawn.length === 0
          ? running || entries.length > 0
            ? 'No line.'
            : nothing
          : drawn.map((e) => (
              <span key={e.n}>
                <b>{e.service}</b> {e.text}
                {'\n'}
              </span>
            ))}
      </pre>
    </div>
  )
}
