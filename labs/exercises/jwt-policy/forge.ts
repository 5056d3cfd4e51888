/** A house with two keys and its policy, and tokens: good ones, and forgeries that differ from them in one thing. */
import { base64url, exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK } from 'jose'
import type { ExerciseContext, Outcome } from '../../../workbook/grader/index.ts'

export type Json = Record<string, unknown>

/** What `verify` gets beside the token. */
export interface Policy {
  issuer: string
  audience: string
  type: string
  leeway: number
  algorithms: Record<string, string>
}

/** A key pair; the private part as a JWK, so that it can be used with an algorithm that it is not for. */
interface Pair {
  public: JWK
  private: JWK
}

async function pair(alg: string, kid: string): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const own = { alg, kid, use: 'sig' }
  return {
    public: { ...(await exportJWK(publicKey)), ...own },
    private: { ...(await exportJWK(privateKey)) },
  }
}

/** The keys of a run, with names of its own. An RSA pair takes a tenth of a second, so checks share them. */
async function keysOfRun() {
  const word = crypto.randomUUID().slice(0, 6)
  const [rsaKid, ecKid] = [`r-${word}`, `e-${word}`]
  const [rsa, ec, eve] = await Promise.all([pair('RS256', rsaKid), pair('ES256', ecKid), pair('ES256', 'eve')])
  return { rsa, ec, eve, rsaKid, ecKid }
}

const encoder = new TextEncoder()

/** JSON as a part of a token. */
export const part = (value: unknown) => base64url.encode(JSON.stringify(value))

/** How WebCrypto is told the algorithms that the forger uses. */
const ALGORITHMS: Record<string, { name: string; hash?: string; saltLength?: number }> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  RS512: { name: 'RSASSA-PKCS1-v1_5' },
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
}

/** A token with any header, signed by a private key under any algorithm. */
export async function signed(header: Json, claims: Json, key: JWK, alg: string): Promise<string> {
  const text = `${part(header)}.${part(claims)}`
  const imported = (await importJWK({ ...key, alg }, alg)) as CryptoKey
  const algorithm = ALGORITHMS[alg]
  if (algorithm === undefined) throw new Error(`The forger does not know ${alg}.`)
  const mark = await crypto.subtle.sign(algorithm, imported, encoder.encode(text))
  return `${text}.${base64url.encode(new Uint8Array(mark))}`
}

/** A token with a MAC under a secret. */
export async function maced(header: Json, claims: Json, secret: Uint8Array<ArrayBuffer>): Promise<string> {
  const text = `${part(header)}.${part(claims)}`
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', secret, hmac, false, ['sign'])
  return `${text}.${base64url.encode(new Uint8Array(await crypto.subtle.sign(hmac, key, encoder.encode(text))))}`
}

/** The same token with another part in a place. */
export function replaced(token: string, index: 0 | 1 | 2, text: string): string {
  const parts = token.split('.')
  parts[index] = text
  return parts.join('.')
}

type Kit = Pick<ExerciseContext<never>, 'call' | 'rng' | 'once'>

/** Everything a check needs: names drawn for it, keys drawn for the run, and good tokens. */
export async function house({ call, rng, once }: Kit, now = Math.floor(Date.now() / 1000)) {
  const { rsa, ec, eve, rsaKid, ecKid } = await once('keys', keysOfRun)
  const word = rng.text(6)
  const policy: Policy = {
    issuer: `https://${word}.example`,
    audience: `${rng.text(5)}-api`,
    type: 'at+jwt',
    leeway: rng.int(20, 40),
    algorithms: { [rsaKid]: 'RS256', [ecKid]: 'ES256' },
  }
  // In a drawn order: no key is the one that others stand in for.
  const keys = new Map(
    rng.shuffle([
      [rsaKid, rsa.public],
      [ecKid, ec.public],
    ] as [string, JWK][]),
  )
  const claims: Json = {
    iss: policy.issuer,
    aud: policy.audience,
    sub: `u-${rng.int(100, 999)}`,
    role: 'member',
    iat: now - 10,
    exp: now + 300,
  }
  const heads = {
    rsa: { alg: 'RS256', typ: policy.type, kid: rsaKid } as Json,
    ec: { alg: 'ES256', typ: policy.type, kid: ecKid } as Json,
  }
  const mint = {
    /** Signed by the RSA key, under RS256. */
    rsa: (header: Json = {}, more: Json = {}) =>
      signed({ ...heads.rsa, ...header }, { ...claims, ...more }, rsa.private, 'RS256'),
    /** Signed by the key on the curve, under ES256. */
    ec: (header: Json = {}, more: Json = {}) =>
      signed({ ...heads.ec, ...header }, { ...claims, ...more }, ec.private, 'ES256'),
    /** Signed by Eve, who says that it is the key on the curve. */
    eve: (header: Json = {}, more: Json = {}) =>
      signed({ ...heads.ec, ...header }, { ...claims, ...more }, eve.private, 'ES256'),
    /** Signed by the RSA key, under another algorithm. */
    under: (alg: string) => signed({ ...heads.rsa, alg }, claims, rsa.private, alg),
  }
  const spki = await exportSPKI((await importJWK(rsa.public, 'RS256')) as CryptoKey)
  return {
    policy,
    keys,
    claims,
    heads,
    mint,
    now,
    eve: eve.public,
    /** Texts of the public RSA key that a program may take for a secret. */
    texts: {
      PEM: spki,
      'PEM with a line break at its end': `${spki}\n`,
      'JSON of the JWK': JSON.stringify(rsa.public),
      'modulus, as in the JWK': rsa.public.n ?? '',
    } as Record<string, string>,
    /** Calls the learner's function. */
    ask: (token: unknown, at = now): Promise<Outcome> => call('verify', token, policy, keys, at),
  }
}

/** The claims of a token came back: at least whose it is, and what for. */
export const gives = (claims: Json) => (value: unknown) => {
  const got = (value ?? {}) as Json
  return ['sub', 'role', 'iss', 'exp'].every((name) => got[name] === claims[name])
}
