/** The states of a lab: which programs exist for it, by name. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import {
  type AlternateData,
  alternateSchema,
  type CheatData,
  cheatSchema,
  didYouMean,
  type Lab,
  labFolders,
  type MutantData,
  mutantSchema,
  readData,
  type Track,
} from '../catalog/index.ts'

/** `starter`, `solution`, or one of the named programs. */
export type StateName =
  | { kind: 'starter' }
  | { kind: 'solution' }
  | { kind: 'alternate'; id: string }
  | { kind: 'mutant'; id: string }
  | { kind: 'cheat'; id: string }

/** A state that cannot be named or built: the person's words, or a patch that does not apply. */
export class StateError extends Error {
  override name = 'StateError'
}

/** Reads `starter`, `solution`, `alternate:<id>`, `mutant:<id>` or `cheat:<id>`. */
export async function parseState(root: string, lab: Lab, text: string): Promise<StateName> {
  const [kind, id] = [text.split(':')[0], text.includes(':') ? text.slice(text.indexOf(':') + 1) : undefined]
  if ((kind === 'starter' || kind === 'solution') && id === undefined) return { kind }
  if (kind === 'alternate' || kind === 'mutant' || kind === 'cheat') {
    const known = await { alternate: alternateIds, mutant: mutantIds, cheat: cheatIds }[kind](root, lab)
    if (id !== undefined && known.includes(id)) return { kind, id }
    const near = id === undefined ? undefined : didYouMean(id, known)
    throw new StateError(
      `${lab.id} has no ${kind} "${id ?? ''}".${near ? ` Did you mean ${kind}:${near}?` : ''} There are: ${known.join(', ')}.`,
    )
  }
  const near = didYouMean(kind ?? '', ['starter', 'solution', 'alternate', 'mutant', 'cheat'])
  throw new StateError(
    `"${text}" names no state.${near ? ` Did you mean ${near}?` : ''} Use starter, solution, alternate:<id>, mutant:<id> or cheat:<id>.`,
  )
}

const solutions = (root: string, lab: Lab) => path.join(root, 'solutions', lab.folder)

export const alternateIds = (root: string, lab: Lab) => folders(path.join(solutions(root, lab), 'alternates'))
export const mutantIds = (root: string, lab: Lab) => folders(path.join(solutions(root, lab), 'mutants'))

export const cheatIds = (root: string, lab: Lab) => folders(path.join(solutions(root, lab), 'cheats'))

export async function loadCheat(root: string, lab: Lab, id: string): Promise<CheatData & { dir: string }> {
  const dir = path.join(solutions(root, lab), 'cheats', id)
  const shown = path.relative(root, path.join(dir, 'cheat.yaml'))
  const data = await readData(path.join(dir, 'cheat.yaml'), shown, cheatSchema)
  if (data.id !== id) throw new StateError(`${shown} says id ${data.id}; the folder is called ${id}.`)
  return { ...data, dir }
}

export async function loadAlternate(root: string, lab: Lab, id: string): Promise<AlternateData & { dir: string }> {
  const dir = path.join(solutions(root, lab), 'alternates', id)
  const shown = path.relative(root, path.join(dir, 'alternate.yaml'))
  const data = await readData(path.join(dir, 'alternate.yaml'), shown, alternateSchema)
  if (data.id !== id) throw new StateError(`${shown} says id ${data.id}; the folder is called ${id}.`)
  return { ...data, dir }
}

export async function loadMutant(root: string, lab: Lab, id: string): Promise<MutantData & { dir: string }> {
  const dir = path.join(solutions(root, lab), 'mutants', id)
  const data = await readData(
    path.join(dir, 'mutant.yaml'),
    path.relative(root, path.join(dir, 'mutant.yaml')),
    mutantSchema,
  )
  if (data.id !== id)
    throw new StateError(`${path.relative(root, dir)}/mutant.yaml says id ${data.id}; the folder is called ${id}.`)
  return { ...data, dir }
}

