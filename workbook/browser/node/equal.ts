/**
 * Deep equality as `assert.deepStrictEqual` and `util.isDeepStrictEqual` have it; `loose` is `assert.deepEqual`: `==` for
 * primitives, and prototypes do not count.
 */
export function isDeepEqual(left: unknown, right: unknown, loose = false): boolean {
  return equal(left, right, loose, new Map())
}

function equal(left: unknown, right: unknown, loose: boolean, seen: Map<object, object>): boolean {
  if (left === right) return loose || left !== 0 || Object.is(left, right)
  if (!isObject(left) || !isObject(right)) {
    if (isObject(left) || isObject(right)) return false
    if (!loose) return Object.is(left, right)
    // biome-ignore lint/suspicious/noDoubleEquals: that is what `deepEqual` is
    return left == right || (Number.isNaN(left) && Number.isNaN(right))
  }
  if (!loose && Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false
  const kind = brand(left)
  if (kind !== brand(right) || Array.isArray(left) !== Array.isArray(right)) return false
  if (seen.get(left) === right) return true
  seen.set(left, right)
  const same = inside(left, right, kind, loose, seen)
  seen.delete(left)
  return same
}

function inside(left: object, right: object, kind: string, loose: boolean, seen: Map<object, object>): boolean {
  if (typeof left === 'function' || typeof right === 'function') return false
  switch (kind) {
    case 'Date':
      if (!Object.is((left as Date).getTime(), (right as Date).getTime())) return false
      break
    case 'RegExp':
      if (String(left) !== String(right) || (left as RegExp).lastIndex !== (right as RegExp).lastIndex) return false
      break
    case 'Number':
    case 'String':
    case 'Boolean':
    case 'BigInt':
    case 'Symbol':
      if (!Object.is(left.valueOf(), right.valueOf())) return false
      break
    case 'Promise':
    case 'WeakMap':
    case 'WeakSet':
      return false
  }
  if (left instanceof Error && right instanceof Error) {
    if (left.message !== right.message || left.name !== right.name) return false
    if (Object.hasOwn(left, 'cause') !== Object.hasOwn(right, 'cause') || !equal(left.cause, right.cause, loose, seen))
      return false
  }
  if (left instanceof Set && right instanceof Set && !sets(left, right, loose, seen)) return false
  if (left instanceof Map && right instanceof Map && !maps(left, right, loose, seen)) return false
  if (left instanceof ArrayBuffer && right instanceof ArrayBuffer)
    return bytes(new Uint8Array(left), new Uint8Array(right))
  if (ArrayBuffer.isView(left) && ArrayBuffer.isView(right)) {
    const [a, b] = [left, right].map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    const floats = loose && (left instanceof Float32Array || left instanceof Float64Array)
    if (!floats) {
      if (a === undefined || b === undefined || !bytes(a, b)) return false
    } else if (!Array.from(left as Float64Array).every((one, at) => one === (right as Float64Array)[at])) return false
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length !== right.length) return false
  return properties(left, right, loose, seen)
}

function properties(left: object, right: object, loose: boolean, seen: Map<object, object>): boolean {
  const keys = namesOf(left, loose)
  if (keys.length !== namesOf(right, loose).length) return false
  return keys.every(
    (key) =>
      Object.prototype.propertyIsEnumerable.call(right, key) && equal(get(left, key), get(right, key), loose, seen),
  )
}

function namesOf(value: object, loose: boolean): (string | symbol)[] {
  const indexed = ArrayBuffer.isView(value)
  const names: (string | symbol)[] = Object.keys(value).filter((key) => !indexed || !/^\d+$/.test(key))
  if (loose) return names
  const symbols = Object.getOwnPropertySymbols(value)
  return [...names, ...symbols.filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))]
}

function sets(left: Set<unknown>, right: Set<unknown>, loose: boolean, seen: Map<object, object>): boolean {
  if (left.size !== right.size) return false
  const rest = new Set(right)
  return [...left].every((one) => {
    if (rest.delete(one)) return true
    for (const other of rest) if (equal(one, other, loose, seen)) return rest.delete(other)
    return false
  })
}

function maps(
  left: Map<unknown, unknown>,
  right: Map<unknown, unknown>,
  loose: boolean,
  seen: Map<object, object>,
): boolean {
  if (left.size !== right.size) return false
  const rest = new Map(right)
  return [...left].every(([key, value]) => {
    if (rest.has(key) && equal(value, rest.get(key), loose, seen)) return rest.delete(key)
    for (const [other, theirs] of rest)
      if (equal(key, other, loose, seen) && equal(value, theirs, loose, seen)) return rest.delete(other)
    return false
  })
}

const bytes = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, at) => byte === right[at])
const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'
const brand = (value: object): string => Object.prototype.toString.call(value).slice(8, -1)
const get = (value: object, key: string | symbol): unknown => Reflect.get(value, key)
