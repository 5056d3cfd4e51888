/**
 * Progress on a page of the local workbook: tells what is read, shows what is done. Loaded by lib/local-page.ts. An event `workbook:progress` on the
 * window asks for a fresh look: something on this page has changed it.
 */
import type { ProgressView } from '../../../workbook/session/desk/protocol.ts'
import { call } from '../local-api.ts'
import { showEnd } from './done.ts'
import { markModules, markPages } from './marks.ts'
import { sendKept } from './outbox.ts'
import { sayAway, showOverview } from './overview.ts'
import { watchReading } from './reading.ts'

/** Between two tries to reach a workbook that is away. */
const AGAIN_MS = 10_000

let view: ProgressView | undefined
let turn = 0
let again: ReturnType<typeof setTimeout> | undefined

async function refresh(): Promise<void> {
  clearTimeout(again)
  const mine = ++turn
  const fresh = (await sendKept()) ? await call<ProgressView>('GET', '/progress').catch(() => undefined) : undefined
  // A later question has its own answer.
  if (mine !== turn) return
  view = fresh ?? view
  if (view !== undefined) {
    markPages(view)
    markModules(view)
    showOverview(view)
  } else sayAway()
  showEnd(view, refresh)
  if (fresh === undefined) again = setTimeout(refresh, AGAIN_MS)
}

addEventListener('workbook:progress', () => void refresh())
// Back in this tab, or back to this page: other tabs and the terminal change progress too.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void refresh()
})
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) void refresh()
})
// Pages with a button at their end are the pages of the course.
if (document.querySelector('[data-wb-read]')) watchReading()
void refresh()
