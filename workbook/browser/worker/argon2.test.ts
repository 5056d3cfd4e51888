import * as real from '@node-rs/argon2'
import { expect, test } from 'vitest'
import * as page from './argon2.ts'

const cases: page.Options[] = [
  {},
  { memoryCost: 8_192, timeCost: 3, parallelism: 2, outputLen: 24 },
  { algorithm: page.Algorithm.Argon2i, memoryCost: 1_024, timeCost: 4 },
  { memoryCost: 64, timeCost: 1, secret: new TextEncoder().encode('pepper') },
]

test.each(cases)('%o: the same hash, and each verifies the other’s', async (options) => {
  const salt = new Uint8Array(16).fill(7)
  const password = 'correct horse ü'
  const theirs = await real.hash(password, { ...options, salt: Buffer.from(salt) } as real.Options)
  expect(await page.hash(password, { ...options, salt })).toBe(theirs)
  expect(await page.verify(theirs, password, options)).toBe(true)
  expect(await page.verify(theirs, `${password}x`, options)).toBe(false)
  expect(await real.verify(await page.hash(password, options), password, options as real.Options)).toBe(true)
  expect(await page.hashRaw(password, { ...options, salt })).toEqual(
    await real.hashRaw(password, { ...options, salt: Buffer.from(salt) } as real.Options),
  )
})

test('no hash: both throw', async () => {
  await expect(real.verify('x', 'y')).rejects.toThrow()
  await expect(page.verify('x', 'y')).rejects.toThrow()
})
