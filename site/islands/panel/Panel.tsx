/**
 * The lab on the page: start and stop, checks with their evidence, the log. Everything it does is done by the workbook's local server, which does
 * what the command line does. Loaded when the reader touches it.
 */
import { type KeyboardEvent, useCallback, useEffect, useReducer, useRef, useState } from 'react'
import type { Act, StandingAnswer, Transport } from '../../../workbook/session/desk/protocol.ts'
import { ApiError, call } from '../../lib/local-api.ts'
import { Checks } from './Checks.tsx'
import { Controls } from './Controls.tsx'
import { Copies } from './Copies.tsx'
import { connect } from './connection.ts'
import { Files } from './Files.tsx'
import { Keys } from './Keys.tsx'
import { Log } from './Log.tsx'
import { busyWith, empty, firstFailure, isWaiting, reduce } from './model.ts'
import { Outcome } from './Outcome.tsx'
import inside from './open.css?inline'
import { Services } from './Services.tsx'
import { Tabs } from './Tabs.tsx'
import { outcomeLine, statusLine } from './words.ts'
import './panel.css'

interface Props {
  /** Id of the lab, `L01`. */
  lab: string
}

/** Where this browser keeps the transport that was chosen. */
const RUNTIME = 'wb-runtime'
/** Acts that may have to start something. */
const PLACED = new Set<Act>(['start', 'check', 'watch'])

/** Sends an act to the server. */
export type Send = (act: Act, more?: Record<string, unknown>) => Promise<void>

export default function Panel({ lab }: Props) {
  const [model, dispatch] = useReducer(reduce, empty)
  const [open, setOpen] = useState(false)
  // What stands in the file says nothing that only the server can know.
  const [awake, setAwake] = useState(false)
  const [help, setHelp] = useState(false)
  const [tab, setTab] = useState('checks')
  const [runtime, setRuntime] = useState<Transport>()
  const box = useRef<HTMLDivElement>(null)
  const key = `wb-panel:${lab}`

  useEffect(() => {
    setAwake(true)
    return connect(lab, dispatch)
  }, [lab])
  useEffect(() => {
    const kept = localStorage.getItem(RUNTIME)
    if (kept === 'container' || kept === 'process') setRuntime(kept)
  }, [])
  useEffect(() => {
    if (sessionStorage.getItem(key) !== null) setOpen(true)
  }, [key])

  const choose = (transport: Transport) => {
    setRuntime(transport)
    localStorage.setItem(RUNTIME, transport)
  }
  const show = useCallback(
    (on: boolean) => {
      setOpen(on)
      // After a reload the panel opens again by itself, in this tab.
      if (on) sessionStorage.setItem(key, 'open')
      else sessionStorage.removeItem(key)
    },
    [key],
  )

  // A run that ended may have changed progress, which other parts of the page show.
  const ended = model.run?.outcome?.kind === 'end'
  useEffect(() => {
    if (ended) window.dispatchEvent(new Event('workbook:progress'))
  }, [ended])

  // Verdicts on disk are asked for at once, and when there are new ones, whoever made them.
  const stamp = model.state?.results
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamp says that there are new ones
  useEffect(() => {
    let late = false
    call<StandingAnswer>('GET', `/labs/${lab}/checks`).then(
      (answer) => late || dispatch({ type: 'standings', answer }),
      () => {},
    )
    return () => {
      late = true
    }
  }, [stamp, lab])

  const refuse = useCallback((error: unknown) => {
    dispatch({ type: 'refused', refusal: error instanceof ApiError ? error.message : String(error) })
  }, [])
  const send: Send = useCallback(
    async (act, more = {}) => {
      show(true)
      dispatch({ type: 'refused', refusal: undefined })
      const where = runtime !== undefined && PLACED.has(act) ? { runtime } : {}
      await call('POST', `/labs/${lab}/acts`, { act, ...where, ...more }).catch(refuse)
    },
    [lab, show, refuse, runtime],
  )
  const halt = useCallback(() => call('DELETE', `/labs/${lab}/acts`, undefined, 130_000).catch(refuse), [lab, refuse])
  const round = useCallback(
    (why: 'all' | 'failure') => call('POST', `/labs/${lab}/rounds`, { why }).catch(refuse),
    [lab, refuse],
  )

  const act = busyWith(model)
  const failing = firstFailure(model)
  const commands: Record<string, () => unknown> = {
    c: () => (act === 'watch' ? round('all') : act === undefined && send('check')),
    f: () =>
      act === 'watch' ? round('failure') : act === undefined && failing && send('check', { checks: [failing.id] }),
    w: () => (act === 'watch' ? halt() : act === undefined && send('watch')),
    s: () => act === undefined && send(model.state?.stack === undefined ? 'start' : 'stop'),
    x: () => act !== undefined && halt(),
    l: () => {
      show(true)
      setTab('log')
    },
    d: () => {
      show(true)
      setTab('files')
    },
    '?': () => setHelp((on) => !on),
  }
  const onKey = (event: KeyboardEvent) => {
    const typing = (event.target as HTMLElement).closest('input, textarea, select, [contenteditable]')
    if (typing !== null || event.ctrlKey || event.metaKey || event.altKey) return
    const command = commands[event.key]
    if (command === undefined) return
    event.preventDefault()
    command()
  }

  const idle = act === undefined && model.link === 'open' && model.state?.copy.exists === true
  const waiting = model.checks.filter((c) => isWaiting(model, c.id)).length
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys work wherever the focus is inside; each has a button too
    <div className="wb-panel" ref={box} onKeyDown={onKey} data-link={model.link}>
      {awake && (
        <style href="wb-panel" precedence="panel">
          {inside}
        </style>
      )}
      <Controls
        lab={lab}
        model={model}
        open={open}
        onOpen={show}
        onHelp={() => setHelp(!help)}
        help={help}
        send={send}
        halt={halt}
        round={round}
        status={awake ? statusLine(model) : 'Start it, check it and read its log from here'}
      />
      {/* One sentence at a time: verdicts come quicker than they can be read out. */}
      <p className="sr-only" role="status">
        {model.run === undefined ? '' : (outcomeLine(model.run) ?? (waiting > 0 ? `${waiting} checks to go` : ''))}
      </p>
      {help && <Keys onClose={() => setHelp(false)} />}
      {open && (
        <>
          <Outcome model={model} />
          <Services state={model.state} chosen={runtime} onChoose={choose} />
          <Tabs
            label={`Lab ${lab}`}
            chosen={tab}
            onChoose={setTab}
            tabs={[
              { id: 'checks', title: 'Checks', body: () => <Checks lab={lab} model={model} send={send} /> },
              {
                id: 'log',
                title: 'Log',
                body: () => <Log entries={model.log} running={model.state?.stack !== undefined} />,
              },
              {
                id: 'files',
                title: 'Files',
                body: () => <Files lab={lab} idle={idle} after={model.run?.outcome} send={send} />,
              },
              {
                id: 'copies',
                title: 'Snapshots',
                body: () =>
                  model.state !== undefined && (
                    <Copies lab={lab} state={model.state} idle={idle} after={model.run?.outcome} send={send} />
                  ),
              },
            ]}
          />
        </>
      )}
    </div>
  )
}
