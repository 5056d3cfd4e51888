/** Two trees side by side: which files differ, and how, as unified diffs. */
import { isUtf8 } from 'node:buffer'
import { createTwoFilesPatch } from 'diff'
import type { CopyTree } from './copy.ts'

/** Characters of diff text for one file, and for all of them together. */
const TEXT_OF_FILE = 200_000
const TEXT_OF_ALL = 1_000_000
/** Milliseconds for the diff of one file: two files without a common line take time that grows with the square of their length. */
const TIME_OF_FILE = 1_000

export interface FileDiff {
  path: string
  /** `added`: only on the right side. `removed`: only on the left side. */
  status: 'added' | 'removed' | 'changed'
  /** Lines that only the right, only the left side has; 0 where there is no text. */
  plus: number
  minus: number
  /** Unified diff; undefined where `why` says that there is none. */
  text?: string
  why?: 'binary' | 'no plain file' | 'too large' | 'only the right to execute differs'
}

export interface Comparison {
  files: FileDiff[]
  /** Number of files that are the same on both sides. */
  same: number
}

/** Compares two trees; `labels` stand before the paths in the diffs. */
export function compare(left: CopyTree, right: CopyTree, labels: [string, string]): Comparison {
  const names = new Set([...left.files.keys(), ...left.others, ...right.files.keys(), ...right.others])
  let room = TEXT_OF_ALL
  let same = 0
  const files: FileDiff[] = []
  for (const name of [...names].sort()) {
    const one = compareFile(name, left, right, labels, room)
    if (one === undefined) same++
    else {
      files.push(one)
      room -= one.text?.length ?? 0
    }
  }
  return { files, same }
}

function compareFile(
  name: string,
  left: CopyTree,
  right: CopyTree,
  labels: [string, string],
  room: number,
): FileDiff | undefined {
  const [a, b] = [left.files.get(name), right.files.get(name)]
  const [hasA, hasB] = [left, right].map((t) => t.files.has(name) || t.others.has(name))
  const status = hasA ? (hasB ? 'changed' : 'removed') : 'added'
  const without = (why: NonNullable<FileDiff['why']>): FileDiff => ({ path: name, status, plus: 0, minus: 0, why })
  if (left.others.has(name) || right.others.has(name)) return without('no plain file')
  const [before, after] = [a?.content ?? Buffer.alloc(0), b?.content ?? Buffer.alloc(0)]
  if (a !== undefined && b !== undefined && before.equals(after))
    return a.executable === b.executable ? undefined : without('only the right to execute differs')
  if (!isText(before) || !isText(after)) return without('binary')
  const text = createTwoFilesPatch(
    a === undefined ? '/dev/null' : `${labels[0]}/${name}`,
    b === undefined ? '/dev/null' : `${labels[1]}/${name}`,
    before.toString('utf8'),
    after.toString('utf8'),
    undefined,
    undefined,
    { context: 3, timeout: TIME_OF_FILE },
  )?.replace(/^=+\n/, '')
  if (text === undefined || text.length > Math.min(TEXT_OF_FILE, room)) return without('too large')
  const lines = text.split('\n').slice(2)
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length
  return { path: name, status, plus: count('+'), minus: count('-'), text }
}

const isText = (content: Buffer) => isUtf8(content) && !content.includes(0)
