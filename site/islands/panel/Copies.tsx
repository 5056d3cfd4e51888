/** The learner's copy as a whole: snapshots, the starter again, what the course changed. Nothing here loses work: a snapshot comes first. */
import { useEffect, useState } from 'react'
import type { LabState, Snapshot } from '../../../workbook/session/desk/protocol.ts'
import { ApiError, call } from '../../lib/local-api.ts'
import type { Outcome } from './model.ts'
import type { Send } from './Panel.tsx'
import { ago } from './words.ts'

const WHY: Record<Snapshot['reason'], string> = {
  reset: 'before a reset',
  solve: 'before the solution was taken',
  restore: 'before another was put back',
  track: 'before the track changed',
  update: 'before an update of the course',
  draft: 'before a draft of a page was taken in',
  hand: 'taken by you',
  repair: 'found after an interruption',
  unknown: 'from before there were records',
}

interface Props {
  lab: string
  state: LabState
  idle: boolean
  /** How the last act ended: another one may have changed files. */
  after: Outcome | undefined
  send: Send
}

export function Copies({ lab, state, idle, after, send }: Props) {
  const [list, setList] = useState<Snapshot[]>()
  const [trouble, setTrouble] = useState<string>()
  const [note, setNote] = useState('')
  const [again, setAgain] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the outcome and the counter say that there may be another one
  useEffect(() => {
    let late = false
    call<Snapshot[]>('GET', `/labs/${lab}/snapshots`).then(
      (answer) => late || setList(answer.toReversed()),
      (error: unknown) => late || setTrouble(error instanceof ApiError ? error.message : String(error)),
    )
    return () => {
      late = true
    }
  }, [lab, after, again])
  const take = async () => {
    setTrouble(undefined)
    try {
      await call('POST', `/labs/${lab}/snapshots`, note.trim() === '' ? {} : { note: note.trim() }, 60_000)
      setNote('')
      setAgain(again + 1)
    } catch (error) {
      setTrouble(error instanceof ApiError ? error.message : String(error))
    }
  }
  const { copy, stack } = state
  const quiet = idle && stack === undefined
  return (
    <div className="wb-copies">
      {trouble !== undefined && (
        <p className="wb-note" data-kind="trouble" role="alert">
          {trouble}
        </p>
      )}
      {copy.behind !== undefined && (
        <p className="wb-note">
          The course changed {copy.behind} {copy.behind === 1 ? 'file' : 'files'} of this lab since you began. Files
          that you changed stay yours.{' '}
          <button type="button" disabled={!idle} onClick={() => send('update')}>
            Bring in the others
          </button>
        </p>
      )}
      <form
        className="wb-log-tools"
        onSubmit={(event) => {
          event.preventDefault()
          void take()
        }}
      >
        <label>
          A word about it{' '}
          <input type="text" value={note} maxLength={200} onChange={(event) => setNote(event.target.value)} />
        </label>
        <button type="submit" disabled={!copy.exists}>
          Take a snapshot
        </button>
        <button type="button" disabled={!quiet || !copy.exists} onClick={() => send('reset')}>
          Put the starter back
        </button>
      </form>
      {stack !== undefined && (
        <p className="wb-note">
          The lab runs. Stop it to put the starter or a snapshot back: its database begins anew then.
        </p>
      )}
      {list === undefined ? (
        <p className="wb-note">Looking …</p>
      ) : list.length === 0 ? (
        <p className="wb-note">No snapshot yet. One is taken before everything that changes your files.</p>
      ) : (
        <table>
          <caption className="sr-only">Snapshots of your copy, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Why</th>
              <th scope="col">Files</th>
              <th scope="col">
                <span className="sr-only">Put back</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((snapshot) => (
              <tr key={snapshot.name}>
                <td>
                  <time dateTime={snapshot.time} title={snapshot.time}>
                    {ago(snapshot.time, Date.now())}
                  </time>
                </td>
                <td>
                  {snapshot.note ?? WHY[snapshot.reason]}
                  {snapshot.track !== undefined && state.lab.tracks.length > 1 && <> · {snapshot.track}</>}
                </td>
                <td>{snapshot.files}</td>
                <td>
                  <button
                    type="button"
                    disabled={!quiet}
                    aria-label={`Put back the snapshot of ${snapshot.time}`}
                    onClick={() => send('restore', { name: snapshot.name })}
                  >
                    Put back
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}
