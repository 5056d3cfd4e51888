import posix from 'path-browserify'
import { refusedAll } from './refuse.ts'

/** Paths as on Linux, wherever the page is. `path-browserify` asks `process.cwd()`, which is ours. */
const module = Object.assign(posix, {
  posix,
  matchesGlob: refusedAll('path', ['matchesGlob'], 'it matches no file patterns').matchesGlob,
  toNamespacedPath: (path: unknown) => path,
})
Object.assign(module, { win32: refusedAll('path.win32', ['join', 'resolve'], 'its paths are those of Linux') })

export const {
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep,
} = module
export { module as 'module.exports', posix }
export default module
