/** Mine, the starter and the solution, two of them side by side, file by file; and the way into the editor. */
import { useEffect, useState } from 'react'
import type { LabDiff } from '../../../workbook/session/desk/protocol.ts'
import { ApiError, call } from '../../lib/local-api.ts'
import type { Outcome } from './model.ts'
import type { Send } from './Panel.tsx'

type Between = LabDiff['between']

const PAIRS: [Between, string][] = [
  ['mine-starter', 'What I changed since the starter'],
  ['mine-solution', 'What the solution would change in mine'],
  ['starter-solution', 'What the solution changes in the starter'],
]

const STATUS = { added: 'new', removed: 'gone', changed: 'changed' } as const

interface Props {
  lab: string
  /** The copy is there, and nothing is being done to it. */
  idle: boolean
  /** How the last act ended: another one may have changed files. */
  after: Outcome | undefined
  send: Send
}

export function Files({ lab, idle, after, send }: Props) {
  const [between, setBetween] = useState<Between>('mine-starter')
  // A solution is shown when it is asked for, and not by a wrong click.
  const [revealed, setRevealed] = useState(false)
  const [diff, setDiff] = useState<LabDiff>()
  const [trouble, setTrouble] = useState<string>()
  const [again, setAgain] = useState(0)
  const secret = between !== 'mine-starter' && !revealed

  // biome-ignore lint/correctness/useExhaustiveDependencies: the outcome and the counter say that it may be another one
  useEffect(() => {
    if (secret) return
    let late = false
    setTrouble(undefined)
    call<LabDiff>('GET', `/labs/${lab}/diff?between=${between}`, undefined, 20_000).then(
      (answer) => late || setDiff(answer),
      (error: unknown) => late || setTrouble(error instanceof ApiError ? error.message : String(error)),
    )
    return () => {
      late = true
    }
  }, [lab, between, secret, after, again])

  const open = (file: string, line = 1) =>
    call('POST', `/labs/${lab}/open`, { file, line }).catch((error: unknown) =>
      setTrouble(error instanceof ApiError ? error.message : String(error)),
    )
  const shown = diff?.between === between && !secret ? diff : undefined
  return (
    <div className="wb-files">
      <div className="wb-log-tools">
        <label>
          Compare{' '}
          <select value={between} onChange={(event) => setBetween(event.target.value as Between)}>
            {PAIRS.map(([id, title]) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <button type="button" disabled={secret} onClick={() => setAgain(again + 1)}>
          Look again
        </button>
      </div>
      {trouble !== undefined && (
        <p className="wb-note" data-kind="trouble" role="alert">
          {trouble}
        </p>
      )}
      {secret && (
        <div className="wb-note">
          <p>
            This shows the reference solution. Whoever reads it before a try of their own learns less from the lab; the
            hints of a failed check come first.
          </p>
          <p>
            <button type="button" onClick={() => setRevealed(true)}>
              Show the solution
            </button>
          </p>
        </div>
      )}
      {!secret && shown === undefined && trouble === undefined && <p className="wb-note">Comparing …</p>}
      {shown !== undefined && (
        <>
          <p className="wb-count">
            {shown.files.length === 0
              ? 'No file differs.'
              : `${shown.files.length} ${shown.files.length === 1 ? 'file differs' : 'files differ'}, ${shown.same} are the same.`}
            {between === 'mine-solution' && shown.files.length > 0 && (
              <>
                {' '}
                <button type="button" disabled={!idle} onClick={() => send('solve')}>
                  Take all from the solution
                </button>
              </>
            )}
          </p>
          <ul>
            {shown.files.map((file) => (
              <li key={file.path}>
                <details>
                  <summary>
                    <code>{file.path}</code> {STATUS[file.status]} <span className="wb-plus">+{file.plus}</span>{' '}
                    <span className="wb-minus">−{file.minus}</span>
                  </summary>
                  <p className="wb-file-acts">
                    {/* What only the solution has cannot be opened: it is not there. */}
                    {!(between !== 'mine-starter' && file.status === 'added') && (
                      <button type="button" onClick={() => open(file.path, firstLine(file.text, between))}>
                        Open in my editor
                      </button>
                    )}
                    {between === 'mine-solution' && (
                      <button type="button" disabled={!idle} onClick={() => send('solve', { files: [file.path] })}>
                        Take this file from the solution
                      </button>
                    )}
                  </p>
                  {file.text === undefined ? (
                    <p className="wb-note">No lines to show: {file.why}.</p>
                  ) : (
                    <Lines text={file.text} name={file.path} />
                  )}
                </details>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

/** The first changed place, in the file that is opened: the learner's. */
function firstLine(text: string | undefined, between: Between): number {
  const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/m.exec(text ?? '')
  const line = Number(between === 'mine-starter' ? hunk?.[2] : hunk?.[1])
  // A hunk begins three lines before what changed.
  return Number.isInteger(line) && line > 0 ? line + (line > 1 ? 3 : 0) : 1
}

/** A unified diff; the sign stands in the line, colour only repeats it. */
function Lines({ text, name }: { text: string; name: string }) {
  const lines = text.split('\n').slice(2)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section tabIndex={0} aria-label={`Differences in ${name}`}>
      <pre className="wb-diff">
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a diff repeat, and do not move
          <span key={i} data-sign={line.startsWith('@@') ? '@' : line.charAt(0)}>
            {line}
            {'\n'}
          </span>
        ))}
      </pre>
    </section>
  )
}
