/** The head of the panel: how it stands, and what can be done now. */
import { useEffect, useState } from 'react'
import { busyWith, firstFailure, type Model } from './model.ts'
import type { Send } from './Panel.tsx'
import { duration } from './words.ts'

interface Props {
  lab: string
  model: Model
  status: string
  open: boolean
  help: boolean
  onOpen: (open: boolean) => void
  onHelp: () => void
  send: Send
  halt: () => unknown
  round: (why: 'all' | 'failure') => unknown
}

export function Controls({ lab, model, status, open, help, onOpen, onHelp, send, halt, round }: Props) {
  const { state } = model
  const act = busyWith(model)
  const idle = state !== undefined && act === undefined && model.link === 'open'
  const runs = state?.stack !== undefined
  const failing = firstFailure(model)
  return (
    <div className="wb-panel-head">
      <button type="button" className="wb-panel-title" aria-expanded={open} onClick={() => onOpen(!open)}>
        <span>
          <b>Lab {lab}</b> on this machine
        </span>
        <span className="wb-panel-status">
          {status}
          <Elapsed model={model} />
        </span>
      </button>
      <div className="wb-panel-acts">
        {act === 'watch' ? (
          <>
            <button type="button" onClick={() => round('all')}>
              Check all
            </button>
            {failing !== undefined && (
              <button type="button" onClick={() => round('failure')}>
                Check {failing.id}
              </button>
            )}
            <button type="button" onClick={halt}>
              End the watch
            </button>
          </>
        ) : act !== undefined ? (
          <button type="button" onClick={halt}>
            Cancel
          </button>
        ) : (
          <>
            <button type="button" disabled={state !== undefined && !idle} onClick={() => send(runs ? 'stop' : 'start')}>
              {runs ? 'Stop' : 'Start'}
            </button>
            <button
              type="button"
              className="wb-main"
              disabled={state !== undefined && !(idle && state.copy.exists)}
              onClick={() => send('check')}
            >
              Check
            </button>
            <button
              type="button"
              disabled={state !== undefined && !(idle && state.copy.exists)}
              onClick={() => send('watch')}
            >
              Watch
            </button>
          </>
        )}
        <button type="button" className="wb-quiet-button" aria-pressed={help} aria-label="Keys" onClick={onHelp}>
          ?
        </button>
      </div>
    </div>
  )
}

/** How long it goes on, and when it is given up. */
function Elapsed({ model }: { model: Model }) {
  const activity = model.state?.activity
  const [now, setNow] = useState(0)
  const since = activity?.since
  useEffect(() => {
    if (since === undefined) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [since])
  if (activity === undefined || activity.act === 'watch' || now - activity.since < 2_000) return null
  const limit = activity.until === undefined ? '' : ` of ${duration(activity.until - activity.since)} at most`
  return (
    <span>
      {' '}
      · {duration(now - activity.since)}
      {limit}
    </span>
  )
}
