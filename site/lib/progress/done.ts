/** The end of a page: the button of a lesson, the checks of a lab. */
import type { ProgressView } from '../../../workbook/session/desk/protocol.ts'
import { isDone, labOf } from './marks.ts'
import { say } from './outbox.ts'

const AWAY = 'The workbook does not answer. This is kept in this browser, and sent when npm start runs again.'

/** Shows what is known of this page; undefined where the workbook does not answer. */
export function showEnd(view: ProgressView | undefined, refresh: () => void): void {
  const box = document.querySelector<HTMLElement>('[data-wb-read]')
  const button = box?.querySelector('button')
  const status = box?.querySelector('p')
  if (!box || !button || !status) return
  const { lab } = box.dataset
  if (lab !== undefined) {
    const known = view === undefined ? undefined : labOf(view, lab)
    if (known !== undefined) put(status, labText(known))
    return
  }
  let done = isDone(view, location.pathname)
  const show = () => {
    button.textContent = done ? 'Read. Mark as unread' : 'Mark as read'
    button.hidden = false
  }
  button.onclick = async () => {
    done = !done
    show()
    try {
      const sent = await say('done', { path: location.pathname, done })
      put(status, sent ? (done ? 'Marked as read.' : 'Marked as unread.') : AWAY)
    } catch (error) {
      done = !done
      show()
      put(status, (error as Error).message)
    }
    refresh()
  }
  show()
}

function labText({ id, completedAt, core }: ProgressView['labs'][number]): string {
  const passed = `${core.done} of ${core.total} core checks of ${id} have passed`
  return completedAt === undefined
    ? `${passed}. The page is done when one run passes them all.`
    : `${id} is done: ${passed}.`
}

/** A live region that is told the same again says it again. */
function put(region: HTMLElement, text: string): void {
  if (region.textContent !== text) region.textContent = text
}
