/**
 * Puts the globals of Node into a Worker: packages use `Buffer`, `process` and `setImmediate` without importing them, and
 * `unref()` what `setTimeout` gives. Import it before them.
 */
import { Buffer } from './buffer.ts'
import { process } from './process.ts'
import { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from './timers.ts'

const globals = {
  Buffer,
  process,
  global: globalThis,
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  clearImmediate,
}
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
}
