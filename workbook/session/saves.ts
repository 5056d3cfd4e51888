/** Tells of saved files in a folder: by the system's events, and by looking once a second where there are none (network and WSL mounts). */
import { createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { filesOf } from '../stack/files.ts'

export interface SavesOptions {
  /** So long no event may come before the folder is looked at: an editor writes in several steps. */
  quiet?: number
  /** Between two looks without an event. */
  poll?: number
  /** `false` looks only by the clock. */
  events?: boolean
}

export interface Saves {
  close(): void
}

/**
 * Watches what a person wrote in a folder; what is made (`node_modules`, `dist`) does not count, nor does a save that changes nothing.
 * @param onSave told the names of the files that changed, were added or went
 */
export async function watchSaves(
  dir: string,
  onSave: (files: string[]) => void,
  { quiet = 30, poll = 1_000, events = true }: SavesOptions = {},
): Promise<Saves> {
  let seen = await contentsOf(dir)
  let stamps = await stampsOf(dir)
  let watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let looking: Promise<void> | undefined
  let again = false

  const listen = () => {
    for (const watcher of watchers) watcher.close()
    watchers = events ? foldersOf(dir, seen).flatMap((folder) => listenTo(folder, soon)) : []
  }
  const compare = async () => {
    const now = await contentsOf(dir)
    const changed = [...new Set([...seen.keys(), ...now.keys()])].filter((name) => seen.get(name) !== now.get(name))
    if (changed.length === 0 || closed) return
    seen = now
    onSave(changed.sort())
    // Folders may be new, or others of the same name.
    listen()
  }
  /** One look at a time; an event during a look is followed by another one. */
  const look = () => {
    if (looking !== undefined) {
      again = true
      return
    }
    looking = compare().finally(() => {
      looking = undefined
      if (!again || closed) return
      again = false
      look()
    })
  }
  function soon() {
    clearTimeout(timer)
    timer = setTimeout(look, quiet)
  }
  const clock = setInterval(() => {
    void stampsOf(dir).then((now) => {
      if (now === stamps || closed) return
      stamps = now
      look()
    })
  }, poll)
  listen()
  return {
    close: () => {
      closed = true
      clearTimeout(timer)
      clearInterval(clock)
      for (const watcher of watchers) watcher.close()
    },
  }
}

function listenTo(folder: string, onEvent: () => void): FSWatcher[] {
  try {
    const watcher = watch(folder, onEvent)
    // A folder that goes, too many watches: looking by the clock is left.
    watcher.on('error', () => watcher.close())
    return [watcher]
  } catch {
    return []
  }
}

/** Every folder that holds a file, and those above it. Not `recursive`: that would also watch each file of `node_modules`. */
function foldersOf(dir: string, files: ReadonlyMap<string, string>): string[] {
  const found = new Set(['.'])
  for (const name of files.keys())
    for (let folder = path.posix.dirname(name); folder !== '.'; folder = path.posix.dirname(folder)) found.add(folder)
  return [...found].map((name) => path.join(dir, name))
}

/** A folder that is away for a moment (replaced, an unmounted drive) has no files. */
const namesOf = (dir: string) => filesOf(dir).catch((): string[] => [])

async function contentsOf(dir: string): Promise<Map<string, string>> {
  const entries = await Promise.all(
    (await namesOf(dir)).map(async (name): Promise<[string, string]> => {
      const content = await readFile(path.join(dir, name)).catch(() => '')
      return [name, createHash('sha256').update(content).digest('hex')]
    }),
  )
  return new Map(entries)
}

/** Sizes and times of all files: cheap to look at each second. */
async function stampsOf(dir: string): Promise<string> {
  const lines = await Promise.all(
    (await namesOf(dir)).map(async (name) => {
      const found = await stat(path.join(dir, name)).catch(() => undefined)
      return `${name} ${found?.size} ${found?.mtimeMs} ${found?.ino}`
    }),
  )
  return lines.join('\n')
}
