/** Editor, checks, console: the work on an exercise or a lab in the page. */
import { type KeyboardEvent, useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react'
import { type Draft, type DraftStore, draftsOf, dropLate, type Kept, keeper, keepLate } from '../../lib/run/drafts.ts'
import { importText } from '../../lib/run/exchange-file.ts'
import type { Files, Place, RunEvent, Subject } from '../../lib/run/subject.ts'
import { Log } from '../panel/Log.tsx'
import { Tabs } from '../panel/Tabs.tsx'
import { Code } from './Code.tsx'
import type { FileState, Mark } from './editor.ts'
import { FileTools } from './FileTools.tsx'
import { Mine } from './Mine.tsx'
import { begin, isRunning, reduce, written } from './model.ts'
import { Requests } from './Requests.tsx'
import { Solution } from './Solution.tsx'
import { Trouble } from './Trouble.tsx'
import { Verdicts } from './Verdicts.tsx'
import { outcomeLine, statusLine } from './words.ts'

interface Props {
  id: string
  isExercise: boolean
  subject: Subject
  store: DraftStore
  known: { drafts: Draft[]; kept: Kept[] }
  unkept: string | undefined
  onStatus: (status: string) => void
}

/** Nobody types for so long, and what was written is kept. */
const TYPING_MS = 300

export function Desk({ id, isExercise, subject, store, known, unkept, onStatus }: Props) {
  const [model, dispatch] = useReducer(reduce, undefined, () => begin(subject, known))
  const [tab, setTab] = useState('checks')
  const [lost, setLost] = useState<string>()
  const states = useRef(new Map<string, FileState>())
  const run = useRef({ n: 0, abort: new AbortController() })
  const box = useRef<HTMLDivElement>(null)

  const status = statusLine(model)
  useEffect(() => onStatus(status), [onStatus, status])
  useKeeping(id, store, model.drafts, setLost)
  // Nobody waits for it; where it fails, the first check says so.
  useEffect(() => void subject.warm((place) => dispatch({ type: 'place', place })).catch(() => {}), [subject])
  // A page that goes away, and a workshop that is closed, leave no program behind.
  useEffect(() => () => run.current.abort.abort(), [])

  const files = useRef(model.files)
  files.current = model.files
  const running = isRunning(model)
  const check = useCallback(
    async (ids: readonly string[] = []) => {
      if (run.current.n > 0 && !run.current.abort.signal.aborted) return
      const n = ++serial
      const abort = new AbortController()
      run.current = { n, abort }
      const seed = crypto
        .getRandomValues(new Uint8Array(3))
        .reduce((text, b) => text + b.toString(16).padStart(2, '0'), '')
      setTab('checks')
      dispatch({ type: 'begin', n, seed, selection: subject.select(ids) })
      const since = performance.now()
      const events = batched<RunEvent>((event) => dispatch({ type: 'event', n, event }))
      try {
        await subject.run({ files: files.current, ids, seed, signal: abort.signal, tell: events.tell })
        events.flush()
        if (!abort.signal.aborted)
          dispatch({ type: 'over', n, outcome: { kind: 'end', ms: performance.now() - since } })
      } catch (error) {
        events.flush()
        const message = error instanceof Error ? error.message : String(error)
        if (!abort.signal.aborted) dispatch({ type: 'over', n, outcome: { kind: 'trouble', message } })
      } finally {
        // The next one may begin.
        abort.abort()
      }
    },
    [subject],
  )
  const stop = () => {
    dispatch({ type: 'over', n: run.current.n, outcome: { kind: 'stopped' } })
    run.current.abort.abort()
  }

  /** Puts other drafts in the place of these, which are kept. */
  const replace = async (drafts: Draft[], why: string) => {
    const kept = model.drafts.length === 0 ? undefined : { at: Date.now(), why, drafts: model.drafts }
    if (kept !== undefined) await store.keep(id, kept).catch((error: unknown) => setLost(String(error)))
    dispatch({ type: 'replace', drafts, kept })
  }
  const take = (more: Files, why: string) =>
    replace(draftsOf(model.starter, { ...model.files, ...more }, model.drafts), why)

  const { trouble, chosen } = model
  const mark = useMemo<Mark | undefined>(() => {
    if (trouble?.line === undefined || trouble.file !== chosen) return undefined
    return { line: trouble.line, column: trouble.column, message: trouble.message }
  }, [trouble, chosen])

  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return
    event.preventDefault()
    void check()
  }
  const goTo = (file: string) => {
    dispatch({ type: 'choose', file })
    setTimeout(() => box.current?.querySelector<HTMLElement>('.cm-content')?.focus())
  }
  const line = outcomeLine(model)
  const bodies = [
    {
      id: 'checks',
      title: 'Checks',
      body: () => <Verdicts model={model} run={running ? undefined : (one) => void check([one])} />,
    },
    {
      id: 'console',
      title: 'Console',
      body: () => (
        <>
          {model.dropped > 0 && (
            <p className="wb-note" data-kind="trouble">
              {model.dropped.toLocaleString('en')} lines were too many in too short a time and are not shown.
            </p>
          )}
          <Log entries={model.log} running={running} nothing="Nothing was printed. What your code prints comes here." />
        </>
      ),
    },
    ...(isExercise ? [] : [{ id: 'requests', title: 'Requests', body: () => <Requests entries={model.requests} /> }]),
    { id: 'solution', title: 'Solution', body: () => <Solution subject={subject} take={take} /> },
  ]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Ctrl-Enter works wherever the focus is inside; there is a button too
    <div className="wb-shop" ref={box} onKeyDown={onKey}>
      <About id={id} isExercise={isExercise} place={model.place} />
      {[unkept, lost && `What you write is not kept: ${lost}`].map(
        (text) =>
          text !== undefined && (
            <p className="wb-note" data-kind="trouble" key={text}>
              {text}
            </p>
          ),
      )}
      <Stale
        files={model.stale}
        starter={model.starter}
        keep={(file) => dispatch({ type: 'hold', file })}
        drop={(file) =>
          replace(
            model.drafts.filter((draft) => draft.file !== file),
            `before the course’s ${file} came`,
          )
        }
      />
      <Tabs
        label="Files"
        chosen={model.chosen}
        onChoose={(file) => dispatch({ type: 'choose', file })}
        tabs={model.tabs.map((file) => ({
          id: file,
          title: titleOf(file, model.tabs),
          body: () => (
            <Code
              file={file}
              text={model.files[file] ?? ''}
              edition={model.edition}
              readOnly={!subject.editable(file)}
              mark={mark}
              states={states.current}
              onChange={(text) => dispatch({ type: 'edit', file, text })}
              onCheck={() => void check()}
            />
          ),
        }))}
      />
      {subject.grows && <FileTools model={model} editable={subject.editable} dispatch={dispatch} />}
      <div className="wb-shop-acts">
        <button type="button" className="wb-main" disabled={running} onClick={() => void check()}>
          Check
        </button>
        {running && (
          <button type="button" onClick={stop}>
            Stop
          </button>
        )}
        <span className="wb-count">
          {line}
          {model.run?.outcome?.kind === 'end' && (
            <>
              {' '}
              · seed <code>{model.run.seed}</code>
            </>
          )}
        </span>
      </div>
      {/* One sentence at a time: verdicts come quicker than they can be read out. */}
      <p className="sr-only" role="status">
        {running ? 'Checking' : line}
      </p>
      {model.trouble !== undefined && (
        <Trouble
          trouble={model.trouble}
          goTo={model.files[model.trouble.file ?? ''] === undefined ? undefined : goTo}
        />
      )}
      <Tabs label="What came of it" chosen={tab} onChoose={setTab} tabs={bodies} />
      <Mine
        id={id}
        isExercise={isExercise}
        files={written(model)}
        kept={model.kept}
        reset={() => replace([], 'before the starter came back')}
        restore={(former) => replace(former.drafts, 'before another draft came back')}
        take={(text) => take(importText(text, id, subject.editable), 'before a file was taken in')}
      />
    </div>
  )
}

