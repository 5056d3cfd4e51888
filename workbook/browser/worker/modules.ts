/**
 * Modules of a program: TypeScript to CommonJS by sucrase, evaluated in the order of their imports. Each is an async function, so `await` may stand at the top.
 * Names of files are exact, as Node has them.
 */
import { parse } from 'acorn'
import { transform } from 'sucrase'
import type { ProgramTrouble } from '../protocol.ts'

/** What a program imports without `./`. Gives what `require` would give in Node; undefined where there is no such thing. */
export type Packages = (name: string) => (() => unknown) | undefined

export class TroubleError extends Error {
  readonly trouble: ProgramTrouble
  constructor(trouble: ProgramTrouble) {
    super(trouble.message)
    this.trouble = trouble
  }
}

export interface ModuleOptions {
  /** Text of a file by its absolute path; undefined where there is none. */
  read(path: string): string | undefined
  packages: Packages
  /** Names of everything in `packages`, for what is said where something is missing. */
  offered: readonly string[]
  /** Values that a module sees under these names. */
  globals: Readonly<Record<string, unknown>>
}

/** In front of a path in names of scripts, so that frames of the program's own files can be told from ours. */
export const OWN = 'program:'

interface Module {
  exports: Record<string, unknown>
  state: 'new' | 'begun' | 'done'
  imports: Map<string, string>
  run: (...values: unknown[]) => Promise<void>
}

/**
 * Evaluates a module and all that it imports.
 * @returns its exports
 * @throws TroubleError where a file cannot be read as a program or imports what is not there; else what the program throws
 */
export async function evaluate(entry: string, options: ModuleOptions): Promise<Record<string, unknown>> {
  const modules = new Map<string, Module>()
  const known = (path: string): Module => {
    const have = modules.get(path)
    if (have !== undefined) return have
    const made = compile(path, options)
    modules.set(path, made)
    for (const target of made.imports.values()) known(target)
    return made
  }
  const begin = async (path: string): Promise<void> => {
    const module = known(path)
    // A circle: who is in the middle of it sees what is there, as in Node.
    if (module.state !== 'new') return
    module.state = 'begun'
    for (const target of module.imports.values()) await begin(target)
    const require = (name: string): unknown => {
      if (!isPath(name)) return packageNamed(name, path, options)
      const target = module.imports.get(name) ?? resolve(name, path)
      if (options.read(target) === undefined) throw missing(name, path, options)
      if (target.endsWith('.json')) return { __esModule: true, default: JSON.parse(options.read(target) ?? '') }
      return known(target).exports
    }
    await module.run(module.exports, require, metaOf(path), ...Object.values(options.globals))
    module.state = 'done'
  }
  await begin(entry)
  return known(entry).exports
}

/** What `import.meta` is called in a function. */
const META = '__importMeta'

/** `import.meta` of a module (Node 24, ECMAScript modules). */
function metaOf(path: string) {
  return { url: `file://${path}`, filename: path, dirname: path.slice(0, path.lastIndexOf('/')) || '/', main: false }
}

const isPath = (name: string) => /^\.{0,2}\//.test(name)

function resolve(name: string, from: string): string {
  return new URL(name, `file://${from}`).pathname
}

function compile(path: string, options: ModuleOptions): Module {
  const text = options.read(path)
  const file = path
  if (text === undefined) throw new TroubleError({ kind: 'unknown-import', message: `There is no file ${path}.`, file })
  const code = toCommonJs(text, path)
  const imports = new Map<string, string>()
  for (const [, name = ''] of code.matchAll(/\brequire\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    const target = resolve(name, path)
    // What is not there is told when it is asked for: these words may stand in a comment.
    if (isPath(name) && !target.endsWith('.json') && options.read(target) !== undefined) imports.set(name, target)
  }
  const names = ['exports', 'require', META, ...Object.keys(options.globals)]
  // In one line with what comes before it, so that lines are those of the file.
  const script = `(async function (${names.join(', ')}) {'use strict';${code}\n})\n//# sourceURL=${OWN}${path}`
  try {
    // biome-ignore lint/security/noGlobalEval: running the learner's code is what this Worker is for
    const run = globalThis.eval(script) as Module['run']
    return { exports: {}, state: 'new', imports, run }
  } catch (error) {
    throw new TroubleError({ kind: 'syntax', file, message: (error as Error).message, ...placeOf(code) })
  }
}

function toCommonJs(text: string, path: string): string {
  try {
    return transform(text, {
      transforms: ['typescript', 'imports'],
      filePath: path,
      // As Node does: what is imported is evaluated, whether it is used or not.
      keepUnusedImports: true,
    }).code.replaceAll(/\bimport\.meta\b/g, META)
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } }
    const words = message.replace(/^Error transforming [^:]*: /, '').replace(/ \(\d+:\d+\)$/, '')
    throw new TroubleError({
      kind: 'syntax',
      message: words,
      file: path,
      // The column counts from 1 already.
      ...(loc === undefined ? {} : { line: loc.line, column: loc.column }),
    })
  }
}

/** Where a mistake is that sucrase let pass and the engine did not: an engine says it to nobody but its console. */
function placeOf(code: string): { line?: number; column?: number } {
  try {
    parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowReturnOutsideFunction: true })
  } catch (error) {
    const { loc } = error as { loc?: { line: number; column: number } }
    if (loc !== undefined) return { line: loc.line, column: loc.column + 1 }
  }
  return {}
}

function packageNamed(name: string, from: string, options: ModuleOptions): unknown {
  const load = options.packages(name)
  if (load === undefined) throw missing(name, from, options)
  return asNamespace(load())
}

const namespaces = new WeakMap<object, object>()

/**
 * What Node gives for `import`: the default of a CommonJS module is all that it exports, whatever it says of itself; a module of the language stays as it is.
 */
function asNamespace(exports: unknown): unknown {
  if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null)
    return { __esModule: true, default: exports }
  const made = namespaces.get(exports)
  if (made !== undefined) return made
  const isModule = (exports as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === 'Module'
  const space = Object.defineProperties(isModule ? {} : { default: exports }, {
    ...Object.fromEntries(
      Object.keys(exports)
        .filter((key) => isModule || key !== 'default')
        .map((key) => [key, { enumerable: true, get: () => (exports as Record<string, unknown>)[key] }]),
    ),
    __esModule: { value: true },
  })
  namespaces.set(exports, space)
  return space
}

function missing(name: string, from: string, options: ModuleOptions): TroubleError {
  const file = from
  if (!isPath(name)) {
    const list = options.offered.join(', ')
    return new TroubleError({
      kind: 'unknown-import',
      file,
      message: `"${name}" cannot be imported in the page. There are: ${list}. With \`npm run lab\` the same files run in Node, with every package.`,
    })
  }
  const path = resolve(name, from)
  const near = ['.ts', '.js', '/index.ts'].map((end) => path.replace(/\.(ts|js)$/, '') + end)
  const found = near.find((other) => options.read(other) !== undefined)
  return new TroubleError({
    kind: 'unknown-import',
    file,
    message: `There is no file ${path}, which "${name}" names.${found === undefined ? '' : ` Did you mean ${found}? Names of files are exact, with their ending.`}`,
  })
}
