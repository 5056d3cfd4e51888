import posix from 'path-browserify'
import { wrongType } from './errors.ts'
import { refusedAll } from './refuse.ts'

type Function_ = (...args: unknown[]) => unknown

/** The package's function, after Node's check of its arguments: their names are for the message. */
function checked<F>(run: F, ...names: [string, ...string[]]): F {
  const made = (...args: unknown[]): unknown => {
    for (const [at, name] of names.entries()) {
      const optional = name === 'suffix' && args[at] === undefined
      if (typeof args[at] !== 'string' && !optional) throw wrongType(name, 'of type string', args[at])
    }
    return (run as Function_)(...args)
  }
  return made as F
}

/** The same for functions of any number of paths. `resolve` looks from the last one and stops at the first that is absolute. */
function checkedAll<F>(run: F, name: (at: number) => string, backwards = false): F {
  const made = (...args: unknown[]): unknown => {
    const order = [...args.keys()]
    for (const at of backwards ? order.reverse() : order) {
      const arg = args[at]
      if (typeof arg !== 'string') throw wrongType(name(at), 'of type string', arg)
      if (backwards && arg.startsWith('/')) break
    }
    return (run as Function_)(...args)
  }
  return made as F
}

/** Paths as on Linux, wherever the page is. `path-browserify` asks `process.cwd()`, which is ours. */
const module = {
  basename: checked(posix.basename, 'path', 'suffix'),
  delimiter: posix.delimiter,
  dirname: checked(posix.dirname, 'path'),
  extname: checked(posix.extname, 'path'),
  format(parts: Parameters<typeof posix.format>[0]): string {
    if (typeof parts !== 'object' || parts === null) throw wrongType('pathObject', 'of type object', parts)
    const { dir, root = '', base, name = '', ext = '' } = parts
    const last = base || `${name}${ext && !ext.startsWith('.') ? '.' : ''}${ext}`
    const folder = dir || root
    if (!folder) return last
    return folder === root ? `${folder}${last}` : `${folder}/${last}`
  },
  isAbsolute: checked(posix.isAbsolute, 'path'),
  join: checkedAll(posix.join, () => 'path'),
  normalize: checked(posix.normalize, 'path'),
  parse: checked(posix.parse, 'path'),
  relative: checked(posix.relative, 'from', 'to'),
  resolve: checkedAll(posix.resolve, (at) => `paths[${at}]`, true),
  sep: posix.sep,
  toNamespacedPath: (path: unknown) => path,
  _makeLong: (path: unknown) => path,
  ...refusedAll('path', ['matchesGlob'], 'it matches no file patterns'),
  win32: refusedAll('path.win32', ['join', 'resolve', 'normalize'], 'its paths are those of Linux'),
  posix: {} as typeof posix,
}
Object.assign(module.posix, module)

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
  toNamespacedPath,
  matchesGlob,
} = module
export { module as 'module.exports' }
export default module
