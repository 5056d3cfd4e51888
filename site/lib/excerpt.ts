/**
 * Cuts a piece out of a real file, so that code in a lesson cannot go stale: what cannot be found ends the build.
 * Pure but for reading files below the given root.
 */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { didYouMean } from '../../workbook/catalog/index.ts'

/** What an author may ask for: a region, a span between two lines, or (neither given) the whole file. */
export interface ExcerptRequest {
  /** Path from the root of the checkout. */
  file: string
  /** Name of a `#region` in the file. */
  region?: string | undefined
  /** Text of the first line wanted (a part of it is enough; it must occur in one line only). */
  from?: string | undefined
  /** Text of the last line wanted: the first such line at or after `from`. */
  to?: string | undefined
}

export interface Excerpt {
  code: string
  lang: string
  /** 1-based line numbers in the file, markers not counted in. */
  firstLine: number
  lastLine: number
}

/** Reads the excerpt, or throws an Error whose sentence names page, file and region. */
export async function readExcerpt(root: string, page: string, request: ExcerptRequest): Promise<Excerpt> {
  const fail = (sentence: string): never => {
    throw new Error(
      `${page}: <Excerpt file="${request.file}"${request.region ? ` region="${request.region}"` : ''}>: ${sentence}`,
    )
  }
  const absolute = path.resolve(root, request.file)
  if (path.relative(root, absolute).startsWith('..')) fail('the file lies outside the project.')
  const text = await readFile(absolute, 'utf8').catch(async () =>
    fail(`there is no such file.${await suggestFile(root, request.file)}`),
  )
  const lines = text.replace(/\r\n/g, '\n').replace(/\n$/, '').split('\n')
  const [start, end] =
    request.region !== undefined ? regionSpan(lines, request.region, fail) : lineSpan(lines, request, fail)
  const kept = lines.slice(start, end).filter((line) => marker(line) === undefined)
  const code = dedent(kept)
  if (code.trim() === '') fail('the excerpt is empty.')
  return { code, lang: languageOf(request.file), firstLine: start + 1, lastLine: end }
}

type Fail = (sentence: string) => never
type Span = [start: number, end: number]

/** A marker line in any comment style: `// #region name`, `# #region name`, `-- #region name`, `<!-- #region name -->`. */
function marker(line: string): { kind: 'start' | 'end'; name: string } | undefined {
  const match = /^\s*(?:\/\/|#|--|\/\*|<!--)\s*#(end)?region\s+([\w.-]+)/.exec(line)
  return match === null ? undefined : { kind: match[1] === undefined ? 'start' : 'end', name: match[2] ?? '' }
}

function regionSpan(lines: string[], region: string, fail: Fail): Span {
  const marks = lines.map(marker)
  const starts = marks.flatMap((m, i) => (m?.kind === 'start' && m.name === region ? [i] : []))
  const [start] = starts
  if (start === undefined) {
    const names = marks.flatMap((m) => (m?.kind === 'start' ? [m.name] : []))
    const near = didYouMean(region, names)
    return fail(
      `the file has no such region.${near ? ` Did you mean "${near}"?` : names.length > 0 ? ` It has: ${names.join(', ')}.` : ' It has none.'}`,
    )
  }
  if (starts.length > 1) return fail(`the region starts more than once (lines ${starts.map((i) => i + 1).join(', ')}).`)
  const end = marks.findIndex((m, i) => i > start && m?.kind === 'end' && m.name === region)
  return end === -1
    ? fail(`the region starts in line ${start + 1} and has no "#endregion ${region}".`)
    : [start + 1, end]
}

function lineSpan(lines: string[], { from, to }: ExcerptRequest, fail: Fail): Span {
  if (from === undefined) return to === undefined ? [0, lines.length] : fail('`to` needs `from`.')
  const starts = lines.flatMap((line, i) => (line.includes(from) ? [i] : []))
  const [start] = starts
  if (start === undefined) return fail(`no line holds ${JSON.stringify(from)}.`)
  if (starts.length > 1)
    return fail(
      `${starts.length} lines hold ${JSON.stringify(from)} (${starts.map((i) => i + 1).join(', ')}); say more of the line.`,
    )
  if (to === undefined) return [start, start + 1]
  const end = lines.findIndex((line, i) => i >= start && line.includes(to))
  return end === -1 ? fail(`no line from line ${start + 1} on holds ${JSON.stringify(to)}.`) : [start, end + 1]
}

/** Takes away the white space that all lines share, and empty lines at both ends. */
export function dedent(lines: string[]): string {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0)
  const shared = Math.min(...indents)
  const cut = lines.map((line) => line.slice(Number.isFinite(shared) ? shared : 0))
  return cut.join('\n').replace(/^\n+|\s+$/g, '')
}

const LANGUAGES: Record<string, string> = {
  '.cjs': 'js',
  '.conf': 'nginx',
  '.css': 'css',
  '.html': 'html',
  '.js': 'js',
  '.json': 'json',
  '.mjs': 'js',
  '.md': 'md',
  '.mdx': 'mdx',
  '.patch': 'diff',
  '.diff': 'diff',
  '.py': 'python',
  '.sh': 'bash',
  '.sql': 'sql',
  '.toml': 'toml',
  '.ts': 'ts',
  '.tsx': 'tsx',
  '.yaml': 'yaml',
  '.yml': 'yaml',
}

function languageOf(file: string): string {
  const name = path.basename(file)
  if (/^Dockerfile/.test(name)) return 'docker'
  return LANGUAGES[path.extname(name)] ?? 'txt'
}

/** Looks for a near name in the deepest folder of the path that exists. */
async function suggestFile(root: string, file: string): Promise<string> {
  const parts = file.split('/')
  for (let depth = parts.length - 1; depth >= 0; depth--) {
    const folder = parts.slice(0, depth).join('/')
    const names = await readdir(path.join(root, folder)).catch(() => undefined)
    if (names === undefined) continue
    const near = didYouMean(parts[depth] ?? '', names)
    if (near !== undefined)
      return ` Did you mean "${[folder, near, ...parts.slice(depth + 1)].filter(Boolean).join('/')}"?`
    return ` The folder "${folder || '.'}" exists and has no "${parts[depth]}".`
  }
  return ''
}
