import { inspect } from './inspect.ts'
import type { CodedError } from './refuse.ts'

type ErrorClass = new (message: string) => Error

/** An error as Node makes them: `code` is a property, and the stack's first line holds it too. */
export function coded(Base: ErrorClass, code: string, message: string): CodedError {
  const error = new Base(message)
  const { name } = error
  // Node writes `TypeError [CODE]: message` at the head of the stack, and `TypeError` as the name.
  Object.defineProperty(error, 'name', { value: `${name} [${code}]`, configurable: true, writable: true })
  void error.stack
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true, enumerable: false })
  Object.defineProperty(error, 'toString', {
    value: () => `${name} [${code}]: ${message}`,
    configurable: true,
    writable: true,
    enumerable: false,
  })
  return Object.assign(error, { code })
}

/** `ERR_INVALID_ARG_TYPE` with Node's message. `expected` is the middle part, such as `of type string`. */
export function wrongType(name: string, expected: string, actual: unknown): CodedError {
  const kind = name.includes('.') ? 'property' : 'argument'
  const message = `The "${name}" ${kind} must be ${expected}.${received(actual)}`
  return coded(TypeError, 'ERR_INVALID_ARG_TYPE', message)
}

/** `ERR_OUT_OF_RANGE` with Node's message. */
export function outOfRange(name: string, range: string, actual: unknown): CodedError {
  const shown = typeof actual === 'number' && Math.abs(actual) > 2 ** 32 ? grouped(String(actual)) : inspect(actual)
  return coded(
    RangeError,
    'ERR_OUT_OF_RANGE',
    `The value of "${name}" is out of range. It must be ${range}. Received ${shown}`,
  )
}

/** `ERR_INVALID_ARG_VALUE` with Node's message. */
export function wrongValue(name: string, actual: unknown, reason = 'is invalid'): CodedError {
  const kind = name.includes('.') ? 'property' : 'argument'
  const shown = inspect(actual)
  const cut = shown.length > 128 ? `${shown.slice(0, 128)}...` : shown
  return coded(TypeError, 'ERR_INVALID_ARG_VALUE', `The ${kind} '${name}' ${reason}. Received ${cut}`)
}

/** An error of the operating system as Node words it: `ENOENT: no such file or directory, open '/x'`. */
export function systemError(
  code: keyof typeof ERRNO,
  syscall: string,
  more: { path?: string; dest?: string; address?: string; port?: number; message?: string } = {},
): NodeJS.ErrnoException {
  const [errno, text] = ERRNO[code]
  const { message, ...fields } = more
  const where = more.path === undefined ? '' : ` '${more.path}'${more.dest === undefined ? '' : ` -> '${more.dest}'`}`
  return Object.assign(new Error(message ?? `${code}: ${text}, ${syscall}${where}`), {
    errno,
    code,
    syscall,
    ...fields,
  })
}

/** Linux's numbers, as Node gives them (negative), with libuv's sentences. */
export const ERRNO = {
  EACCES: [-13, 'permission denied'],
  EADDRINUSE: [-98, 'address already in use'],
  EBADF: [-9, 'bad file descriptor'],
  ECONNREFUSED: [-111, 'connection refused'],
  ECONNRESET: [-104, 'connection reset by peer'],
  EEXIST: [-17, 'file already exists'],
  EINVAL: [-22, 'invalid argument'],
  EISDIR: [-21, 'illegal operation on a directory'],
  ENOENT: [-2, 'no such file or directory'],
  ENOTDIR: [-20, 'not a directory'],
  ENOTEMPTY: [-39, 'directory not empty'],
  ENOTFOUND: [-3008, 'unknown node or service'],
  EPIPE: [-32, 'broken pipe'],
} as const satisfies Record<string, readonly [number, string]>

function received(value: unknown): string {
  if (value === undefined || value === null) return ` Received ${value}`
  if (typeof value === 'function') return value.name ? ` Received function ${value.name}` : ' Received function '
  if (typeof value === 'object') {
    const name = value.constructor?.name
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value, { depth: -1 })}`
  }
  const shown = inspect(value, { colors: false })
  return ` Received type ${typeof value} (${shown.length > 28 ? `${shown.slice(0, 25)}...` : shown})`
}

function grouped(digits: string): string {
  return digits.replace(/(?<=\d)(?=(\d{3})+$)/g, '_')
}
