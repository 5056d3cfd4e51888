import { isDeepEqual } from './equal.ts'
import { wrongType } from './errors.ts'
import { inspect } from './inspect.ts'

interface Failure {
  message?: string | undefined
  actual?: unknown
  expected?: unknown
  operator?: string | undefined
}

/** Node's error. The message that it makes itself says the same in fewer words: Node's reads the source, or draws a diff. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
  readonly code = 'ERR_ASSERTION'
  readonly generatedMessage: boolean
  readonly actual: unknown
  readonly expected: unknown
  readonly operator: string | undefined

  constructor({ message, actual, expected, operator }: Failure) {
    super(message ?? sentence(operator, actual, expected))
    this.generatedMessage = message === undefined
    this.actual = actual
    this.expected = expected
    this.operator = operator
  }
}

const SENTENCES: Record<string, string> = {
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  deepEqual: 'Expected values to be loosely deep-equal:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
}

function sentence(operator: string | undefined, actual: unknown, expected: unknown): string {
  const head = operator === undefined ? undefined : SENTENCES[operator]
  if (head === undefined) return `${inspect(actual)} ${operator} ${inspect(expected)}`
  if (operator?.startsWith('not')) return `${head} ${inspect(expected)}`
  return `${head}\n\n${inspect(actual)} !== ${inspect(expected)}\n`
}

type Message = string | Error | undefined

function check(holds: unknown, message: Message, failure: Failure): void {
  if (holds) return
  if (message instanceof Error) throw message
  throw new AssertionError({ ...failure, message: message ?? failure.message })
}

function okay(value?: unknown, message?: Message): asserts value {
  if (value) return
  if (message instanceof Error) throw message
  const generated = message === undefined
  const error = new AssertionError({
    message: message ?? 'The expression evaluated to a falsy value',
    actual: value,
    expected: true,
    operator: '==',
  })
  throw Object.defineProperty(error, 'generatedMessage', { value: generated, enumerable: true, writable: true })
}

export const ok = okay

export function equal(actual: unknown, expected: unknown, message?: Message): void {
  // biome-ignore lint/suspicious/noDoubleEquals: that is what `equal` is
  check(actual == expected || bothNaN(actual, expected), message, { actual, expected, operator: '==' })
}

export function notEqual(actual: unknown, expected: unknown, message?: Message): void {
  // biome-ignore lint/suspicious/noDoubleEquals: that is what `notEqual` is
  check(actual != expected && !bothNaN(actual, expected), message, { actual, expected, operator: '!=' })
}

export function strictEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(Object.is(actual, expected), message, { actual, expected, operator: 'strictEqual' })
}

export function notStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(!Object.is(actual, expected), message, { actual, expected, operator: 'notStrictEqual' })
}

export function deepEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(isDeepEqual(actual, expected, true), message, { actual, expected, operator: 'deepEqual' })
}

export function notDeepEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(!isDeepEqual(actual, expected, true), message, { actual, expected, operator: 'notDeepEqual' })
}

export function deepStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(isDeepEqual(actual, expected), message, { actual, expected, operator: 'deepStrictEqual' })
}

export function notDeepStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(!isDeepEqual(actual, expected), message, { actual, expected, operator: 'notDeepStrictEqual' })
}

export function match(actual: unknown, expected: RegExp, message?: Message): void {
  checkPattern(expected)
  const fits = typeof actual === 'string' && expected.test(actual)
  const text =
    typeof actual === 'string'
      ? `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(actual)}\n`
      : `The "string" argument must be of type string. Received type ${typeof actual} (${inspect(actual)})`
  failed(fits, message, { message: text, actual, expected, operator: 'match' })
}

export function doesNotMatch(actual: unknown, expected: RegExp, message?: Message): void {
  checkPattern(expected)
  const fits = typeof actual === 'string' && !expected.test(actual)
  const text =
    typeof actual === 'string'
      ? `The input was expected to not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(actual)}\n`
      : `The "string" argument must be of type string. Received type ${typeof actual} (${inspect(actual)})`
  failed(fits, message, { message: text, actual, expected, operator: 'doesNotMatch' })
}

export function fail(message?: Message): never {
  if (message instanceof Error) throw message
  const error = new AssertionError({ message: message ?? 'Failed', operator: 'fail' })
  throw generated(error, message === undefined)
}

export function ifError(value: unknown): void {
  if (value === null || value === undefined) return
  const what = value instanceof Error ? value.message || value.name : inspect(value)
  const message = `ifError got unwanted exception: ${what}`
  throw new AssertionError({ message, actual: value, expected: null, operator: 'ifError' })
}

type Expected = RegExp | ((error: unknown) => unknown) | object | undefined

export function throws(run: () => unknown, expected?: Expected | string, message?: string): void {
  if (typeof run !== 'function') throw wrongType('fn', 'of type function', run)
  const thrown = caught(run)
  judge('throws', thrown, expected, message)
}

export async function rejects(
  run: (() => Promise<unknown>) | Promise<unknown>,
  expected?: Expected | string,
  message?: string,
): Promise<void> {
  judge('rejects', await settled(run), expected, message)
}

export function doesNotThrow(run: () => unknown, message?: string): void {
  if (typeof run !== 'function') throw wrongType('fn', 'of type function', run)
  unwanted('doesNotThrow', 'exception', caught(run), message)
}

export async function doesNotReject(run: (() => Promise<unknown>) | Promise<unknown>, message?: string): Promise<void> {
  unwanted('doesNotReject', 'rejection', await settled(run), message)
}

type Outcome = { error: unknown } | undefined

function caught(run: () => unknown): Outcome {
  try {
    run()
    return undefined
  } catch (error) {
    return { error }
  }
}

async function settled(run: (() => Promise<unknown>) | Promise<unknown>): Promise<Outcome> {
  try {
    await (typeof run === 'function' ? run() : run)
    return undefined
  } catch (error) {
    return { error }
  }
}

function judge(operator: 'throws' | 'rejects', outcome: Outcome, expected: unknown, message: string | undefined): void {
  const [rule, text] = typeof expected === 'string' ? [undefined, expected] : [expected, message]
  if (outcome === undefined) {
    const kind = operator === 'throws' ? 'exception' : 'rejection'
    const { name = '' } = (rule ?? {}) as { name?: string }
    const named = name === '' ? '' : ` (${name})`
    const says = `Missing expected ${kind}${named}${text ? `: ${text}` : '.'}`
    throw new AssertionError({ message: says, actual: undefined, expected: rule, operator })
  }
  const { error } = outcome
  if (rule === undefined) return
  const wrong = (says: string): never => {
    throw generated(
      new AssertionError({ message: text ?? says, actual: error, expected: rule, operator }),
      text === undefined,
    )
  }
  if (rule instanceof RegExp) {
    if (rule.test(String(error))) return
    wrong(`The input did not match the regular expression ${inspect(rule)}. Input:\n\n${inspect(String(error))}\n`)
  } else if (typeof rule === 'function') {
    if (rule.prototype !== undefined && error instanceof (rule as new () => object)) return
    if (Object.prototype.isPrototypeOf.call(Error, rule)) {
      const what = error instanceof Error ? `"${error.name}"` : `"${inspect(error, { depth: -1 })}"`
      const more = error instanceof Error && error.message ? `\n\nError message:\n\n${error.message}` : ''
      wrong(`The error is expected to be an instance of "${rule.name}". Received ${what}${more}`)
    }
    // A function that judges: `true` alone is good.
    if (Reflect.apply(rule, {}, [error]) !== true)
      wrong(`The ${rule.name ? `"${rule.name}" ` : ''}validation function is expected to return "true".`)
  } else {
    const wanted = rule as Record<string, unknown>
    const keys = [...Object.keys(wanted), ...(rule instanceof Error ? ['name', 'message'] : [])]
    for (const key of keys) {
      const found: unknown = (error as Record<string, unknown>)[key]
      const want = wanted[key]
      if (want instanceof RegExp && typeof found === 'string' ? want.test(found) : isDeepEqual(found, want)) continue
      wrong(sentence('deepStrictEqual', found, want))
    }
  }
}

function unwanted(operator: string, kind: string, outcome: Outcome, message: string | undefined): void {
  if (outcome === undefined) return
  const { error } = outcome
  const says = `Got unwanted ${kind}${message ? `: ${message}` : '.'}\nActual message: "${error instanceof Error ? error.message : String(error)}"`
  throw new AssertionError({ message: says, actual: error, operator })
}

function failed(holds: boolean, message: Message, failure: Failure): void {
  if (holds) return
  if (message instanceof Error) throw message
  throw generated(new AssertionError({ ...failure, message: message ?? failure.message }), message === undefined)
}

/** Messages above are given to the constructor, and are generated nevertheless. */
function generated(error: AssertionError, value: boolean): AssertionError {
  return Object.defineProperty(error, 'generatedMessage', { value, enumerable: true, writable: true })
}

const bothNaN = (left: unknown, right: unknown): boolean => Number.isNaN(left) && Number.isNaN(right)

function checkPattern(pattern: unknown): void {
  if (!(pattern instanceof RegExp)) throw wrongType('regexp', 'an instance of RegExp', pattern)
}

const functions = {
  AssertionError,
  ok,
  fail,
  match,
  doesNotMatch,
  throws,
  rejects,
  doesNotThrow,
  doesNotReject,
  ifError,
  notEqual,
  notDeepEqual,
  strictEqual,
  notStrictEqual,
  deepStrictEqual,
  notDeepStrictEqual,
}

/** `assert.strict`, where `equal` is `strictEqual`. */
export const strict = Object.assign(okay.bind(undefined), functions, {
  equal: strictEqual,
  notEqual: notStrictEqual,
  deepEqual: deepStrictEqual,
  notDeepEqual: notDeepStrictEqual,
})
const assert = Object.assign(okay, functions, { equal, deepEqual, strict })

export { assert as 'module.exports' }
export default assert
