/** The first page, and the pages of modules: where to go on, what is done, what is left. */
import type { ProgressView } from '../../../workbook/session/desk/protocol.ts'
import { hoursText } from '../text.ts'

/** Writes into the places that the page keeps for it (pages/index.astro, pages/[module]/index.astro). */
export function showOverview(view: ProgressView): void {
  const { course, quizzes } = view
  for (const part of ['done', 'left', 'planned'] as const) put(`[data-wb="${part}"]`, hoursOf(course.hours[part]))
  put('[data-wb="lessons"]', `${course.lessons.done} of ${course.lessons.total}`)
  put('[data-wb="labs"]', `${course.labs.done} of ${course.labs.total}`)
  put('[data-wb="quizzes"]', `${quizzes.done} of ${quizzes.total}`)
  for (const { id, labs, checks } of view.goals)
    if (labs.length > 0) put(`[data-wb-goal="${id}"]`, `${checks.done} of ${checks.total}`)
  for (const { slug, lessons, labs, hours } of view.modules) {
    const done = `${lessons.done + labs.done} of ${lessons.total + labs.total} pages done`
    put(`[data-wb-module="${slug}"]`, `${done}, ${hoursOf(hours.left)} left`)
  }
  showContinue(view)
}

/** Where nothing has been said yet. */
export function sayAway(): void {
  const region = document.querySelector('[data-wb="away"]')
  if (region)
    region.textContent = 'The workbook does not answer, so your progress is not shown. Is npm start still running?'
}

const hoursOf = (hours: number) => (hours === 0 ? '0 h' : hoursText(hours))

function put(selector: string, text: string): void {
  const place = document.querySelector(selector)
  if (place) place.textContent = text
}

function showContinue({ continueAt, progress }: ProgressView): void {
  const link = document.querySelector<HTMLAnchorElement>('[data-wb="continue"]')
  if (!link) return
  if (continueAt === undefined) {
    link.textContent = 'All that is written is done. Look at it again'
    return
  }
  const { id, title, path, heading } = continueAt
  const fresh = Object.keys({ ...progress.lessons, ...progress.labs }).length === 0
  link.href = path
  link.textContent = fresh ? `Begin with ${id} ${title}` : `Continue with ${id} ${title}`
  if (heading === undefined || heading === '_top') return
  link.href = `${path}#${heading}`
  void titleOf(path, heading).then((text) => text && put('[data-wb="heading"]', `You were at “${text}”.`))
}

/** Progress knows a heading by its anchor; the page knows its text. */
async function titleOf(path: string, heading: string): Promise<string | undefined> {
  const page = await fetch(path).then((response) => response.text())
  return new DOMParser().parseFromString(page, 'text/html').getElementById(heading)?.textContent.trim()
}
