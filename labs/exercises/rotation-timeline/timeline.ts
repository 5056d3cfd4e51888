/** What happened to one family, as a list: what a check prints, and what a page draws. */
import type { TraceEvent } from '../../../workbook/grader/index.ts'

/** One refresh. */
export interface TimelineEvent {
  /** Who sent it: a tab, or the thief. */
  client: string
  /** When it reached the server, seconds. */
  sent: number
  /** When the server decided it. */
  time: number
  /** Place of the token in the order of issue; 1 is the one of the sign-in, 0 is none of the family. */
  token: number
  answer: {
    /** 0 where the function threw, or its answer is none. */
    status: number
    /** Place of the token in the answer. */
    token?: number
    /** What was thrown, or is wrong with the answer. */
    trouble?: string
  }
  /** The client never saw the answer. */
  lost?: boolean
}

/** `R2` */
export const nameOf = (token: number) => (token === 0 ? 'unknown' : `R${token}`)

/** `200 R2`, `401` */
export function answerOf({ answer }: TimelineEvent): string {
  if (answer.status === 0) return answer.trouble ?? 'no answer'
  return answer.token === undefined ? String(answer.status) : `${answer.status} ${nameOf(answer.token)}`
}

/** For the evidence of a check. */
export function traceOf(events: readonly TimelineEvent[]): TraceEvent[] {
  return events.map((event) => {
    const notes = [
      ...(event.sent < event.time ? [`under way since ${event.sent} s`] : []),
      ...(event.lost ? ['the reply is lost'] : []),
    ]
    return {
      at: event.time,
      who: event.client,
      sent: nameOf(event.token),
      got: answerOf(event),
      ...(notes.length === 0 ? {} : { note: notes.join(', ') }),
    }
  })
}
