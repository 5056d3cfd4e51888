/** Mine, the starter and the solution, two of them side by side. */
import { didYouMean, type Lab, type Track } from '../catalog/index.ts'
import { type Comparison, compare, type FileDiff } from '../workspace/compare.ts'
import { type CopyTree, readCopy } from '../workspace/copy.ts'
import type { Tree } from '../workspace/materialise.ts'
import type { Context } from './context.ts'
import { copyOf, solutionOf, starterOf, trackOfCopy } from './copy/origin.ts'
import { skipped } from './copy/places.ts'
import { UsageError } from './usage.ts'

/**
 * Which two are compared. `mine-starter`: what I changed since the starter. `mine-solution`: what the solution would change in mine.
 * `starter-solution`: what the solution changes in the starter.
 */
export const pairs = ['mine-starter', 'mine-solution', 'starter-solution'] as const
export type Between = (typeof pairs)[number]
export type Side = 'mine' | 'starter' | 'solution'

export interface LabDiff extends Comparison {
  lab: string
  track: Track
  between: Between
  /** A line with `-` is in `from` alone, one with `+` in `to` alone. */
  from: Side
  to: Side
}

const directions: Record<Between, [Side, Side]> = {
  'mine-starter': ['starter', 'mine'],
  'mine-solution': ['mine', 'solution'],
  'starter-solution': ['starter', 'solution'],
}

/**
 * Compares two of mine, starter and solution. Installed packages, built and log files, and `.env` are left out of mine unless the course has a file of that path.
 * @param options.file one path alone, with `/`
 * @throws UsageError where there is no copy, or neither side has the file
 */
export async function diffOf(
  context: Context,
  lab: Lab,
  options: { between: Between; file?: string | undefined },
): Promise<LabDiff> {
  const [from, to] = directions[options.between]
  const track = await trackOfCopy(context, lab)
  const [starter, solution]: [Tree, Tree] = await Promise.all([
    starterOf(context, lab, track),
    options.between === 'mine-starter' ? new Map() : solutionOf(context, lab, track),
  ])
  const sideOf = async (side: Side): Promise<CopyTree> => {
    if (side === 'starter') return treeOf(starter)
    if (side === 'solution') return treeOf(solution)
    return readCopy(await copyOf(context, lab), (name) => skipped(name) && !starter.has(name) && !solution.has(name))
  }
  const [left, right] = await Promise.all([sideOf(from), sideOf(to)])
  const { file } = options
  if (file !== undefined) needFile(file, [left, right])
  const only = (side: CopyTree): CopyTree =>
    file === undefined
      ? side
      : {
          files: new Map([...side.files].filter(([name]) => name === file)),
          others: new Set([...side.others].filter((name) => name === file)),
        }
  return { lab: lab.id, track, between: options.between, from, to, ...compare(only(left), only(right), [from, to]) }
}

export type { FileDiff }

const treeOf = (tree: Tree): CopyTree => ({ files: tree, others: new Set() })

function needFile(file: string, sides: CopyTree[]): void {
  const known = sides.flatMap((side) => [...side.files.keys(), ...side.others])
  if (known.includes(file)) return
  const near = didYouMean(file, known)
  throw new UsageError(`Neither side has a file "${file}".${near ? ` Did you mean ${near}?` : ''}`)
}
