/** Files of the runtime, fetched once a page and kept. */
import { base } from 'virtual:run-files'
import { NotLoaded, within } from './within.ts'

const kept = new Map<string, Promise<unknown>>()

/** Keeps what was made for a name, unless it failed: then the next one tries again. */
export function once<T>(name: string, make: () => Promise<T>): Promise<T> {
  const known = kept.get(name) as Promise<T> | undefined
  if (known !== undefined) return known
  const made = make()
  kept.set(name, made)
  made.catch(() => kept.delete(name))
  return made
}

export const forget = (name: string) => kept.delete(name)

async function get<T>(name: string, read: (response: Response) => Promise<T>): Promise<T> {
  return once(name, async () => {
    const what = `A part of what runs programs (${name})`
    const fetched = fetch(base + name).then(async (response) => {
      if (!response.ok) throw new NotLoaded(`${what} is not there: the site answered ${response.status}.`)
      return read(response)
    })
    return within(fetched, what).catch((error: unknown) => {
      if (error instanceof NotLoaded) throw error
      throw new NotLoaded(`${what} did not come. Is the network there? What you wrote is kept.`)
    })
  })
}

export const textOf = (name: string) => get(name, (response) => response.text())
export const bytesOf = (name: string) => get(name, (response) => response.arrayBuffer())
export const jsonOf = <T>(name: string) => get(name, (response) => response.json() as Promise<T>)
