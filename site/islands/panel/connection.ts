/** The stream of a lab's events. It comes back by itself, goes on where it was, and rests while nobody looks at the page. */
import type { LabEvent } from '../../../workbook/session/desk/protocol.ts'
import type { Action } from './model.ts'

/** A page in the background keeps its stream for so long: a browser opens six connections to a server, and other tabs want some. */
const REST_MS = 10_000
/** Between two tries where the browser has given up. */
const AGAIN_MS = 1_500

/** Opens the stream. Gives the way to close it for good. */
export function connect(lab: string, tell: (action: Action) => void): () => void {
  let source: EventSource | undefined
  let last: string | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let rest: ReturnType<typeof setTimeout> | undefined

  const close = () => {
    clearTimeout(again)
    source?.close()
    source = undefined
  }
  const open = () => {
    close()
    const after = last === undefined ? '' : `?after=${last}`
    const stream = new EventSource(`/api/labs/${lab}/events${after}`)
    source = stream
    stream.onopen = () => tell({ type: 'link', link: 'open' })
    stream.addEventListener('whole', () => tell({ type: 'whole' }))
    stream.onmessage = (message) => {
      if (message.lastEventId !== '') last = message.lastEventId
      tell(JSON.parse(message.data) as LabEvent)
    }
    stream.onerror = () => {
      tell({ type: 'link', link: 'lost' })
      // It tries again by itself after a broken connection, and never after an answer that is no stream.
      if (stream.readyState === EventSource.CLOSED && source === stream) again = setTimeout(open, AGAIN_MS)
    }
  }
  const look = () => {
    clearTimeout(rest)
    if (document.visibilityState === 'hidden') rest = setTimeout(close, REST_MS)
    else if (source === undefined) open()
  }
  document.addEventListener('visibilitychange', look)
  open()
  return () => {
    document.removeEventListener('visibilitychange', look)
    clearTimeout(rest)
    close()
  }
}
