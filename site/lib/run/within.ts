/** Work with a deadline. Apart from what fetches, which only a page of the built site can import. */

/** Something that a program needs here did not come: a sentence for people. */
export class NotLoaded extends Error {}

/** How long one file may take. */
export const LOAD_MS = 15_000

/** The work, or a sentence where it takes too long. @param what "The editor" */
export async function within<T>(work: Promise<T>, what: string, ms = LOAD_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new NotLoaded(`${what} did not come within ${ms / 1000} s. Try it again; what you wrote is kept.`)),
      ms,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
