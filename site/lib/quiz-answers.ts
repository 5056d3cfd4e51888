/** Answers to quizzes: kept in this browser, and in the progress file where the workbook answers. */
import { call, isLocal } from './local-api.ts'

/** The answers that this browser keeps: option numbers by quiz. */
const STORE = 'workbook-quizzes'

/** Keeps an answer. Never fails. */
export async function keepAnswer(id: string, choice: number): Promise<void> {
  try {
    localStorage.setItem(STORE, JSON.stringify({ ...stored(), [id]: choice }))
  } catch {
    // Storage is full or forbidden: the answer lives as long as the page.
  }
  if (isLocal()) await call('POST', '/progress/quiz', { id, choice }).catch(() => {})
}

let asked: Promise<Record<string, number>> | undefined

/** The newest answer of each quiz, asked for once a page: from the progress file, else as this browser remembers. */
export function keptAnswers(): Promise<Record<string, number>> {
  asked ??= isLocal()
    ? call<Record<string, number>>('GET', '/progress/quiz').then(
        (kept) => ({ ...stored(), ...kept }),
        () => stored(),
      )
    : Promise.resolve(stored())
  return asked
}

function stored(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? '{}') as Record<string, number>
  } catch {
    return {}
  }
}
