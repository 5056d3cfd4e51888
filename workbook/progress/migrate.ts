/** Brings a document of an older schema up to the one of today, one version at a time. Pure. */

/** Turns a document of schema n into one of schema n + 1; the version number itself is set by `migrate`. */
export type Migration = (document: Record<string, unknown>) => Record<string, unknown>

/** By the version that they start from. There is none yet: schema 1 is the first. */
export const migrations: Readonly<Record<number, Migration>> = {}

/**
 * @param document of schema `document.schema`, an integer up to `to`
 * @param to the version that is wanted
 * @throws Error when a step is missing from the table
 */
export function migrate(
  document: Record<string, unknown>,
  to: number,
  table: Readonly<Record<number, Migration>> = migrations,
): Record<string, unknown> {
  let current = document
  for (let version = Number(document.schema); version < to; version++) {
    const step = table[version]
    if (step === undefined) throw new Error(`there is no way from schema ${version} to ${version + 1}`)
    current = { ...step(structuredClone(current)), schema: version + 1 }
  }
  return current
}
