/** The reference solution. Asked for twice, and loaded only then. */
import { useState } from 'react'
import type { Files, Subject } from '../../lib/run/subject.ts'

interface Props {
  subject: Subject
  take: (files: Files, why: string) => unknown
}

export function Solution({ subject, take }: Props) {
  const [files, setFiles] = useState<Files>()
  const [asked, setAsked] = useState<'no' | 'once' | 'twice'>('no')
  const [said, setSaid] = useState<string>()
  const load = () => {
    setAsked('twice')
    setSaid(undefined)
    subject.solution().then(setFiles, (error: unknown) => {
      setAsked('once')
      setSaid(error instanceof Error ? error.message : String(error))
    })
  }
  if (files === undefined)
    return (
      <div className="wb-note">
        {asked === 'no' ? (
          <button type="button" onClick={() => setAsked('once')}>
            Show the solution
          </button>
        ) : (
          <>
            <p>
              Whoever reads the solution before a try of their own learns less; the hints of a failed check come first.
            </p>
            <p>
              <button type="button" disabled={asked === 'twice'} onClick={load}>
                {asked === 'twice' ? 'Loading …' : 'Show it all the same'}
              </button>{' '}
              <button type="button" onClick={() => setAsked('no')}>
                Not yet
              </button>
            </p>
          </>
        )}
        {said !== undefined && <p role="alert">{said}</p>}
      </div>
    )
  return (
    <div className="wb-files">
      <p>
        <button
          type="button"
          onClick={() => {
            take(files, 'before the solution came')
            setSaid('The solution is in the editor. What you had can be brought back below.')
          }}
        >
          Put it into the editor
        </button>{' '}
        <span role="status">{said}</span>
      </p>
      <ul>
        {Object.entries(files).map(([file, text]) => (
          <li key={file}>
            <details open={Object.keys(files).length === 1}>
              <summary>
                <code>{file}</code>
              </summary>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
              <section tabIndex={0} aria-label={`Solution, ${file}`}>
                <pre>{text}</pre>
              </section>
            </details>
          </li>
        ))}
      </ul>
    </div>
  )
}
