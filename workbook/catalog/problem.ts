import { closest, distance } from 'fastest-levenshtein'

/** One mistake in a file that a person wrote: where it is, what stands there, what is wanted instead. */
export interface Problem {
  /** Path relative to the checkout (or as the person gave it). */
  file: string
  /** 1-based; 0 where the whole file is meant. */
  line: number
  column: number
  /** Field path, for example `contract[3].id`; empty for the whole document. */
  field: string
  found: string
  expected: string
  /** A spelling that exists, where one is near. */
  suggestion?: string
}

/** `labs/01-x/lab.yaml:12:5: contract[3].id: found "login", expected a clause id such as login.2` */
export function formatProblem(p: Problem): string {
  const place = p.line > 0 ? `${p.file}:${p.line}:${p.column}` : p.file
  const field = p.field === '' ? '' : `${p.field}: `
  const hint = p.suggestion === undefined ? '' : ` Did you mean "${p.suggestion}"?`
  return `${place}: ${field}found ${p.found}, expected ${p.expected}.${hint}`
}

/** Thrown where work cannot go on because files hold mistakes; carries all of them, not the first alone. */
export class CatalogError extends Error {
  readonly problems: Problem[]
  constructor(problems: Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'CatalogError'
    this.problems = problems
  }
}

/** The candidate that `word` is most likely a misspelling of, if any is near enough to be worth naming. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const list = [...candidates]
  if (list.length === 0) return undefined
  const best = closest(
    word.toLowerCase(),
    list.map((c) => c.toLowerCase()),
  )
  const index = list.findIndex((c) => c.toLowerCase() === best)
  const limit = Math.max(2, Math.floor(word.length / 3))
  // As far away as it is long: no letter of it is left.
  const far = distance(word.toLowerCase(), best)
  return far <= limit && far < word.length ? list[index] : undefined
}
