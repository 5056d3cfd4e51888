/** Builds a state of a lab in memory and writes it into a folder. */
import { isUtf8 } from 'node:buffer'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { applyPatch, parsePatch } from 'diff'
import { type Exercise, type Lab, type Track, trackDefaults } from '../catalog/index.ts'
import { recipeOf, StateError, type StateName } from './states.ts'

/** A file tree in memory: path with `/` to content, and whether it may be executed. */
export type Tree = Map<string, { content: Buffer; executable: boolean }>

/** All files of a state. One function makes any of them, so that any two can be compared. */
export async function buildState(root: string, lab: Lab, state: StateName, track: Track): Promise<Tree> {
  const recipe = await recipeOf(root, lab, state, track)
  const tree: Tree = new Map()
  for (const layer of recipe.layers) await overlay(tree, layer, path.relative(root, layer))
  for (const patch of recipe.patches) applyTo(tree, await readFile(patch, 'utf8'), path.relative(root, patch))
  // Markdown reads `__LAB__` as bold text, and formatters rewrite it: there the words stand between percent signs.
  const words = {
    __PROJECT__: projectName(lab),
    __LAB__: lab.id,
    __TITLE__: lab.title,
    __TRACK__: track,
    // In compose.yaml, where a list of words may be written as JSON.
    __MIGRATE__: inline(trackDefaults[track].migrate),
    __HEALTHY__: inline(['CMD', ...trackDefaults[track].healthy]),
    '%LAB%': lab.id,
    '%TITLE%': lab.title,
    '%PROJECT%': projectName(lab),
  }
  for (const [name, file] of tree) {
    // Bytes that are no text (an image) stay as they are, whatever they hold.
    if (Object.keys(words).some((word) => file.content.includes(word)) && isUtf8(file.content))
      tree.set(name, { ...file, content: Buffer.from(fill(file.content.toString('utf8'), words)) })
  }
  return tree
}

const inline = (words: readonly string[]) => `[${words.map((word) => JSON.stringify(word)).join(', ')}]`

/** Name of a lab's stack: Compose project, container and image names begin with it. */
export const projectName = (lab: Lab) => `depot-${lab.id.toLowerCase()}`

function fill(text: string, words: Record<string, string>): string {
  return Object.entries(words).reduce((t, [key, value]) => t.replaceAll(key, value), text)
}

/** Lays a folder over the tree: its files, then `.remove` (files to take away), then `.patch` (small changes to files that lie below). */
async function overlay(tree: Tree, dir: string, shown: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(dir, file).split(path.sep).join('/')
    if (name.split('/').includes('node_modules')) continue
    if (name === '.remove' || name === '.patch') continue
    tree.set(name, { content: await readFile(file), executable: ((await stat(file)).mode & 0o100) !== 0 })
  }
  const removals = path.join(dir, '.remove')
  for (const line of existsSync(removals) ? (await readFile(removals, 'utf8')).split('\n') : []) {
    const name = line.trim()
    if (name === '') continue
    if (!tree.delete(name)) throw new StateError(`${removals} removes ${name}, which is not there.`)
  }
  const patch = path.join(dir, '.patch')
  if (existsSync(patch)) applyTo(tree, await readFile(patch, 'utf8'), `${shown}/.patch`)
}

/**
 * The files of a program of an exercise.
 * @param program `starter`, `solution`, `alternates/<id>` or `mutants/<id>`
 * @throws StateError where a patch does not apply, or nothing is there
 */
export async function exerciseProgram({ dir, slug, files, mutants }: Exercise, program: string): Promise<Tree> {
  const mutant = mutants.find(({ id }) => program === `mutants/${id}`)
  const base = mutant?.base === undefined ? 'solution' : `alternates/${mutant.base}`
  const tree: Tree = new Map()
  for (const name of files) {
    const file = path.join(dir, mutant === undefined ? program : base, name)
    if (!existsSync(file)) throw new StateError(`The exercise ${slug} has no ${program}.`)
    tree.set(name, { content: await readFile(file), executable: false })
  }
  if (mutant === undefined) return tree
  const patch = path.join(dir, 'mutants', `${mutant.id}.patch`)
  applyTo(tree, await readFile(patch, 'utf8'), `labs/exercises/${slug}/mutants/${mutant.id}.patch`)
  return tree
}

/** Applies a unified diff without fuzz: a patch that only nearly fits is a patch of another program. */
function applyTo(tree: Tree, patch: string, shown: string): void {
  const parts = partsOf(patch, shown)
  if (parts.every((part) => part.hunks.length === 0)) throw new StateError(`${shown} changes nothing.`)
  for (const part of parts) {
    const [from, to] = [part.oldFileName, part.newFileName].map((n) =>
      n === '/dev/null' ? undefined : n?.replace(/^[ab]\//, '').trim(),
    )
    const name = to ?? from
    if (name === undefined) throw new StateError(`${shown} names no file.`)
    const before = from === undefined ? '' : tree.get(from)?.content.toString('utf8')
    if (before === undefined) throw new StateError(`${shown} changes ${from}, which is not there.`)
    const after = applyPatch(before, part, { fuzzFactor: 0 })
    if (after === false) throw new StateError(`${shown} does not apply to ${name}. Make it anew against the solution.`)
    const executable = tree.get(from ?? name)?.executable ?? false
    if (from !== undefined && from !== to) tree.delete(from)
    if (to !== undefined) tree.set(to, { content: Buffer.from(after), executable })
  }
}

function partsOf(patch: string, shown: string) {
  try {
    return parsePatch(patch)
  } catch (error) {
    throw new StateError(`${shown} is no unified diff: ${(error as Error).message}`)
  }
}

/** Writes a tree into a folder that is empty or not there yet. */
export async function writeTree(tree: Tree, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const [name, { content, executable }] of tree) {
    const file = path.join(dir, ...name.split('/'))
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content, { mode: executable ? 0o755 : 0o644 })
  }
}

/** Is the folder missing or without entries? */
export async function isEmptyFolder(dir: string): Promise<boolean> {
  return !existsSync(dir) || (await readdir(dir)).length === 0
}

/** Removes a folder that this project made. */
export const removeFolder = (dir: string) => rm(dir, { recursive: true, force: true })
