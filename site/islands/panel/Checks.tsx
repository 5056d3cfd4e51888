/** The checks, one by one, with the evidence that the terminal shows. */
import { useEffect, useState } from 'react'
import type { CheckInfo, HintAnswer } from '../../../workbook/session/desk/protocol.ts'
import { ApiError, call } from '../../lib/local-api.ts'
import { VERDICTS } from '../../lib/verdicts.ts'
import { Copy } from './Copy.tsx'
import { busyWith, firstFailure, isWaiting, type Model, type Shown } from './model.ts'
import type { Send } from './Panel.tsx'
import { ago } from './words.ts'

interface Props {
  lab: string
  model: Model
  send: Send
}

export function Checks({ lab, model, send }: Props) {
  const [opened, setOpened] = useState<Record<string, boolean>>({})
  const first = firstFailure(model)?.id
  const idle = busyWith(model) === undefined && model.link === 'open' && model.state?.copy.exists === true
  if (model.checks.length === 0) return <p className="wb-note">Looking for the checks …</p>
  const stale = model.checks.filter((c) => model.shown[c.id]?.changed === true && !isWaiting(model, c.id))
  return (
    <>
      {stale.length > 0 && (
        <p className="wb-note">
          You saved files after {stale.length === model.checks.length ? 'these verdicts' : 'the verdicts in grey'}.
          Check again to see how it stands.
        </p>
      )}
      <ol className="wb-panel-checks">
        {model.checks.map((check) => {
          const shown = model.shown[check.id]
          // The first failure is open by itself, as in the terminal; what the reader opened or closed stays so.
          const isOpen = opened[check.id] ?? check.id === first
          return (
            <Row
              key={check.id}
              lab={lab}
              check={check}
              shown={shown}
              waiting={isWaiting(model, check.id)}
              open={isOpen}
              onOpen={(on) => setOpened({ ...opened, [check.id]: on })}
              run={idle ? () => send('check', { checks: [check.id] }) : undefined}
            />
          )
        })}
      </ol>
    </>
  )
}

interface RowProps {
  lab: string
  check: CheckInfo
  shown: Shown | undefined
  waiting: boolean
  open: boolean
  onOpen: (open: boolean) => void
  run: (() => unknown) | undefined
}

function Row({ lab, check, shown, waiting, open, onOpen, run }: RowProps) {
  const verdict = shown?.result.verdict
  const more = shown !== undefined && shown.result.verdict !== 'pass'
  const word = waiting ? '…' : verdict === undefined ? '' : VERDICTS[verdict].word
  const head = (
    <>
      <span className={`wb-word wb-${waiting ? 'waiting' : (verdict ?? 'none')}`}>
        {word === '' ? <span aria-hidden="true">–</span> : word}
        {waiting && <span className="sr-only">waiting</span>}
      </span>
      <span className="wb-check-id">{check.id}</span>
      <span className="wb-title">
        {check.title}
        {check.level !== 'core' && <span className="wb-level">{check.level}</span>}
        {shown?.changed && !waiting && <span className="sr-only"> (before your last edit)</span>}
      </span>
      {shown !== undefined && !waiting && <span className="wb-ms">{shown.result.ms} ms</span>}
    </>
  )
  return (
    <li
      data-check={check.id}
      data-verdict={waiting ? 'waiting' : (verdict ?? 'none')}
      data-stale={shown?.changed === true && !waiting}
    >
      <div className="wb-row">
        {more ? (
          <button type="button" className="wb-row-head" aria-expanded={open} onClick={() => onOpen(!open)}>
            {head}
          </button>
        ) : (
          <div className="wb-row-head">{head}</div>
        )}
        <button
          type="button"
          className="wb-quiet-button"
          disabled={run === undefined}
          aria-label={`Run ${check.id}`}
          onClick={run}
        >
          Run
        </button>
      </div>
      {more && open && <Evidence lab={lab} shown={shown} />}
    </li>
  )
}

/** Did, expected, received: the same words as the terminal's. */
function Evidence({ lab, shown }: { lab: string; shown: Shown }) {
  const { result, text, at } = shown
  const { failure: f, lesson } = result
  return (
    <div className="wb-evidence">
      {f === undefined ? (
        <Facts facts={[['Because', result.reason]]} />
      ) : (
        <>
          <Facts
            facts={[
              ['Did', f.did],
              ['Expected', f.expected, f.clause],
              ['Received', f.received],
              ['Why', f.why],
            ]}
          />
          {f.log.length > 0 && <Block title="Log" text={f.log.join('\n')} />}
          {f.curl !== undefined && <Block title="Request" text={f.curl} copy />}
        </>
      )}
      <p className="wb-evidence-foot">
        {lesson !== undefined && <a href={`/${lesson.replace('#', '/#')}`}>Read the paragraph</a>}
        <Copy text={text}>Copy as text</Copy>
        {at !== undefined && <span>{ago(at, Date.now())}</span>}
      </p>
      {f !== undefined && <Hints lab={lab} check={result.id} diagnosis={f.diagnosis} of={f.hints.length} />}
    </div>
  )
}

function Facts({ facts }: { facts: [name: string, text: string | undefined, clause?: string][] }) {
  return (
    <dl>
      {facts.map(
        ([name, text, clause]) =>
          text !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {text}
                {clause !== undefined && clause !== '' && (
                  <>
                    {' '}
                    <a href={`#${clause.replace('.', '-')}`}>(clause {clause})</a>
                  </>
                )}
              </dd>
            </div>
          ),
      )}
    </dl>
  )
}

function Block({ title, text, copy = false }: { title: string; text: string; copy?: boolean }) {
  return (
    <div className="wb-block">
      <p>
        {title} {copy && <Copy text={text}>Copy</Copy>}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section tabIndex={0} aria-label={title}>
        <pre>{text}</pre>
      </section>
    </div>
  )
}

/** One rung more each time the reader asks; the terminal's `--hint` counts the same ladder. */
function Hints({ lab, check, diagnosis, of }: { lab: string; check: string; diagnosis: string; of: number }) {
  const [hints, setHints] = useState<string[]>([])
  const [trouble, setTrouble] = useState<string>()
  // Another cause has another ladder.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the diagnosis is what the hints belong to
  useEffect(() => setHints([]), [diagnosis])
  if (of === 0) return null
  const ask = async () => {
    setTrouble(undefined)
    try {
      setHints((await call<HintAnswer>('POST', `/labs/${lab}/hints`, { check })).hints)
    } catch (error) {
      setTrouble(error instanceof ApiError ? error.message : String(error))
    }
  }
  return (
    <div className="wb-hints">
      <ol aria-live="polite">
        {hints.map((hint) => (
          <li key={hint}>{hint}</li>
        ))}
      </ol>
      {hints.length < of && (
        <button type="button" onClick={ask}>
          {hints.length === 0 ? 'Give me a hint' : `One hint more (${hints.length} of ${of})`}
        </button>
      )}
      {trouble !== undefined && <p role="alert">{trouble}</p>}
    </div>
  )
}
