/** The code of every error that says: Node has this, the page has not. */
export const NOT_IN_THE_PAGE = 'ERR_NOT_IN_THE_PAGE'

/** An error with Node's `code`, as a program tells errors apart. */
export interface CodedError extends Error {
  code: string
}

/**
 * What is thrown where Node has something that the page has not.
 * @param what What was asked for, such as `fs.watch`
 * @param why One clause: what the page lacks
 */
export function notInThePage(what: string, why: string): CodedError {
  const message = `${what} is not offered in the page: ${why}. \`npm run lab -- start\` runs the same files with the real thing.`
  return Object.assign(new Error(message), { code: NOT_IN_THE_PAGE })
}

/** A function of Node's that throws `notInThePage` when it is called, with or without `new`. */
export function refused(what: string, why: string): (...args: unknown[]) => never {
  return function refuse() {
    throw notInThePage(what, why)
  }
}

/** The functions `names` of the module `module`, all refused for the same reason. */
export function refusedAll<Name extends string>(
  module: string,
  names: readonly Name[],
  why: string,
): Record<Name, (...args: unknown[]) => never> {
  const entries = names.map((name) => [name, refused(`${module}.${name}`, why)])
  // The keys are exactly `names`; `fromEntries` cannot know.
  return Object.fromEntries(entries) as Record<Name, (...args: unknown[]) => never>
}
