/** Reads stored password hashes: PHC strings, bcrypt, and Django's `algorithm$…` forms. */

export type HashCost =
  | { scheme: 'argon2id'; memory: number; passes: number; lanes: number }
  | { scheme: 'scrypt'; n: number; r: number; p: number }
  | { scheme: 'bcrypt'; cost: number }
  | { scheme: 'pbkdf2'; digest: 'sha256' | 'sha512'; iterations: number }

/** The cost a stored hash states; undefined when it is none of the forms of clause storage.3. */
export function parseHash(stored: string): HashCost | undefined {
  const text = stored.replace(/^(argon2|bcrypt_sha256|bcrypt)\$(?=argon2|\$)/, (all) =>
    all.startsWith('argon2') ? '$' : '',
  )
  return argon2(text) ?? scrypt(text) ?? bcrypt(text) ?? pbkdf2(text)
}

function argon2(text: string): HashCost | undefined {
  const match = /^\$argon2id\$(?:v=\d+\$)?([a-z0-9=,]+)\$[^$]+\$[^$]+$/.exec(text)
  const p = params(match?.[1])
  return p?.m && p.t && p.p ? { scheme: 'argon2id', memory: p.m, passes: p.t, lanes: p.p } : undefined
}

function scrypt(text: string): HashCost | undefined {
  const phc = /^\$scrypt\$([A-Za-z0-9=,]+)\$[^$]+\$[^$]+$/.exec(text)
  const p = params(phc?.[1])
  const n = p?.ln ? 2 ** p.ln : p?.n
  if (p && n && p.r && p.p) return { scheme: 'scrypt', n, r: p.r, p: p.p }
  const django = /^scrypt\$(\d+)\$[^$]+\$(\d+)\$(\d+)\$[^$]+$/.exec(text)
  return django ? { scheme: 'scrypt', n: Number(django[1]), r: Number(django[2]), p: Number(django[3]) } : undefined
}

function bcrypt(text: string): HashCost | undefined {
  const match = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text)
  if (match) return { scheme: 'bcrypt', cost: Number(match[1]) }
  // passlib: bcrypt over an HMAC, in PHC form
  const sha = /^\$bcrypt-sha256\$v=\d+,t=2[ab],r=(\d+)\$[^$]+\$[^$]+$/.exec(text)
  return sha ? { scheme: 'bcrypt', cost: Number(sha[1]) } : undefined
}

function pbkdf2(text: string): HashCost | undefined {
  const match = /^\$?pbkdf2[-_](sha256|sha512)\$(?:i=)?(\d+)(?:,l=\d+)?\$[^$]+\$[^$]+$/.exec(text)
  return match ? { scheme: 'pbkdf2', digest: match[1] as 'sha256' | 'sha512', iterations: Number(match[2]) } : undefined
}

function params(text: string | undefined): Record<string, number> | undefined {
  if (text === undefined) return undefined
  return Object.fromEntries(
    text
      .split(',')
      .map((pair) => pair.split('='))
      .map(([key, value]) => [key?.toLowerCase(), Number(value)]),
  )
}

/** OWASP's equivalent choices (Password Storage Cheat Sheet), each a floor. */
const argon2Floors = [
  [47104, 1],
  [19456, 2],
  [12288, 3],
  [9216, 4],
  [7168, 5],
] as const
const scryptFloors = [
  [2 ** 17, 1],
  [2 ** 16, 2],
  [2 ** 15, 3],
  [2 ** 14, 5],
  [2 ** 13, 10],
] as const

/** Does the stated cost reach one of the floors? */
export function costSuffices(cost: HashCost): boolean {
  switch (cost.scheme) {
    case 'argon2id':
      return argon2Floors.some(([m, t]) => cost.memory >= m && cost.passes >= t)
    case 'scrypt':
      return cost.r >= 8 && scryptFloors.some(([n, p]) => cost.n >= n && cost.p >= p)
    case 'bcrypt':
      return cost.cost >= 10
    case 'pbkdf2':
      return cost.iterations >= (cost.digest === 'sha256' ? 600_000 : 210_000)
  }
}

/** `argon2id m=19456 t=2 p=1` */
export function describeCost(cost: HashCost): string {
  switch (cost.scheme) {
    case 'argon2id':
      return `argon2id m=${cost.memory} t=${cost.passes} p=${cost.lanes}`
    case 'scrypt':
      return `scrypt N=${cost.n} r=${cost.r} p=${cost.p}`
    case 'bcrypt':
      return `bcrypt ${cost.cost}`
    case 'pbkdf2':
      return `PBKDF2-${cost.digest.toUpperCase()} ${cost.iterations}`
  }
}
