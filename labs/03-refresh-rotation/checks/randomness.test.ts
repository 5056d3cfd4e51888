import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { randomnessOf } from './randomness.ts'

const many = (make: (i: number) => string) => Array.from({ length: 36 }, (_, i) => make(i))
const enough = (tokens: string[]) => randomnessOf(tokens).bits >= 120

test.each<[string, (i: number) => string]>([
  ['32 bytes as Base64url', () => randomBytes(32).toString('base64url')],
  ['16 bytes as Base64url', () => randomBytes(16).toString('base64url')],
  ['16 bytes as hexadecimal', () => randomBytes(16).toString('hex')],
  ['a UUID of version 4', () => randomUUID()],
  ['a label before 16 bytes', () => `depot_rt_v1.${randomBytes(16).toString('base64url')}`],
  ['an id of the family and a secret', () => `${randomUUID()}.${randomBytes(24).toString('base64url')}`],
  [
    'a signed token with a counter',
    (i) =>
      `eyJhbGciOiJIUzI1NiJ9.${btoa(`{"n":${1000 + i}}`)}.${createHmac('sha256', 'k').update(`${i}`).digest('base64url')}`,
  ],
])('%s is enough, in 200 draws', (_, make) => {
  for (let i = 0; i < 200; i++) expect(enough(many(make))).toBe(true)
})

test.each<[string, (i: number) => string]>([
  ['one Math.random', () => Math.random().toString(36).slice(2).padEnd(12, '0')],
  ['a counter', (i) => String(100_000 + i).padStart(32, '0')],
  ['a clock', (i) => `session-${1_790_000_000_000 + i * 37}-${'a'.repeat(40)}`],
  ['8 bytes as hexadecimal, with a long label', () => `refresh-token-of-depot-${randomBytes(8).toString('hex')}`],
  ['8 bytes as Base64url', () => randomBytes(8).toString('base64url')],
])('%s is not, in 200 draws', (_, make) => {
  for (let i = 0; i < 200; i++) expect(enough(many(make))).toBe(false)
})
