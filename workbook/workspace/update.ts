/** What a newer course means for a copy: which files can follow it, and which a person has made their own. */
import type { CopyTree } from './copy.ts'
import { hashOf } from './copy.ts'
import type { Tree } from './materialise.ts'

/** Which state of the course a file of the copy came from, and what was in it then. */
export interface Source {
  sha256: string
  state: 'starter' | 'solution'
}

export interface UpdatePlan {
  /** Files that the person has not touched: to the content that the course has now. */
  replace: Tree
  /** Files that are new in the course, and not in the copy. */
  add: Tree
  /** Files that the course took away, untouched. */
  remove: string[]
  /** Files that both changed, or that the person took away: left as they are. */
  keep: { path: string; why: 'you changed it' | 'you removed it' | 'you made one of your own' }[]
  /** The record as it is once the plan is carried out. */
  sources: Record<string, Source>
}

/**
 * @param sources what was recorded of the copy; a file that is not in it counts as the person's own
 * @param states the course's states now
 * @param whole the state whose new files the copy takes up
 */
export function planUpdate(
  sources: Readonly<Record<string, Source>>,
  states: { starter: Tree; solution: Tree },
  whole: 'starter' | 'solution',
  mine: CopyTree,
): UpdatePlan {
  const plan: UpdatePlan = { replace: new Map(), add: new Map(), remove: [], keep: [], sources: {} }
  for (const [name, source] of Object.entries(sources)) {
    const now = states[source.state].get(name)
    if (now !== undefined) plan.sources[name] = { sha256: hashOf(now.content), state: source.state }
    follow(plan, name, source, now, mine)
  }
  for (const [name, file] of states[whole]) {
    if (name in sources) continue
    plan.sources[name] = { sha256: hashOf(file.content), state: whole }
    if (!has(mine, name)) plan.add.set(name, file)
    else if (mine.files.get(name)?.content.equals(file.content) !== true)
      plan.keep.push({ path: name, why: 'you made one of your own' })
  }
  return plan
}

function follow(
  plan: UpdatePlan,
  name: string,
  source: Source,
  now: Tree extends Map<string, infer F> ? F | undefined : never,
  mine: CopyTree,
): void {
  const own = mine.files.get(name)
  if (now !== undefined && hashOf(now.content) === source.sha256) return
  if (!has(mine, name)) {
    if (now !== undefined) plan.keep.push({ path: name, why: 'you removed it' })
    return
  }
  if (now !== undefined && own?.content.equals(now.content) === true) return
  if (own === undefined || hashOf(own.content) !== source.sha256) plan.keep.push({ path: name, why: 'you changed it' })
  else if (now === undefined) plan.remove.push(name)
  else plan.replace.set(name, now)
}

const has = (mine: CopyTree, name: string) => mine.files.has(name) || mine.others.has(name)
