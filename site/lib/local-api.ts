/**
 * What the page asks the workbook on this machine. A page that `npm start` serves carries a token for it; the published static
 * site carries none, and then everything stays in this browser. Runs in the browser, knows nothing of the workbook's code.
 */

/** The answers that this browser keeps: option numbers by quiz. */
const STORE = 'workbook-quizzes'

const token = (): string | undefined =>
  document.querySelector<HTMLMetaElement>('meta[name="workbook-api"]')?.content || undefined

/** Keeps an answer: in this browser, and in the progress file where the workbook answers. Never fails. */
export async function keepAnswer(id: string, choice: number): Promise<void> {
  try {
    localStorage.setItem(STORE, JSON.stringify({ ...storedAnswers(), [id]: choice }))
  } catch {
    // Storage is full or forbidden: the answer lives as long as the page.
  }
  await call('quiz', { method: 'POST', body: JSON.stringify({ id, choice }) })
}

let asked: Promise<Record<string, number>> | undefined

/** The newest answer of each quiz, asked for once a page: from the progress file, else as this browser remembers. */
export const keptAnswers = (): Promise<Record<string, number>> =>
  (asked ??= call('quiz', {}).then(async (response) => ({
    ...storedAnswers(),
    ...((await response?.json().catch(() => ({}))) as Record<string, number> | undefined),
  })))

function storedAnswers(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? '{}') as Record<string, number>
  } catch {
    return {}
  }
}

/** Undefined: there is no workbook behind this page, or it did not answer. */
async function call(path: string, init: RequestInit): Promise<Response | undefined> {
  const key = token()
  if (key === undefined) return undefined
  const headers = { 'X-Workbook-Token': key, 'Content-Type': 'application/json' }
  const response = await fetch(`/api/progress/${path}`, { ...init, headers }).catch(() => undefined)
  return response?.ok ? response : undefined
}
