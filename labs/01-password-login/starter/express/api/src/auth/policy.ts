import { Problem } from '../http/problem.ts'

const MIN_LENGTH = 6

/** Throws a 422 for a password that is too weak. */
export function checkPassword(password: string): void {
  if (password.length < MIN_LENGTH) {
    throw new Problem(422, 'password_too_short', `A password has at least ${MIN_LENGTH} characters`)
  }
  if (!/\p{Lu}/u.test(password) || !/\p{Ll}/u.test(password) || !/\d/.test(password)) {
    throw new Problem(
      422,
      'password_too_weak',
      'A password needs an upper-case letter, a lower-case letter and a digit',
    )
  }
}
