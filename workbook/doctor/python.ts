/** Looks for a Python that the track `fastapi` can use, and changes nothing. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Oldest Python that the programs are written for. */
export const PYTHON_MINIMUM = [3, 11] as const

export interface Python {
  /** Absolute path of the interpreter, whatever shim or link led to it. */
  path: string
  /** `3.13.5` */
  version: string
  /** Can it make virtual environments? Debian ships the module in a package of its own. */
  venv: boolean
}

export type PythonSearch = { kind: 'found'; python: Python } | { kind: 'old'; version: string } | { kind: 'none' }

// The plain name first: it is what its owner means. The others where that one is too old.
const names = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11']

const QUESTION = `
import importlib.util as u, json, os, sys
print(json.dumps([os.path.realpath(sys.executable), list(sys.version_info[:3]), bool(u.find_spec("venv") and u.find_spec("ensurepip"))]))`

/**
 * The first Python on PATH that is new enough; one with the module venv before one without. `WORKBOOK_PYTHON` names one in another place.
 */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<PythonSearch> {
  const wanted = env.WORKBOOK_PYTHON
  let second: PythonSearch | undefined
  for (const name of wanted ? [wanted] : names) {
    const python = await ask(name, env)
    if (python === undefined) continue
    const [major = 0, minor = 0] = python.version.split('.').map(Number)
    const enough = major > PYTHON_MINIMUM[0] || (major === PYTHON_MINIMUM[0] && minor >= PYTHON_MINIMUM[1])
    if (enough && python.venv) return { kind: 'found', python }
    if (enough && second?.kind !== 'found') second = { kind: 'found', python }
    second ??= { kind: 'old', version: python.version }
  }
  return second ?? { kind: 'none' }
}

async function ask(name: string, env: NodeJS.ProcessEnv): Promise<Python | undefined> {
  try {
    // Isolated: a folder or a variable of the caller must not stand in for the interpreter's own modules.
    const { stdout } = await run(name, ['-I', '-c', QUESTION], { timeout: 10_000, env })
    const [path, version, venv] = JSON.parse(stdout) as [string, number[], boolean]
    return { path, version: version.join('.'), venv }
  } catch {
    return undefined
  }
}

/** What is wrong with a search, and what to do about it; undefined where nothing is. */
export function pythonTrouble(search: PythonSearch): { found: string; fix: string } | undefined {
  const minimum = PYTHON_MINIMUM.join('.')
  const install = `Install Python ${minimum} or newer with its module venv (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python), or name one: WORKBOOK_PYTHON=/path/to/python3. With Docker none is needed.`
  if (search.kind === 'none') return { found: 'there is no Python', fix: install }
  if (search.kind === 'old')
    return { found: `the Python here is ${search.version}, older than ${minimum}`, fix: install }
  if (!search.python.venv)
    return {
      found: `Python ${search.python.version} is here without its module venv`,
      fix: `Install it (Debian, Ubuntu: apt install python3-venv). With Docker it is not needed.`,
    }
  return undefined
}