async function folders(dir: string): Promise<string[]> {
  if (!existsSync(dir)) return []
  return (await readdir(dir, { withFileTypes: true }))
    .filter((e) => e.isDirectory())
    .map((e) => e.name)
    .sort()
}

/** The tracks of a lab that a mutant is there for: those that it has a patch for. */
export const tracksOfMutant = (lab: Lab, mutant: { dir: string }): Track[] =>
  lab.tracks.filter((track) => existsSync(path.join(mutant.dir, `${track}.patch`)))

/** The tracks that an alternate is run for: those that it has files for; one of another framework stands beside the lab's first. */
export const tracksOfAlternate = (lab: Lab, alternate: AlternateData & { dir: string }): Track[] =>
  lab.tracks.filter((track, i) =>
    alternate.track === track || (i === 0 && alternate.track === 'other')
      ? true
      : alternate.kind === 'overlay' && existsSync(path.join(alternate.dir, track)),
  )

/** Folders laid over each other, lowest first, that make up a state; patches come afterwards. */
export interface Recipe {
  layers: string[]
  patches: string[]
}

/** How a state is put together. Every layer exists on disk. */
export async function recipeOf(root: string, lab: Lab, state: StateName, track: Track): Promise<Recipe> {
  const below = [...partsOf(root, lab, track), ...(await earlierSolutions(root, lab, track))]
  const solution = path.join(solutions(root, lab), track)
  // A program in another framework shares what belongs to no track.
  const alone = partsOf(root, { ...lab, base: lab.base.filter((part) => !part.includes('{track}')) }, track)
  switch (state.kind) {
    case 'starter':
      return exists({ layers: [...below, path.join(lab.dir, 'starter', track)], patches: [] })
    case 'solution':
      return exists({ layers: [...below, solution], patches: [] })
    case 'alternate': {
      const alternate = await loadAlternate(root, lab, state.id)
      // An overlay can be there for several tracks: the one it names has its files in `files`, another in a folder of its name.
      const own = alternate.kind === 'standalone' || alternate.track === track
      const under = alternate.kind === 'overlay' ? [...below, solution] : alone
      return exists({ layers: [...under, path.join(alternate.dir, own ? 'files' : track)], patches: [] })
    }
    case 'cheat': {
      const cheat = await loadCheat(root, lab, state.id)
      const under = cheat.kind === 'overlay' ? [...below, solution] : alone
      return exists({ layers: [...under, path.join(cheat.dir, 'files')], patches: [] })
    }
    case 'mutant': {
      const mutant = await loadMutant(root, lab, state.id)
      const base = await recipeOf(
        root,
        lab,
        mutant.base === undefined ? { kind: 'solution' } : { kind: 'alternate', id: mutant.base },
        track,
      )
      return exists({ layers: base.layers, patches: [path.join(mutant.dir, `${track}.patch`)] })
    }
  }
}

const partsOf = (root: string, lab: Lab, track: Track) =>
  lab.base.map((part) => path.join(root, 'labs', 'depot', part.replace('{track}', track)))

/** The solutions of the labs that this one goes on from, lowest first. */
async function earlierSolutions(root: string, lab: Lab, track: Track): Promise<string[]> {
  if (lab.after.length === 0) return []
  const known = await labFolders(root)
  return lab.after.map((id) => {
    const folder = known.find((name) => name.startsWith(`${id.slice(1)}-`))
    if (folder === undefined) throw new StateError(`${lab.id} goes on from ${id}, and there is no such lab.`)
    return path.join(root, 'solutions', folder, track)
  })
}

function exists(recipe: Recipe): Recipe {
  const missing = [...recipe.layers, ...recipe.patches].find((p) => !existsSync(p))
  if (missing !== undefined) throw new StateError(`This state is not there for this track: ${missing} does not exist.`)
  return recipe
}
