/** A learner's own program of one lab, carried forward as the ground of the next. */
import type { CopyTree } from './copy.ts'
import type { Tree } from './materialise.ts'

export interface Carried {
  /** The copy of the next lab. */
  tree: Tree
  /** Files that are the learner's: changed, made or moved there in the earlier lab. Sorted. */
  mine: string[]
  /** Files that the learner changed and that the next lab brings itself: there the next lab's stands. Sorted. */
  conflicts: string[]
}

/**
 * The starter of a lab on the learner's own work instead of on the reference of the lab before it: the learner's files, and on top what the
 * starter adds to that reference, changes in it or takes away from it.
 * @param mine the learner's copy of the lab before
 * @param before what that lab gave: what the learner began with, and its reference
 * @param next the starter, as it lies on that reference
 */
export function carry(mine: CopyTree, before: { starter: Tree; solution: Tree }, next: Tree): Carried {
  const tree: Tree = new Map()
  const own: string[] = []
  const conflicts: string[] = []
  const names = new Set([...mine.files.keys(), ...before.starter.keys(), ...before.solution.keys(), ...next.keys()])
  for (const name of [...names].sort()) {
    const [file, begun, solved, now] = [mine.files, before.starter, before.solution, next].map((t) => t.get(name))
    const touched = mine.others.has(name) || !(same(file, begun) || same(file, solved))
    if (!same(solved, now)) {
      // The next lab has a say here, and its starter is what it teaches about.
      if (touched && !same(file, now)) conflicts.push(name)
      if (now !== undefined) tree.set(name, now)
    } else if (file !== undefined) {
      tree.set(name, file)
      if (!same(file, solved)) own.push(name)
    }
  }
  return { tree, mine: own, conflicts }
}

type File = { content: Buffer; executable: boolean } | undefined

const same = (one: File, other: File): boolean =>
  one === undefined || other === undefined ? one === other : one.content.equals(other.content)
