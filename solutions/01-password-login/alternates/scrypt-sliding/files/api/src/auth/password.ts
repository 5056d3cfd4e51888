import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** OWASP's first choice for scrypt: N = 2^17, which takes 128 MiB. */
const COST = { ln: 17, r: 8, p: 1 }
const HASH_BYTES = 32

type Cost = typeof COST

export type Passwords = Awaited<ReturnType<typeof createPasswords>>

/** Hashes and verifies passwords. */
export async function createPasswords() {
  const nobody = await hash(randomBytes(16).toString('hex'))

  return {
    hash,

    /** Whether the password belongs to the stored hash; the same work where there is none. */
    async verify(password: string, stored: string | undefined): Promise<boolean> {
      const wanted = (stored === undefined ? undefined : parse(stored)) ?? parse(nobody)
      if (wanted === undefined) return false
      const found = await derive(password, wanted.salt, wanted.cost)
      return timingSafeEqual(found, wanted.hash) && stored !== undefined
    },
  }
}

async function hash(password: string): Promise<string> {
  const salt = randomBytes(16)
  const derived = await derive(password, salt, COST)
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${base64(salt)}$${base64(derived)}`
}

/** A PHC string of ours taken apart. */
function parse(phc: string): { cost: Cost; salt: Buffer; hash: Buffer } | undefined {
  const [, ln, r, p, salt, hash] = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]{43})$/.exec(phc) ?? []
  if (salt === undefined || hash === undefined) return undefined
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
}

/** NFKC first, so that a password typed on another keyboard gives the same bytes (NIST SP 800-63B-4). */
function derive(password: string, salt: Buffer, { ln, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** ln
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, derived) =>
      error ? reject(error) : resolve(derived),
    )
  })
}

/** As the PHC string format wants it: without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