/** Numbers of runs, over all workshops of the page. */
let serial = 0

/** What runs where, and what it says of the learner's work. */
function About({ id, isExercise, place }: { id: string; isExercise: boolean; place: Place | undefined }) {
  if (place !== undefined)
    return (
      <p className="wb-note" role="status" {...(place.kind === 'instead' ? { 'data-kind': 'trouble' } : {})}>
        {place.text}
      </p>
    )
  if (isExercise)
    return (
      <p className="wb-note">
        Your code runs in a Worker of this page. It reaches no network and nothing of the page, and nothing leaves your
        browser.
      </p>
    )
  return (
    <p className="wb-note">
      In this page: the same files and the same checks, with PGlite (Postgres as WebAssembly) in place of Postgres, and
      each copy of the API in a Worker of its own. Nothing leaves your browser. A check that needs more says NOT RUN,
      and why; <code>npm run check -- {id}</code> grades them all, and alone counts as progress.
    </p>
  )
}

interface StaleProps {
  files: readonly string[]
  starter: Files
  keep: (file: string) => void
  drop: (file: string) => void
}

/** The course changed what a draft began from: both are offered. */
function Stale({ files, starter, keep, drop }: StaleProps) {
  return files.map((file) => (
    <div className="wb-note" data-kind="trouble" key={file}>
      <p>
        {starter[file] === undefined ? 'The course took away ' : 'The course changed '}
        <code>{file}</code> since you began with it. What you see is yours.
      </p>
      <p>
        <button type="button" onClick={() => keep(file)}>
          Keep mine
        </button>{' '}
        <button type="button" onClick={() => drop(file)}>
          {starter[file] === undefined ? 'Let it go' : 'Take the course’s'}
        </button>{' '}
        Yours can be brought back below.
      </p>
    </div>
  ))
}

