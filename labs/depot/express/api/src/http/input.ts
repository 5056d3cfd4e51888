import { Problem } from './problem.ts'

/** The fields of a JSON body, each still of unknown type. */
export type Fields = Record<string, unknown>

/** A body must be a JSON object. */
export function readFields(body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('The body must be a JSON object')
  return body as Fields
}

/** A field that must be a string. Nothing is converted: 123 is not "123". Half of a surrogate pair is no character. */
export function readText(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || !value.isWellFormed()) throw invalid(`${name} must be a string`)
  return value
}

/** A field that must be one line of 1 to `max` characters. */
export function readLine(fields: Fields, name: string, max: number): string {
  const value = readText(fields, name)
  const { length } = Array.from(value)
  if (length < 1 || length > max || /\p{Cc}/u.test(value))
    throw invalid(`${name} must be one line of 1 to ${max} characters`)
  return value
}

/** A 422 for input that has the wrong form. */
export function invalid(title: string): Problem {
  return new Problem(422, 'validation', title)
}
