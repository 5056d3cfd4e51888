/** A family of refresh tokens under requests in a chosen order, played by the solution of the exercise. */
import { rotate, type State, signIn } from '../../../../labs/exercises/rotation-timeline/solution/rotate.ts'
import type { TimelineEvent } from '../../../../labs/exercises/rotation-timeline/timeline.ts'

export type Client = 'tab A' | 'tab B' | 'thief'

/** One request of the reader's: who sends it, how long after the one before, and whether its reply arrives. */
export interface Move {
  /** Stays with it wherever it is moved. */
  key: number
  client: Client
  /** Seconds; 0 is the same moment. */
  after: number
  lost: boolean
}

export interface Step extends TimelineEvent {
  /** Places of the tokens that would be answered with 200 right after this request, in the order of issue. */
  live: number[]
  /** The family ended with this request. */
  ends: boolean
}

export interface Play {
  steps: Step[]
  /** When the family ended. */
  endedAt?: number
}

/** A second after the use nobody is under way any more. */
const LATER = 0.001

/**
 * Each tab presents the newest token that it has seen; both begin with that of the sign-in. The thief has a copy of that one and no other.
 * @param grace seconds; 0 is strict
 */
export function play(moves: readonly Move[], grace: number): Play {
  let state: State = signIn('R1')
  let time = 0
  let endedAt: number | undefined
  const names = ['R1']
  const holds: Record<Client, string> = { 'tab A': 'R1', 'tab B': 'R1', thief: 'R1' }
  const steps = moves.map((move): Step => {
    time += move.after
    const token = holds[move.client]
    const fresh = `R${names.length + 1}`
    const { state: after, answer } = rotate(state, token, time, { grace, sent: time, fresh })
    const ends = after.ended && !state.ended
    state = after
    if (ends) endedAt = time
    if (answer.status === 200) {
      if (!names.includes(answer.token)) names.push(answer.token)
      if (move.client !== 'thief' && !move.lost) holds[move.client] = answer.token
    }
    const answers = (name: string) =>
      rotate(state, name, time, { grace, sent: time + LATER, fresh: '' }).answer.status === 200
    return {
      client: move.client,
      sent: time,
      time,
      token: names.indexOf(token) + 1,
      answer:
        answer.status === 200
          ? { status: 200, token: names.indexOf(answer.token) + 1 }
          : { status: answer.status, trouble: answer.code },
      ...(move.lost && answer.status === 200 ? { lost: true } : {}),
      live: names.flatMap((name, i) => (answers(name) ? [i + 1] : [])),
      ends,
    }
  })
  return endedAt === undefined ? { steps } : { steps, endedAt }
}

/** The moves with one of them a place up (-1) or down (1); the same list where that goes nowhere. */
export function moved(moves: readonly Move[], index: number, by: -1 | 1): Move[] {
  const list = [...moves]
  const [one, other] = [list[index], list[index + by]]
  if (one === undefined || other === undefined) return list
  list[index] = other
  list[index + by] = one
  return list
}