/** The shortest end of a path that no other tab has. */
function titleOf(file: string, all: readonly string[]): string {
  const parts = file.split('/')
  for (let from = parts.length - 1; from > 0; from--) {
    const end = parts.slice(from).join('/')
    if (!all.some((other) => other !== file && other.endsWith(`/${end}`))) return end
  }
  return file
}

/** Writes drafts as they change, and what waits when the page goes away. */
function useKeeping(id: string, store: DraftStore, drafts: Draft[], lost: (why: string | undefined) => void): void {
  const before = useRef(drafts)
  const own = useMemo(
    () =>
      keeper(
        (changes) =>
          store.write(id, changes).then(
            () => {
              dropLate(id)
              lost(undefined)
            },
            (error: unknown) => lost(error instanceof Error ? error.message : String(error)),
          ),
        TYPING_MS,
      ),
    [id, store, lost],
  )
  useEffect(() => {
    const was = before.current
    before.current = drafts
    for (const { file } of was) if (!drafts.some((draft) => draft.file === file)) own.put(file, undefined)
    for (const draft of drafts) {
      const old = was.find(({ file }) => file === draft.file)
      if (old?.text !== draft.text || old.from !== draft.from) own.put(draft.file, draft)
    }
  }, [drafts, own])
  useEffect(() => {
    const flush = () => {
      keepLate(id, own.waiting())
      void own.flush().catch(() => {})
    }
    const hide = () => document.visibilityState === 'hidden' && flush()
    window.addEventListener('pagehide', flush)
    document.addEventListener('visibilitychange', hide)
    return () => {
      window.removeEventListener('pagehide', flush)
      document.removeEventListener('visibilitychange', hide)
      flush()
    }
  }, [id, own])
}

/** Hands events on, those of one task together: a program that prints a million lines draws the page a few times. */
function batched<T>(act: (event: T) => void): { tell: (event: T) => void; flush: () => void } {
  let waiting: T[] = []
  const flush = () => {
    const all = waiting
    waiting = []
    for (const one of all) act(one)
  }
  return {
    flush,
    tell(event) {
      waiting.push(event)
      if (waiting.length === 1) setTimeout(flush)
    },
  }
}
