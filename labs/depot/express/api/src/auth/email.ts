import { type Fields, invalid, readText } from '../http/input.ts'

/** The pattern of HTML's e-mail field: ASCII only, so that ignoring letter case means the same here and in the database. */
const PATTERN = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i

/** The e-mail address in the body, without the white space around it. */
export function readEmail(fields: Fields): string {
  const email = readText(fields, 'email').trim()
  if (email.length > 254 || !PATTERN.test(email)) throw invalid('email must be an e-mail address')
  return email
}
