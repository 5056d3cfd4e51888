import { type Fields, invalid, readText } from '../http/input.ts'

/** Letters, digits and the marks that are usual, ASCII only; at most 64 characters before the @. */
const PATTERN = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9.-]{1,190}$/

/** The e-mail address in the body, in lower case: so it is stored, and so it is looked up. */
export function readEmail(fields: Fields): string {
  const email = readText(fields, 'email').trim().toLowerCase()
  if (!PATTERN.test(email)) throw invalid('email must be an e-mail address')
  return email
}
