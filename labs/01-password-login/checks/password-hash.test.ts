import { describe, expect, test } from 'vitest'
import { costSuffices, describeCost, type HashCost, parseHash } from './password-hash.ts'

const salt = 'c2FsdHNhbHRzYWx0'
const hash = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaA'
const bcrypt = 'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'

describe('a stored hash tells its cost', () => {
  test.each<[string, HashCost]>([
    [`$argon2id$v=19$m=19456,t=2,p=1$${salt}$${hash}`, { scheme: 'argon2id', memory: 19456, passes: 2, lanes: 1 }],
    [`$argon2id$m=65536,t=3,p=4$${salt}$${hash}`, { scheme: 'argon2id', memory: 65536, passes: 3, lanes: 4 }],
    // Django puts the name of its hasher in front.
    [
      `argon2$argon2id$v=19$m=102400,t=2,p=8$${salt}$${hash}`,
      { scheme: 'argon2id', memory: 102400, passes: 2, lanes: 8 },
    ],
    [`$scrypt$ln=17,r=8,p=1$${salt}$${hash}`, { scheme: 'scrypt', n: 131072, r: 8, p: 1 }],
    [`$scrypt$N=16384,r=8,p=5$${salt}$${hash}`, { scheme: 'scrypt', n: 16384, r: 8, p: 5 }],
    [`scrypt$16384$${salt}$8$5$${hash}==`, { scheme: 'scrypt', n: 16384, r: 8, p: 5 }],
    [`$2b$12$${bcrypt}`, { scheme: 'bcrypt', cost: 12 }],
    [`$2a$10$${bcrypt}`, { scheme: 'bcrypt', cost: 10 }],
    [`$2y$04$${bcrypt}`, { scheme: 'bcrypt', cost: 4 }],
    [`bcrypt$$2b$12$${bcrypt}`, { scheme: 'bcrypt', cost: 12 }],
    [`bcrypt_sha256$$2b$12$${bcrypt}`, { scheme: 'bcrypt', cost: 12 }],
    [
      `$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2`,
      { scheme: 'bcrypt', cost: 12 },
    ],
    [`pbkdf2_sha256$600000$${salt}$${hash}=`, { scheme: 'pbkdf2', digest: 'sha256', iterations: 600000 }],
    [`$pbkdf2-sha512$i=210000,l=64$${salt}$${hash}`, { scheme: 'pbkdf2', digest: 'sha512', iterations: 210000 }],
    [`$pbkdf2-sha256$29000$${salt}$${hash}`, { scheme: 'pbkdf2', digest: 'sha256', iterations: 29000 }],
  ])('%s', (stored, cost) => {
    expect(parseHash(stored)).toEqual(cost)
  })
  test.each([
    '',
    'correct horse battery staple',
    '5f4dcc3b5aa765d61d8327deb882cf99',
    `sha256$${salt}$${hash}`,
    `$argon2i$v=19$m=19456,t=2,p=1$${salt}$${hash}`,
    `$argon2d$v=19$m=19456,t=2,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=19456,t=2$${salt}$${hash}`,
    `$argon2id$v=19$m=x,t=2,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}`,
    `$scrypt$ln=17,r=8$${salt}$${hash}`,
    `$2b$12$${bcrypt.slice(1)}`,
    `$2b$12$${bcrypt} and the password`,
    `$1$${salt}$${hash}`,
    `$6$rounds=5000$${salt}$${hash}`,
    `md5$${salt}$${hash}`,
    `pbkdf2_sha1$600000$${salt}$${hash}`,
    `x$argon2id$v=19$m=19456,t=2,p=1$${salt}$${hash}`,
  ])('%j is none of the forms', (stored) => {
    expect(parseHash(stored)).toBeUndefined()
  })
})

describe('a cost suffices', () => {
  const argon2 = (memory: number, passes: number): HashCost => ({ scheme: 'argon2id', memory, passes, lanes: 1 })
  const scrypt = (n: number, p: number, r = 8): HashCost => ({ scheme: 'scrypt', n, r, p })

  test.each<[HashCost, HashCost]>([
    [argon2(47104, 1), argon2(47103, 1)],
    [argon2(19456, 2), argon2(19455, 2)],
    [argon2(19456, 2), argon2(19456, 1)],
    [argon2(12288, 3), argon2(12287, 3)],
    [argon2(9216, 4), argon2(9216, 3)],
    [argon2(7168, 5), argon2(7167, 50)],
    [scrypt(2 ** 17, 1), scrypt(2 ** 16, 1)],
    [scrypt(2 ** 16, 2), scrypt(2 ** 15, 2)],
    [scrypt(2 ** 15, 3), scrypt(2 ** 14, 3)],
    [scrypt(2 ** 14, 5), scrypt(2 ** 14, 4)],
    [scrypt(2 ** 13, 10), scrypt(2 ** 12, 100)],
    [scrypt(2 ** 17, 1, 8), scrypt(2 ** 17, 1, 7)],
    [
      { scheme: 'bcrypt', cost: 10 },
      { scheme: 'bcrypt', cost: 9 },
    ],
    [
      { scheme: 'pbkdf2', digest: 'sha256', iterations: 600_000 },
      { scheme: 'pbkdf2', digest: 'sha256', iterations: 599_999 },
    ],
    [
      { scheme: 'pbkdf2', digest: 'sha512', iterations: 210_000 },
      { scheme: 'pbkdf2', digest: 'sha512', iterations: 209_999 },
    ],
  ])('%j does, and %j does not', (enough, tooLittle) => {
    expect(costSuffices(enough)).toBe(true)
    expect(costSuffices(tooLittle)).toBe(false)
  })
  test('more than a floor is enough', () => {
    expect(costSuffices(argon2(65536, 3))).toBe(true)
    expect(costSuffices(scrypt(2 ** 18, 2, 16))).toBe(true)
  })
})

test('a cost in words', () => {
  const words = (stored: string) => describeCost(parseHash(stored) as HashCost)
  expect(words(`$argon2id$v=19$m=19456,t=2,p=1$${salt}$${hash}`)).toBe('argon2id m=19456 t=2 p=1')
  expect(words(`$scrypt$ln=14,r=8,p=5$${salt}$${hash}`)).toBe('scrypt N=16384 r=8 p=5')
  expect(words(`$2b$12$${bcrypt}`)).toBe('bcrypt 12')
  expect(words(`pbkdf2_sha512$1000$${salt}$${hash}`)).toBe('PBKDF2-SHA512 1000')
})
