/** What a reader did while the workbook was away: kept in this browser, and sent when it answers again. */
import { ApiError, call } from '../local-api.ts'

const STORE = 'workbook-unsent'

/** What `POST /progress/seen` and `POST /progress/done` take. */
export interface Word {
  path: string
  heading?: string
  done?: boolean
}

export type Kind = 'seen' | 'done'

/**
 * Says it to the workbook; where that does not answer, keeps it.
 * @returns whether it was said
 * @throws ApiError where the workbook refuses it
 */
export async function say(kind: Kind, word: Word): Promise<boolean> {
  try {
    await call('POST', `/progress/${kind}`, word)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 0) throw error
    change(kind, word)
    return false
  }
  change(kind, { path: word.path }, true)
  return true
}

/**
 * Sends what is kept. What the workbook refuses is forgotten: it would refuse it again.
 * @returns whether nothing is left
 */
export async function sendKept(): Promise<boolean> {
  for (const [key, word] of Object.entries(kept())) {
    const kind: Kind = key.startsWith('seen') ? 'seen' : 'done'
    const gone = await say(kind, word).catch(() => {
      change(kind, word, true)
      return true
    })
    if (!gone) return false
  }
  return true
}

/** What is kept about a page being done; undefined where nothing is. */
export const keptDone = (path: string): boolean | undefined => kept()[`done ${path}`]?.done

function change(kind: Kind, word: Word, remove = false): void {
  const all = kept()
  const key = `${kind} ${word.path}`
  if (remove && all[key] === undefined) return
  if (remove) delete all[key]
  else all[key] = word
  try {
    localStorage.setItem(STORE, JSON.stringify(all))
  } catch {
    // Storage is full or forbidden: then it is lost with this page.
  }
}

function kept(): Record<string, Word> {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? '{}') as Record<string, Word>
  } catch {
    return {}
  }
}
