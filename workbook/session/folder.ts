import path from 'node:path'
import { labFolders } from '../catalog/index.ts'
import { readJson } from '../stack/files.ts'

/** The lab that a folder belongs to: by its place in `workspace/`, or by what its course.json says. */
export async function labOfFolder(root: string, folder: string | undefined): Promise<string | undefined> {
  if (folder === undefined) return undefined
  const [first, second] = path.relative(root, path.resolve(folder)).split(path.sep)
  if (first === 'workspace' && second !== undefined) return (await labFolders(root)).find((name) => name === second)
  return (await readJson<{ lab?: string }>(path.join(folder, 'course.json')))?.lab
}
