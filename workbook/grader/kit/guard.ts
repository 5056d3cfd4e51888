/** Small things that the kits of all transports are made with. Needs nothing of Node. */
import { GraderBug } from '../core/failure.ts'
import type { Http } from '../core/kit.ts'

/** What a check sees that did not declare `stack`. */
export const undeclared = (id: string): Http[] =>
  new Proxy([], {
    get: () => {
      throw new GraderBug(`${id} uses stack without declaring it`)
    },
  })

export interface Once<T> {
  (): Promise<T>
  /** The value if somebody asked for it already. */
  peek(): Promise<T | undefined>
}

/** Makes a value when it is asked for the first time. */
export function once<T>(make: () => Promise<T>): Once<T> {
  let made: Promise<T> | undefined
  return Object.assign(
    () => {
      made ??= make()
      return made
    },
    { peek: async () => made?.catch(() => undefined) },
  )
}

/** The same methods, each after `allowed`, which throws where it is not. */
export function guarded<T extends object>(target: T, allowed: () => void): T {
  return Object.fromEntries(
    Object.entries(target).map(([name, method]) => [
      name,
      (...words: unknown[]) => {
        allowed()
        return (method as (...w: unknown[]) => unknown)(...words)
      },
    ]),
  ) as T
}
