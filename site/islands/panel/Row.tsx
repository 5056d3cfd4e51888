/** One check with its verdict, and the evidence that the terminal shows. Of the panel, and of the workshop in the page. */
import type { ReactNode } from 'react'
import type { CheckInfo, CheckResult } from '../../../workbook/session/desk/protocol.ts'
import { VERDICTS } from '../../lib/verdicts.ts'
import { Copy } from './Copy.tsx'
import { ago } from './words.ts'

/** A verdict that is shown. */
export interface Seen {
  result: CheckResult
  /** As the terminal prints it. */
  text: string
  /** ISO 8601; absent for the run that goes on. */
  at?: string
  /** The copy changed since. */
  changed: boolean
  /** The way to the failure, one line a step. */
  timeline?: string[]
}

interface RowProps {
  check: CheckInfo
  shown: Seen | undefined
  waiting: boolean
  open: boolean
  onOpen: (open: boolean) => void
  run: (() => unknown) | undefined
  /** The ladder of hints of a failure. */
  hints: (failure: NonNullable<CheckResult['failure']>) => ReactNode
}

export function Row({ check, shown, waiting, open, onOpen, run, hints }: RowProps) {
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
      {more && open && <Evidence shown={shown} hints={hints} />}
    </li>
  )
}

/** Did, expected, received: the same words as the terminal's. */
function Evidence({ shown, hints }: { shown: Seen; hints: RowProps['hints'] }) {
  const { result, text, at, timeline } = shown
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
          {timeline !== undefined && <Block title="Timeline" text={timeline.join('\n')} />}
          {f.log.length > 0 && <Block title="Log" text={f.log.join('\n')} />}
          {f.curl !== undefined && <Block title="Request" text={f.curl} copy />}
        </>
      )}
      <p className="wb-evidence-foot">
        {lesson !== undefined && <a href={`/${lesson.replace('#', '/#')}`}>Read the paragraph</a>}
        <Copy text={text}>Copy as text</Copy>
        {at !== undefined && <span>{ago(at, Date.now())}</span>}
      </p>
      {f !== undefined && hints(f)}
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
