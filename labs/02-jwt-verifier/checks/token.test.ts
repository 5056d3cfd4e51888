import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { selfSigned } from './certificate.ts'
import { flipped, hmac, objectOf, part, partsOf, rs256, signedBy } from './token.ts'

const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

describe('tokens by hand', () => {
  test('an RS256 token verifies, and no longer once a bit is changed', () => {
    const [head, body, signature] = partsOf(rs256({ alg: 'RS256' }, { sub: 'a' }, privateKey))
    const good = (h: string, b: string, s: string) =>
      verify('sha256', Buffer.from(`${h}.${b}`), createPublicKey(privateKey), Buffer.from(s, 'base64url'))
    expect(good(head, body, signature)).toBe(true)
    expect(
      good(
        head,
        flipped(body, (n) => n - 2),
        signature,
      ),
    ).toBe(false)
    expect(
      good(
        head,
        body,
        flipped(signature, (n) => n - 1),
      ),
    ).toBe(false)
    expect(objectOf(body)).toEqual({ sub: 'a' })
    expect(signedBy(`${head}.${body}.${signature}`, privateKey)).toBe(true)
    expect(signedBy(`${head}.${body}.${'A'.repeat(342)}`, privateKey)).toBe(false)
  })
  test('an HMAC follows its bits', () => {
    expect(Buffer.from(partsOf(hmac(512, { alg: 'HS512' }, {}, 'secret'))[2], 'base64url')).toHaveLength(64)
  })
  test('what is no object is none', () => {
    expect([objectOf(part('[1]')), objectOf(part('{"exp":NaN}')), objectOf('')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

test('the certificate is one, of that key and signed by it', () => {
  const certificate = new X509Certificate(selfSigned(privateKey, 'depot'))
  expect(certificate.subject).toBe('CN=depot')
  expect(certificate.verify(createPublicKey(privateKey))).toBe(true)
  expect(certificate.publicKey.export({ type: 'spki', format: 'pem' })).toEqual(
    createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }),
  )
  expect(new Date(certificate.validTo).getTime()).toBeGreaterThan(Date.now())
})
