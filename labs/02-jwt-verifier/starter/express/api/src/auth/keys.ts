import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'

export type Keys = Awaited<ReturnType<typeof createKeys>>

/** The folder of signing keys: a file for each, and `current`, which names the one that signs. */
export async function createKeys(dir: string, log: Log) {
  const current = readFileSync(join(dir, 'current'), 'utf8').trim()
  log.info('signing key', { kid: current })

  /** A private key as PEM. */
  const read = (kid: string) => readFileSync(join(dir, `${kid}.pem`), 'utf8')

  return {
    current,
    read,
    /** What others need to verify our tokens, as a JWK set. */
    published() {
      const jwk = createPublicKey(read(current)).export({ format: 'jwk' })
      return [{ ...jwk, kid: current, use: 'sig', alg: 'RS256' }]
    },
  }
}
