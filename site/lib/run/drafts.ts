/** What a person wrote in a page, kept by the browser: per exercise or lab and file, with the digest of the starter that it began from. */
import { digestOf } from './digest.ts'
import type { Files } from './subject.ts'

/** A file that differs from its starter, or that the starter does not have. */
export interface Draft {
  file: string
  text: string
  /** Digest of the starter's text at that time; empty for a file of one's own. */
  from: string
}

/** All that was written, as it was before a reset, a restore, an import or a solution. */
export interface Kept {
  /** Epoch ms. */
  at: number
  /** What came then: "the starter was put back". */
  why: string
  drafts: Draft[]
}

export interface DraftStore {
  read(scope: string): Promise<{ drafts: Draft[]; kept: Kept[] }>
  /** Writes drafts; `undefined` takes one away. */
  write(scope: string, changes: ReadonlyMap<string, Draft | undefined>): Promise<void>
  keep(scope: string, kept: Kept): Promise<void>
}

/** So many former states are kept for each scope. */
const KEPT = 5

const DATABASE = 'workbook-drafts'
const DRAFTS = 'drafts'
const FORMER = 'former'

/** Nobody waits longer for the browser's own store. */
const OPEN_MS = 3_000

/** @throws an Error where the browser keeps nothing: a private window, or it was told not to */
export async function openDrafts(): Promise<DraftStore> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    setTimeout(() => reject(new Error('the browser’s store does not answer')), OPEN_MS)
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(DRAFTS, { keyPath: ['scope', 'file'] })
      request.result.createObjectStore(FORMER, { keyPath: ['scope', 'at'] })
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  // Another tab with a newer page may change the store.
  database.onversionchange = () => database.close()
  const all = (scope: string) => IDBKeyRange.bound([scope], [scope, []])
  const done = (transaction: IDBTransaction) =>
    new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
  const got = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  return {
    async read(scope) {
      const transaction = database.transaction([DRAFTS, FORMER])
      const [drafts, kept] = await Promise.all([
        got<Draft[]>(transaction.objectStore(DRAFTS).getAll(all(scope))),
        got<Kept[]>(transaction.objectStore(FORMER).getAll(all(scope))),
      ])
      return {
        drafts: drafts.map(({ file, text, from }) => ({ file, text, from })),
        kept: kept.map(({ at, why, drafts: former }) => ({ at, why, drafts: former })),
      }
    },
    async write(scope, changes) {
      const transaction = database.transaction(DRAFTS, 'readwrite')
      const store = transaction.objectStore(DRAFTS)
      for (const [file, draft] of changes) {
        if (draft === undefined) store.delete([scope, file])
        else store.put({ scope, ...draft })
      }
      await done(transaction)
    },
    async keep(scope, kept) {
      const transaction = database.transaction(FORMER, 'readwrite')
      const store = transaction.objectStore(FORMER)
      store.put({ scope, ...kept })
      const keys = await got(store.getAllKeys(all(scope)))
      for (const key of keys.slice(0, -KEPT)) store.delete(key)
      await done(transaction)
    },
  }
}

/** The same while the page is open, and no longer. */
export function memoryDrafts(): DraftStore {
  const drafts = new Map<string, Map<string, Draft>>()
  const former = new Map<string, Kept[]>()
  return {
    read: async (scope) => ({ drafts: [...(drafts.get(scope)?.values() ?? [])], kept: [...(former.get(scope) ?? [])] }),
    async write(scope, changes) {
      const own = drafts.get(scope) ?? new Map<string, Draft>()
      drafts.set(scope, own)
      for (const [file, draft] of changes) {
        if (draft === undefined) own.delete(file)
        else own.set(file, draft)
      }
    },
    async keep(scope, kept) {
      former.set(scope, [...(former.get(scope) ?? []), kept].slice(-KEPT))
    },
  }
}

/** Files as they stand, of the starter and what was drafted over it. */
export function drafted(starter: Files, drafts: readonly Draft[]): Files {
  return { ...starter, ...Object.fromEntries(drafts.map(({ file, text }) => [file, text])) }
}

/** What is to be kept of files: those that differ from the starter. `before` says what they began from. */
export function draftsOf(starter: Files, files: Files, before: readonly Draft[] = []): Draft[] {
  return Object.entries(files)
    .filter(([file, text]) => starter[file] !== text)
    .map(([file, text]) => ({
      file,
      text,
      from: before.find((draft) => draft.file === file)?.from ?? fromOf(starter, file),
    }))
}

export const fromOf = (starter: Files, file: string): string =>
  starter[file] === undefined ? '' : digestOf(starter[file])

/** Drafts whose starter is another one now: the course changed it, took it away, or has a file of that name now. */
export const staleOf = (starter: Files, drafts: readonly Draft[]): string[] =>
  drafts
    .filter(({ file, text, from }) => from !== fromOf(starter, file) && starter[file] !== text)
    .map(({ file }) => file)

/** Waits until nobody types, and then writes what changed since. */
export function keeper(write: (changes: ReadonlyMap<string, Draft | undefined>) => Promise<void>, ms: number) {
  let waiting = new Map<string, Draft | undefined>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let writing = Promise.resolve()
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    if (waiting.size === 0) return writing
    const changes = waiting
    waiting = new Map()
    writing = writing.catch(() => {}).then(() => write(changes))
    return writing
  }
  return {
    put(file: string, draft: Draft | undefined) {
      waiting.set(file, draft)
      clearTimeout(timer)
      timer = setTimeout(() => void flush().catch(() => {}), ms)
    },
    /** Writes at once what waits. */
    flush,
    /** What is not written yet. */
    waiting: (): ReadonlyMap<string, Draft | undefined> => waiting,
  }
}

const lateKey = (scope: string) => `wb-draft-late:${scope}`

/** Keeps what a page that goes away has not written yet: the browser gives the real store no time for it. */
export function keepLate(scope: string, changes: ReadonlyMap<string, Draft | undefined>): void {
  if (changes.size === 0) return
  try {
    localStorage.setItem(lateKey(scope), JSON.stringify([...changes].map(([file, draft]) => [file, draft ?? null])))
  } catch {
    // Full, or not there: then the last third of a second is lost.
  }
}

export function dropLate(scope: string): void {
  try {
    localStorage.removeItem(lateKey(scope))
  } catch {
    // Nothing is there.
  }
}

/** Writes what a page of before left behind. */
export async function writeLate(scope: string, store: DraftStore): Promise<void> {
  try {
    const text = localStorage.getItem(lateKey(scope))
    if (text === null) return
    const left = JSON.parse(text) as [string, Draft | null][]
    await store.write(scope, new Map(left.map(([file, draft]) => [file, draft ?? undefined])))
  } catch {
    // What cannot be read is nobody's draft.
  }
  dropLate(scope)
}
