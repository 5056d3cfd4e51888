/** The Node that the project is written for. Type stripping without a flag, `crypto.argon2` and `module.registerHooks` all need it. */
export const NODE_VERSION = '24.21.0'

/** The oldest Node that may run the project's own code; an older one on PATH is replaced by `NODE_VERSION`. */
export const NODE_MINIMUM = [24, 7]

/** The oldest Node that may run this bootstrap. */
export const BOOTSTRAP_MINIMUM = [20, 0]

/**
 * Is the dotted version (with or without a leading `v`) at least `minimum`?
 * @param {string} version
 * @param {number[]} minimum
 */
export function atLeast(version, minimum) {
  const parts = version.replace(/^v/, '').split('.').map(Number)
  for (let i = 0; i < minimum.length; i++) {
    const a = parts[i] ?? 0
    const b = minimum[i] ?? 0
    if (a !== b) return a > b
  }
  return true
}
