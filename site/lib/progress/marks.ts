/** Marks on links to pages and on modules: what is done, begun, and how much of it. */
import type { ProgressView } from '../../../workbook/session/desk/protocol.ts'
import { keptDone } from './outbox.ts'

type Lab = ProgressView['labs'][number]

/** The lab whose page a link leads to: its text begins with the number. */
export const labOf = (view: ProgressView, number: string | undefined): Lab | undefined =>
  view.labs.find((lab) => lab.id === number)

/** What waits to be sent counts, also where nothing else is known. */
export const isDone = (view: ProgressView | undefined, path: string): boolean =>
  keptDone(path) ?? view?.progress.lessons[path]?.doneAt !== undefined

/** Writes on every link of the sidebar, and of a module's page, how far the reader is. */
export function markPages(view: ProgressView): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.sidebar-content ul ul a, a[data-wb-page]')) {
    const path = link.pathname
    const lab = labOf(view, link.textContent.trim().split(' ')[0])
    if (lab?.completedAt !== undefined) mark(link, 'done', '✓', 'done')
    else if (lab?.lastRunAt !== undefined) {
      const { done, total } = lab.core
      mark(link, 'begun', `${done} of ${total}`, `${done} of ${total} core checks pass`)
    } else if (lab?.openedAt !== undefined) mark(link, 'begun', 'begun')
    else if (lab === undefined && isDone(view, path)) mark(link, 'done', '✓', 'read')
    else if (lab === undefined && view.progress.lessons[path] !== undefined) mark(link, 'begun', 'begun')
    else unmark(link)
  }
}

/** Writes on each module how many of its pages are done. */
export function markModules({ modules }: ProgressView): void {
  for (const label of document.querySelectorAll<HTMLElement>('.sidebar-content .group-label')) {
    const name = label.querySelector('.large')?.textContent.trim()
    const module = modules.find(({ id, title }) => `${id} ${title}` === name)
    if (module === undefined) continue
    const done = module.lessons.done + module.labs.done
    const total = module.lessons.total + module.labs.total
    mark(label, done === total ? 'done' : 'begun', `${done} of ${total}`, `${done} of ${total} done`)
  }
}

/** Shows the mark, and says it to those who do not see it. */
function mark(host: HTMLElement, state: string, shown: string, said = shown): void {
  unmark(host)
  host.dataset.state = state
  const box = host.appendChild(document.createElement('span'))
  box.className = 'wb-mark'
  const [eye, ear] = [shown, `, ${said}`].map((text) => {
    const part = box.appendChild(document.createElement('span'))
    part.textContent = text
    return part
  })
  eye?.setAttribute('aria-hidden', 'true')
  if (ear) ear.className = 'sr-only'
}

function unmark(host: HTMLElement): void {
  delete host.dataset.state
  host.querySelector('.wb-mark')?.remove()
}
