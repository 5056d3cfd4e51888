import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** argon2id with OWASP's second choice: 19 MiB and two passes, some ten milliseconds on one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export type Passwords = Awaited<ReturnType<typeof createPasswords>>

/** Hashes and verifies passwords. Makes a hash before it is ready: see `verify`. */
export async function createPasswords() {
  const nobody = await hash(randomBytes(32), COST)

  return {
    /** A PHC string: algorithm, cost, a salt of its own, hash. */
    hash(password: string): Promise<string> {
      return hash(password, COST)
    },

    /**
     * Whether the password belongs to the stored hash. Where there is none, the work is done all the same, on the hash of a
     * password that nobody has: an address without an account must not answer sooner than one with an account.
     */
    async verify(password: string, stored: string | undefined): Promise<boolean> {
      const usable = stored?.startsWith('$argon2id$') ? stored : undefined
      const same = await verify(usable ?? nobody, password)
      return same && usable !== undefined
    },
  }
}
