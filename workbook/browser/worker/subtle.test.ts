import { webcrypto } from 'node:crypto'
import { MessageChannel } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { serveSubtle } from '../host/subtle.ts'
import { provideSubtle } from './subtle.ts'

// The Worker's `crypto` lacks what an insecure context lacks; the page's side is given the real one.
const { port1, port2 } = new MessageChannel()
const real = webcrypto.subtle
const RealKey = globalThis.CryptoKey
const bare: { getRandomValues: unknown; subtle?: SubtleCrypto; randomUUID?: () => string } = {
  getRandomValues: webcrypto.getRandomValues.bind(webcrypto),
}

beforeAll(() => {
  vi.stubGlobal('crypto', bare)
  provideSubtle(port1 as unknown as MessagePort)
  const proxied = bare.subtle
  // The other side of the port, which has the real one.
  vi.stubGlobal('crypto', { subtle: real, getRandomValues: bare.getRandomValues })
  vi.stubGlobal('CryptoKey', RealKey)
  serveSubtle(port2 as unknown as MessagePort)
  vi.stubGlobal('proxied', proxied)
})
afterAll(() => {
  port1.close()
  vi.unstubAllGlobals()
})

const subtle = () => (globalThis as unknown as { proxied: SubtleCrypto }).proxied

test('a digest is the same, of a view of a larger buffer too', async () => {
  const bytes = new TextEncoder().encode('--abc--').subarray(2, 5)
  expect(new Uint8Array(await subtle().digest('SHA-256', bytes))).toEqual(
    new Uint8Array(await real.digest('SHA-256', bytes)),
  )
})

test('keys are made, used, and exported as far as they may be', async () => {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  }
  const pair = await subtle().generateKey(algorithm, false, ['sign', 'verify'])
  expect(String(pair.privateKey)).toBe('[object CryptoKey]')
  expect(pair.privateKey).toMatchObject({ type: 'private', extractable: false, usages: ['sign'] })
  const data = new TextEncoder().encode('text')
  const signature = await subtle().sign('RSASSA-PKCS1-v1_5', pair.privateKey, data)
  expect(await subtle().verify('RSASSA-PKCS1-v1_5', pair.publicKey, signature, data)).toBe(true)
  // What the real one says of the exported public key.
  const jwk = await subtle().exportKey('jwk', pair.publicKey)
  const known = await real.importKey('jwk', jwk as JsonWebKey, algorithm, true, ['verify'])
  expect(await real.verify('RSASSA-PKCS1-v1_5', known, signature, data)).toBe(true)
  await expect(subtle().exportKey('jwk', pair.privateKey)).rejects.toMatchObject({ name: 'InvalidAccessError' })
})

test('a key inside of an algorithm crosses too', async () => {
  const make = () => subtle().generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const [a, b] = [await make(), await make()]
  const one = await subtle().deriveBits({ name: 'ECDH', public: b.publicKey }, a.privateKey, 256)
  const two = await subtle().deriveBits({ name: 'ECDH', public: a.publicKey }, b.privateKey, 256)
  expect(new Uint8Array(one)).toEqual(new Uint8Array(two))
})

test('randomUUID has its form', () => {
  expect(bare.randomUUID?.()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
