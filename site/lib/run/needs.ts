/** The named checks with those that they need, in order; all where none is named. */
export function withNeeds<T extends { id: string; needs?: unknown }>(all: readonly T[], ids: readonly string[]): T[] {
  if (ids.length === 0) return [...all]
  const needed = (check: T): string[] => [check.id, ...(Object.values(check.needs ?? {}) as T[]).flatMap(needed)]
  const wanted = new Set(all.filter(({ id }) => ids.includes(id)).flatMap(needed))
  return all.filter(({ id }) => wanted.has(id))
}
