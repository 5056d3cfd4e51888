/** Tells the workbook that a page was read, and where the reader is: the last heading above the middle of the window. */
import { tell } from '../local-api.ts'
import { say, type Word } from './outbox.ts'

/** A page that was visible for so long was looked at. */
const LOOK_MS = 3_000
/** Between two words about the place. */
const PLACE_MS = 5_000

/** Starts to watch this page. */
export function watchReading(): void {
  const path = location.pathname
  const headings = [...document.querySelectorAll<HTMLElement>('.sl-markdown-content :is(h2, h3)[id]')]
  let looked = 0
  let told: string | undefined
  let since = Date.now()

  const place = (): Word => {
    const line = innerHeight / 2
    // The top of the page has a name too, or whoever goes back there would be sent down again.
    return { path, heading: headings.findLast((h) => h.getBoundingClientRect().top < line)?.id ?? '_top' }
  }
  /** A clock that stands while nobody looks, and sends what is new. */
  const tick = () => {
    if (document.visibilityState === 'hidden') return
    looked += 1_000
    const word = place()
    if (looked < LOOK_MS || word.heading === told || (told !== undefined && Date.now() - since < PLACE_MS)) return
    told = word.heading
    since = Date.now()
    void say('seen', word).catch(() => {})
  }
  setInterval(tick, 1_000)
  addEventListener('pagehide', () => {
    const word = place()
    if (looked >= LOOK_MS && word.heading !== told) tell('/progress/seen', word)
    told = word.heading
  })
}
