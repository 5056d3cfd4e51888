/** What a person typed cannot be done: exit code 2, and a sentence that says what can. */
export class UsageError extends Error {
  override name = 'UsageError'
}
