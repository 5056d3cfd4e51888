/** `util.types`: what a value really is. Nothing here asks the value itself where its internals can be asked. */
type Is = (value: unknown) => boolean

const brand = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)
const typed = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)

/** The kind of a typed array, by its internals. */
const view = (value: unknown): string | undefined => Reflect.apply(typed?.get as () => string | undefined, value, [])

/** Is it what this getter works on? It throws on anything else. */
function gets(prototype: object, name: string): Is {
  const getter = Object.getOwnPropertyDescriptor(prototype, name)?.get as () => unknown
  return (value) => {
    try {
      Reflect.apply(getter, value, [])
      return true
    } catch {
      return false
    }
  }
}

/** Is it what this method works on? */
function takes(method: (...args: never[]) => unknown, ...args: unknown[]): Is {
  return (value) => {
    try {
      Reflect.apply(method, value, args)
      return true
    } catch {
      return false
    }
  }
}

const object = (value: unknown): boolean => typeof value === 'object' && value !== null
const branded =
  (name: string): Is =>
  (value) =>
    object(value) && brand(value) === name

export const isUint8Array: Is = (value) => view(value) === 'Uint8Array'
export const isUint8ClampedArray: Is = (value) => view(value) === 'Uint8ClampedArray'
export const isUint16Array: Is = (value) => view(value) === 'Uint16Array'
export const isUint32Array: Is = (value) => view(value) === 'Uint32Array'
export const isInt8Array: Is = (value) => view(value) === 'Int8Array'
export const isInt16Array: Is = (value) => view(value) === 'Int16Array'
export const isInt32Array: Is = (value) => view(value) === 'Int32Array'
export const isFloat32Array: Is = (value) => view(value) === 'Float32Array'
export const isFloat64Array: Is = (value) => view(value) === 'Float64Array'
export const isBigInt64Array: Is = (value) => view(value) === 'BigInt64Array'
export const isBigUint64Array: Is = (value) => view(value) === 'BigUint64Array'
export const isTypedArray: Is = (value) => view(value) !== undefined
export const isArrayBufferView: Is = (value) => ArrayBuffer.isView(value)
export const isArrayBuffer = gets(ArrayBuffer.prototype, 'byteLength')
// Not in every page: a page has it only where it is isolated from other origins.
export const isSharedArrayBuffer: Is =
  typeof SharedArrayBuffer === 'undefined' ? () => false : gets(SharedArrayBuffer.prototype, 'byteLength')
export const isAnyArrayBuffer: Is = (value) => isArrayBuffer(value) || isSharedArrayBuffer(value)
export const isDataView = gets(DataView.prototype, 'byteLength')
export const isMap = gets(Map.prototype, 'size')
export const isSet = gets(Set.prototype, 'size')
export const isWeakMap = takes(WeakMap.prototype.has, {})
export const isWeakSet = takes(WeakSet.prototype.has, {})
export const isDate = takes(Date.prototype.getTime)
export const isRegExp: Is = (value) =>
  value !== RegExp.prototype && gets(RegExp.prototype, 'flags')(value) && branded('RegExp')(value)
export const isPromise: Is = branded('Promise')
export const isNativeError: Is = branded('Error')
export const isArgumentsObject: Is = branded('Arguments')
export const isMapIterator: Is = branded('Map Iterator')
export const isSetIterator: Is = branded('Set Iterator')
export const isGeneratorObject: Is = branded('Generator')
export const isAsyncFunction: Is = (value) =>
  typeof value === 'function' && /^Async(Generator)?Function$/.test(brand(value))
export const isGeneratorFunction: Is = (value) =>
  typeof value === 'function' && /^(Async)?GeneratorFunction$/.test(brand(value))
export const isModuleNamespaceObject: Is = branded('Module')

function boxed(method: () => unknown): Is {
  const is = takes(method)
  return (value) => object(value) && is(value)
}
export const isNumberObject = boxed(Number.prototype.valueOf)
export const isStringObject = boxed(String.prototype.valueOf)
export const isBooleanObject = boxed(Boolean.prototype.valueOf)
export const isBigIntObject = boxed(BigInt.prototype.valueOf)
export const isSymbolObject = boxed(Symbol.prototype.valueOf)
export const isBoxedPrimitive: Is = (value) =>
  [isNumberObject, isStringObject, isBooleanObject, isBigIntObject, isSymbolObject].some((is) => is(value))
/** Keys say what they are by their tag, in Node and here. */
export const isKeyObject: Is = branded('KeyObject')
export const isCryptoKey: Is = branded('CryptoKey')

export const types = {
  isUint8Array,
  isUint8ClampedArray,
  isUint16Array,
  isUint32Array,
  isInt8Array,
  isInt16Array,
  isInt32Array,
  isFloat32Array,
  isFloat64Array,
  isBigInt64Array,
  isBigUint64Array,
  isTypedArray,
  isArrayBufferView,
  isArrayBuffer,
  isSharedArrayBuffer,
  isAnyArrayBuffer,
  isDataView,
  isMap,
  isSet,
  isWeakMap,
  isWeakSet,
  isDate,
  isRegExp,
  isPromise,
  isNativeError,
  isArgumentsObject,
  isMapIterator,
  isSetIterator,
  isGeneratorObject,
  isAsyncFunction,
  isGeneratorFunction,
  isModuleNamespaceObject,
  isNumberObject,
  isStringObject,
  isBooleanObject,
  isBigIntObject,
  isSymbolObject,
  isBoxedPrimitive,
  isKeyObject,
  isCryptoKey,
}
export { types as 'module.exports' }
export default types
