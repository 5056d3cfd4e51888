/** Which files differ from a commit, committed or not, and what the labs have that can be touched. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Lab } from '../catalog/index.ts'
import type { AnyCheck, Needs } from '../grader/core/check.ts'
import { loadChecks } from '../grader/load.ts'
import { alternateIds, mutantIds } from '../workspace/states.ts'
import type { LabFiles } from './changed.ts'

const run = promisify(execFile)

/** A commit to compare with that there is not, or no git. */
export class NoBase extends Error {
  override name = 'NoBase'
}

export interface Changes {
  /** What was compared with, in words. */
  base: string
  /** Paths in the checkout, with `/`, sorted. */
  files: string[]
}

/**
 * Files that differ between a commit and the working tree, those that git does not know yet included.
 * @param ref a commit; left out: where this branch left origin/main, or the commit before where nothing was added since
 * @throws NoBase
 */
export async function changesSince(root: string, ref: string | undefined): Promise<Changes> {
  const git = async (...words: string[]) => (await run('git', words, { cwd: root, maxBuffer: 50_000_000 })).stdout
  const commit = async (...words: string[]) => (await git(...words).catch(() => '')).trim() || undefined
  const resolve = (name: string) => commit('rev-parse', '--verify', '--quiet', `${name}^{commit}`)
  const head = await resolve('HEAD')
  if (head === undefined) throw new NoBase('This is no git checkout with a commit, so nothing tells what changed.')
  let base = ref
  if (base !== undefined) {
    if (base.startsWith('-') || (await resolve(base)) === undefined) throw new NoBase(`git knows no commit "${base}".`)
  } else {
    base = await commit('merge-base', 'HEAD', 'origin/main')
    if (base === undefined || base === head) base = await resolve('HEAD^')
    if (base === undefined) throw new NoBase('There is no commit before this one. Name one: --changed=<commit>')
  }
  const lists = await Promise.all([
    git('diff', '--name-only', '--no-renames', '--relative', '-z', base, '--'),
    git('ls-files', '--others', '--exclude-standard', '-z'),
  ])
  const files = [...new Set(lists.flatMap((list) => list.split('\0')))].filter((name) => name !== '').sort()
  const told = (await git('log', '-1', '--format=%h (%s)', base)).trim()
  return { base: told, files }
}

/** The state of a checkout in one word: its commit, `-dirty` behind it where files differ from that; undefined where git knows none. */
export async function stateOf(root: string): Promise<string | undefined> {
  const words = ['describe', '--always', '--exclude=*', '--dirty']
  return (await run('git', words, { cwd: root }).catch(() => undefined))?.stdout.trim() || undefined
}

/** What a lab has that can be touched by itself. */
export async function filesOfLab(root: string, lab: Lab): Promise<LabFiles> {
  const checks = await loadChecks(lab)
  const dir = path.join(lab.dir, 'checks')
  const names = existsSync(dir) ? (await readdir(dir)).filter((name) => name.endsWith('.check.ts')) : []
  const found: LabFiles['checks'] = []
  for (const file of names) {
    // Loaded already: the very same objects.
    const values: unknown[] = Object.values(await import(pathToFileURL(path.join(dir, file)).href))
    for (const check of checks.filter((c) => values.includes(c)))
      found.push({ id: check.id, file, needs: needsOf(check) })
  }
  const [mutants, alternates] = await Promise.all([mutantIds(root, lab), alternateIds(root, lab)])
  return { id: lab.id, folder: lab.folder, checks: found, mutants, alternates }
}

const needsOf = (check: AnyCheck) => Object.values((check.needs ?? {}) as Needs).map((need) => need.id)
