/**
 * A folder of signing keys that the grader owns: `<kid>.pem` is an RSA private key (PKCS#8), `current` a regular file with the kid that signs.
 * Filled anew for each start of a stack, rewritten while the API runs. A file appears whole, by a rename from a folder beside it.
 */
import { generateKeyPair, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const generate = promisify(generateKeyPair)

/** What a folder of keys holds. */
export interface KeyFolder {
  /** The kid that signs. */
  current: string
  /** Private keys as PEM, by kid. */
  keys: Record<string, string>
}

/** So many keys a fresh folder holds: one that signs, one that only verifies still. */
const FRESH = 2

/** Fills a folder with fresh keys; what was in it is gone. */
export async function writeFreshKeys(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true })
  // Read by a program in a container that runs under another user.
  await mkdir(dir, { recursive: true, mode: 0o755 })
  const kids = await Promise.all(Array.from({ length: FRESH }, () => addKey(dir)))
  await signWith(dir, kids[0] as string)
}

/** Adds a fresh key that does not sign yet. Gives its kid. */
export async function addKey(dir: string): Promise<string> {
  const kid = `k${randomBytes(5).toString('hex')}`
  const { privateKey } = await generate('rsa', { modulusLength: 2048 })
  await place(dir, `${kid}.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return kid
}

/** Makes a key the one that signs. */
export const signWith = (dir: string, kid: string): Promise<void> => place(dir, 'current', `${kid}\n`)

export const removeKey = (dir: string, kid: string): Promise<void> => rm(path.join(dir, `${kid}.pem`))

/**
 * Reads a folder of keys.
 * @throws the system's error where there is none, or no `current`
 */
export async function readKeys(dir: string): Promise<KeyFolder> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.pem')).sort()
  const texts = await Promise.all(names.map((name) => readFile(path.join(dir, name), 'utf8')))
  const current = (await readFile(path.join(dir, 'current'), 'utf8')).trim()
  return { current, keys: Object.fromEntries(names.map((name, i) => [name.slice(0, -4), texts[i] as string])) }
}

/** Makes a folder hold what it held before. True where something had changed. */
export async function restoreKeys(dir: string, before: KeyFolder): Promise<boolean> {
  const now = await readKeys(dir)
  const added = Object.keys(now.keys).filter((kid) => !(kid in before.keys))
  const gone = Object.entries(before.keys).filter(([kid]) => !(kid in now.keys))
  // What `current` names is there at every moment.
  for (const [kid, pem] of gone) await place(dir, `${kid}.pem`, pem)
  if (now.current !== before.current) await signWith(dir, before.current)
  for (const kid of added) await removeKey(dir, kid)
  return added.length + gone.length > 0 || now.current !== before.current
}

async function place(dir: string, name: string, content: string): Promise<void> {
  const aside = `${dir}.next`
  await mkdir(aside, { recursive: true })
  const file = path.join(aside, `${randomBytes(6).toString('hex')}-${name}`)
  await writeFile(file, content, { mode: 0o644 })
  await rename(file, path.join(dir, name))
}
