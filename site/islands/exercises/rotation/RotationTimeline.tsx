/**
 * Two tabs, a thief and one family: the reader orders their requests, loses replies, sets the grace, and sees which tokens live and when the
 * family ends. Played by the solution of the exercise. Without scripts the order that it begins with can be read.
 */
import { useRef, useState } from 'react'
import { answerOf, nameOf } from '../../../../labs/exercises/rotation-timeline/timeline.ts'
import { type Client, type Move, moved, play, type Step } from './play.ts'

/** Two tabs that wake up together, a second apart. */
const START: Move[] = [
  { key: 1, client: 'tab A', after: 1, lost: false },
  { key: 2, client: 'tab B', after: 1, lost: false },
  { key: 3, client: 'tab A', after: 1, lost: false },
]
const CLIENTS: Client[] = ['tab A', 'tab B', 'thief']
const MOST_MOVES = 8
const MOST_SECONDS = 6
const MOST_GRACE = 5

/** What there is to see in a step, in words. */
function words({ ends, live, lost }: Step): string {
  const alive =
    live.length === 0 ? 'no token lives' : `${live.map(nameOf).join(' and ')} ${live.length === 1 ? 'lives' : 'live'}`
  return [...(lost ? ['the reply is lost'] : []), ...(ends ? ['the family ends'] : []), alive].join('; ')
}

export default function RotationTimeline() {
  const [moves, setMoves] = useState(START)
  const [grace, setGrace] = useState(0)
  const [said, setSaid] = useState('')
  const list = useRef<HTMLOListElement>(null)
  const { steps } = play(moves, grace)
  const graceText = grace === 0 ? '0 s, strict' : `${grace} s`

  /** Tells what a change came to; the list itself is no live region, or every row would be read. */
  const change = (next: Move[], nextGrace = grace) => {
    setMoves(next)
    setGrace(nextGrace)
    const { endedAt } = play(next, nextGrace)
    setSaid(endedAt === undefined ? 'The family lives.' : `The family ends at ${endedAt} s.`)
  }
  const edit = (index: number, part: Partial<Move>) =>
    change(moves.map((move, i) => (i === index ? { ...move, ...part } : move)))
  /** A row that was moved keeps the focus of its button, for the row keeps its element; one that is gone hands it on. */
  const remove = (index: number) => {
    change(moves.filter((_, i) => i !== index))
    const rows = list.current?.querySelectorAll<HTMLElement>('li') ?? []
    ;(rows[index + 1] ?? rows[index - 1])?.querySelector<HTMLElement>('[data-remove]')?.focus()
  }
  const add = (client: Client) =>
    change([...moves, { key: Math.max(0, ...moves.map(({ key }) => key)) + 1, client, after: 1, lost: false }])

  return (
    <div className="wb-rotation not-content">
      <p className="wb-label">One family, R1 from the sign-in: who sends what, and what lives afterwards</p>
      <div className="wb-controls">
        <label>
          <span>Grace: {graceText}</span>
          <input
            type="range"
            min={0}
            max={MOST_GRACE}
            step={0.5}
            value={grace}
            aria-valuetext={graceText}
            onChange={(event) => change(moves, Number(event.target.value))}
          />
        </label>
      </div>
      <ol ref={list}>
        {moves.map((move, i) => {
          const step = steps[i] as Step
          const name = `request ${i + 1}, ${move.client}`
          return (
            <li key={move.key} data-ends={step.ends || undefined} data-status={step.answer.status}>
              <span className="wb-at">{step.time} s</span>
              <b>{move.client}</b>
              <span className="wb-said">
                {nameOf(step.token)} →{' '}
                {step.answer.status === 200 ? answerOf(step) : `${step.answer.status} ${step.answer.trouble}`}
              </span>
              <span className="wb-live">{words(step)}</span>
              <span className="wb-controls">
                <button type="button" aria-label={`Earlier: ${name}`} onClick={() => change(moved(moves, i, -1))}>
                  ↑
                </button>
                <button type="button" aria-label={`Later: ${name}`} onClick={() => change(moved(moves, i, 1))}>
                  ↓
                </button>
                <button
                  type="button"
                  aria-label={`−1 s before ${name}`}
                  onClick={() => edit(i, { after: Math.max(0, move.after - 1) })}
                >
                  −1 s
                </button>
                <button
                  type="button"
                  aria-label={`+1 s before ${name}`}
                  onClick={() => edit(i, { after: Math.min(MOST_SECONDS, move.after + 1) })}
                >
                  +1 s
                </button>
                {move.client !== 'thief' && (
                  <button
                    type="button"
                    aria-pressed={move.lost}
                    aria-label={`lose the reply to ${name}`}
                    onClick={() => edit(i, { lost: !move.lost })}
                  >
                    lose
                  </button>
                )}
                <button type="button" data-remove aria-label={`Remove ${name}`} onClick={() => remove(i)}>
                  ×
                </button>
              </span>
            </li>
          )
        })}
      </ol>
      <div className="wb-controls">
        {CLIENTS.map((client) => (
          <button
            type="button"
            key={client}
            aria-disabled={moves.length >= MOST_MOVES}
            onClick={() => moves.length < MOST_MOVES && add(client)}
          >
            Add {client}
          </button>
        ))}
        <button type="button" onClick={() => change(START, 0)}>
          Begin again
        </button>
      </div>
      <p role="status">{said}</p>
    </div>
  )
}
