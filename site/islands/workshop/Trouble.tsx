/** Why the program does not run, and the way to the place. */
import type { Trouble as What } from '../../lib/run/subject.ts'

const TITLE: Record<What['kind'], string> = {
  syntax: 'It cannot be read as TypeScript',
  'unknown-import': 'It imports what is not here',
  threw: 'It threw while it was loaded',
  'not-offered': 'It uses what a page does not have',
  endless: 'It does not come to an end',
}

interface Props {
  trouble: What
  goTo: ((file: string) => void) | undefined
}

export function Trouble({ trouble, goTo }: Props) {
  const { kind, file, line, column, message } = trouble
  const place = [file, line && `line ${line}`, line && column && `column ${column}`].filter(Boolean).join(', ')
  return (
    <div className="wb-note" data-kind="trouble" role="alert">
      <p>
        <b>{TITLE[kind]}.</b> {place !== '' && <code>{place}</code>} {message}
      </p>
      {goTo !== undefined && file !== undefined && (
        <p>
          <button type="button" onClick={() => goTo(file)}>
            Go to {file}
          </button>
        </p>
      )}
    </div>
  )
}
