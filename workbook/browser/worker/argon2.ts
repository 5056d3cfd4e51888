/**
 * `@node-rs/argon2` on hash-wasm: the same parameters, the same encoded hashes (PHC string format), slower. What it does not have is not here either.
 */
import { argon2d, argon2i, argon2id } from 'hash-wasm'

export const Algorithm = { Argon2d: 0, Argon2i: 1, Argon2id: 2 } as const
export const Version = { V0x10: 0, V0x13: 1 } as const

/** As in `@node-rs/argon2`; its defaults too. */
export interface Options {
  /** KiB. */
  memoryCost?: number
  timeCost?: number
  outputLen?: number
  parallelism?: number
  algorithm?: number
  version?: number
  secret?: Uint8Array
  salt?: Uint8Array
}

type Password = string | Uint8Array

const functions = [argon2d, argon2i, argon2id]

/** @returns `$argon2id$v=19$m=…,t=…,p=…$salt$hash` */
export async function hash(password: Password, options: Options = {}): Promise<string> {
  const { memoryCost = 19_456, timeCost = 2, outputLen = 32, parallelism = 1, algorithm = 2, version = 1 } = options
  if (version !== 1) throw new Error('argon2 of version 1.0 cannot be had in the page')
  const make = functions[algorithm]
  if (make === undefined) throw new Error(`there is no algorithm ${algorithm}`)
  return make({
    password,
    salt: options.salt ?? crypto.getRandomValues(new Uint8Array(16)),
    iterations: timeCost,
    memorySize: memoryCost,
    parallelism,
    hashLength: outputLen,
    outputType: 'encoded',
    ...(options.secret === undefined ? {} : { secret: options.secret }),
  })
}

/** As `hash`, as bytes alone. */
export async function hashRaw(password: Password, options: Options = {}): Promise<Buffer> {
  const encoded = await hash(password, options)
  return Buffer.from(encoded.slice(encoded.lastIndexOf('$') + 1), 'base64')
}

const ENCODED = /^\$argon2(d|i|id)\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** @throws where `encoded` is no hash of argon2 */
export async function verify(
  encoded: string | Uint8Array,
  password: Password,
  options: Options = {},
): Promise<boolean> {
  const text = typeof encoded === 'string' ? encoded : new TextDecoder().decode(encoded)
  const [, kind, memory, time, lanes, salt = '', expected = ''] = ENCODED.exec(text) ?? []
  if (kind === undefined) throw new Error('Invalid hashed password: password hash string missing field')
  const again = await hashRaw(password, {
    ...options,
    algorithm: ['d', 'i', 'id'].indexOf(kind),
    memoryCost: Number(memory),
    timeCost: Number(time),
    parallelism: Number(lanes),
    salt: new Uint8Array(Buffer.from(salt, 'base64')),
    outputLen: Buffer.from(expected, 'base64').length,
  })
  const wanted = Buffer.from(expected, 'base64')
  let differs = 0
  for (const [i, byte] of wanted.entries()) differs |= byte ^ (again[i] ?? -1)
  return differs === 0
}
