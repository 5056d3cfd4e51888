/** Reads a YAML or JSON file against a schema; a mistake comes back with file, line, what was found and what was expected. */
import { readFile } from 'node:fs/promises'
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml'
import type * as z from 'zod'
import { CatalogError, didYouMean, type Problem } from './problem.ts'

/**
 * Reads `file` and validates it.
 * @param shown how the file is named in messages
 * @throws CatalogError with every mistake in the file
 */
export async function readData<S extends z.ZodType>(file: string, shown: string, schema: S): Promise<z.infer<S>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    throw new CatalogError([
      { file: shown, line: 0, column: 0, field: '', found: 'no such file', expected: 'a readable file' },
    ])
  }
  return parseData(text, shown, schema)
}

/** As `readData`, for text that is already in memory. `lineOffset` is added to lines (frontmatter inside MDX). */
export function parseData<S extends z.ZodType>(text: string, shown: string, schema: S, lineOffset = 0): z.infer<S> {
  const lines = new LineCounter()
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line: line + lineOffset, column: col }
  }
  if (doc.errors.length > 0) {
    throw new CatalogError(
      doc.errors.map((e) => ({
        file: shown,
        ...at(e.pos[0]),
        field: '',
        found: e.message.split('\n')[0] ?? 'a mistake',
        expected: 'valid YAML or JSON',
      })),
    )
  }
  let value: unknown
  try {
    value = doc.toJS()
  } catch (error) {
    // An alias without an anchor: `*word*` at the beginning of a value, meant as emphasis.
    const word = /Unresolved alias.*?: (\S+)/.exec((error as Error).message)?.[1] ?? ''
    const offset = Math.max(0, text.indexOf(`*${word}`))
    throw new CatalogError([
      {
        file: shown,
        ...at(offset),
        field: '',
        found: `*${word}, which YAML takes for an alias`,
        expected: 'a value in quotes',
      },
    ])
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new CatalogError(result.error.issues.flatMap((issue) => problemsOf(issue, doc, value, schema, shown, at)))
}

type Place = { line: number; column: number }

function problemsOf(
  issue: z.core.$ZodIssue,
  doc: Document,
  value: unknown,
  schema: z.ZodType,
  shown: string,
  at: (offset: number) => Place,
): Problem[] {
  const path = issue.path.map((p) => (typeof p === 'symbol' ? String(p) : p))
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    return issue.keys.map((key) => {
      const suggestion = didYouMean(key, known)
      return {
        file: shown,
        ...at(offsetOf(doc, [...path, key], true)),
        field: fieldName(path),
        found: `an unknown field "${key}"`,
        expected: known.length > 0 ? `one of ${known.join(', ')}` : 'no such field',
        ...(suggestion === undefined ? {} : { suggestion }),
      }
    })
  }
  const found = valueAt(value, path)
  const wanted = expectation(issue)
  const suggestion =
    issue.code === 'custom' && typeof issue.params?.suggestion === 'string'
      ? issue.params.suggestion
      : issue.code === 'invalid_value' && typeof found === 'string'
        ? didYouMean(found, issue.values.map(String))
        : undefined
  return [
    {
      file: shown,
      ...at(offsetOf(doc, path, false)),
      field: fieldName(path),
      found: show(found),
      expected: wanted,
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  ]
}

const typeNames: Record<string, string> = { array: 'a list', object: 'a mapping', record: 'a mapping' }

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? `a ${issue.expected}`
    case 'invalid_value':
      return `one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`
    case 'too_small':
      return issue.origin === 'string'
        ? 'a text that is not empty'
        : issue.origin === 'array'
          ? `at least ${issue.minimum} ${issue.minimum === 1 ? 'entry' : 'entries'}`
          : `a value above ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'string' ? `a text of at most ${issue.maximum} characters` : `at most ${issue.maximum}`
    case 'invalid_key':
      return issue.issues.map(expectation).join(', ')
    case 'invalid_format':
      return issue.format === 'url' ? 'a URL' : issue.message.replace(/^Invalid input: /, '')
    default:
      return issue.message.replace(/^Invalid input: (expected )?/, '')
  }
}

/** Names of the fields that a strict object schema knows at a path, for the sake of "did you mean". */
function keysAt(schema: z.ZodType, path: (string | number)[]): string[] {
  let current: unknown = schema
  for (const step of ['', ...path]) {
    if (step !== '') {
      const def = defOf(current)
      if (def?.type === 'object') current = (def.shape as Record<string, unknown>)[String(step)]
      else if (def?.type === 'array') current = def.element
      else if (def?.type === 'record') current = def.valueType
    }
    for (let def = defOf(current); def !== undefined && 'innerType' in def; def = defOf(current))
      current = def.innerType
    for (let def = defOf(current); def?.type === 'pipe'; def = defOf(current)) current = def.out
  }
  const def = defOf(current)
  return def?.type === 'object' ? Object.keys(def.shape as object) : []
}

function defOf(schema: unknown): (Record<string, unknown> & { type: string }) | undefined {
  return (schema as { _zod?: { def: Record<string, unknown> & { type: string } } } | undefined)?._zod?.def
}

/** Offset of the node at a path, or of the nearest one that exists; of the key itself where `key` is set. */
function offsetOf(doc: Document, path: (string | number)[], key: boolean): number {
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length)
    const parent = length > 0 ? doc.getIn(part.slice(0, -1), true) : undefined
    if (key && isMap(parent)) {
      const pair = parent.items.find((item) => String(item.key) === String(part.at(-1)))
      if (isNode(pair?.key) && pair.key.range) return pair.key.range[0]
    }
    const node = length === 0 ? doc.contents : doc.getIn(part, true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

function valueAt(value: unknown, path: (string | number)[]): unknown {
  return path.reduce<unknown>((v, step) => (v as Record<string | number, unknown> | undefined)?.[step], value)
}

function fieldName(path: (string | number)[]): string {
  return path.reduce<string>(
    (name, step) => (typeof step === 'number' ? `${name}[${step}]` : name === '' ? step : `${name}.${step}`),
    '',
  )
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
