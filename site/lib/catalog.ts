/** The catalogue for components: loaded once per build. */

import { root } from 'astro:config/server'
import { fileURLToPath } from 'node:url'
import { type Catalog, didYouMean, type Exercise, type Lab, loadCatalog } from '../../workbook/catalog/index.ts'

/** Absolute path of the checkout. */
export const rootDir = fileURLToPath(root)

let loaded: Promise<Catalog> | undefined

/** The catalogue. In `astro dev` it is read again for each page, so that an edit shows. */
export function catalog(): Promise<Catalog> {
  if (import.meta.env.DEV) return loadCatalog(rootDir)
  loaded ??= loadCatalog(rootDir)
  return loaded
}

/** The lab that a component names; a wrong id ends the build with the page that has it. */
export async function labOf(id: string, component: string, page: string): Promise<Lab> {
  const { labs } = await catalog()
  const lab = labs.find((l) => l.id === id)
  if (lab !== undefined) return lab
  const near = didYouMean(
    id,
    labs.map((l) => l.id),
  )
  throw new Error(`${page}: <${component} lab="${id}"> names no lab.${near ? ` Did you mean ${near}?` : ''}`)
}

/** A page for each exercise with code, as `getStaticPaths` gives them. */
export async function exercisePaths(): Promise<{ params: { slug: string }; props: { exercise: Exercise } }[]> {
  const { exercises } = await catalog()
  return exercises
    .filter(({ files }) => files.length > 0)
    .map((exercise) => ({ params: { slug: exercise.slug }, props: { exercise } }))
}
