import * as node from 'node:crypto'
import { finished } from 'node:stream/promises'
import { jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import page from './crypto.ts'
import { compare, outcome, plain } from './fixtures/same.ts'
import { NOT_IN_THE_PAGE } from './refuse.ts'

const TEXTS = ['', 'abc', 'ü€😀', 'x'.repeat(1000)]
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 7 + 3) % 256)
const NAMES = [
  'md5',
  'sha1',
  'sha224',
  'SHA256',
  'sha384',
  'sha512',
  'sha512-256',
  'sha3-256',
  'sha3-512',
  'ripemd160',
  'blake2b512',
  'blake2s256',
  'RSA-SHA256',
  'nonesuch',
]
const promised = (run: (done: (error: unknown, value: unknown) => void) => void): Promise<unknown> =>
  new Promise((resolve, reject) => run((error, value) => (error ? reject(error) : resolve(value))))

const SALT = 'NaCl'
const rsa = node.generateKeyPairSync('rsa', { modulusLength: 1024 })
const ec = node.generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ec521 = node.generateKeyPairSync('ec', { namedCurve: 'P-521' })

compare(
  page,
  node,
  {
    hash: [
      ...NAMES.map((name) => [name, 'abc']),
      ['sha256', 'abc', 'base64url'],
      ['sha1', bytes(9), 'buffer'],
      ['sha1', 5],
      [1, 'a'],
    ],
    hkdfSync: [
      ['sha256', 'key', 'salt', 'info', 32],
      ['SHA512', bytes(80), '', '', 100],
      ['sha256', 'key', SALT, 'info', 0],
      ['sha256', 'key', SALT, 'info', 255 * 32 + 1],
      ['none', 'key', SALT, 'info', 32],
      ['sha256', 'key', SALT, 'info', -1],
      ['sha256', 'key', SALT, 'info', '32'],
      [1, 'key', SALT, 'info', 32],
    ],
    pbkdf2Sync: [
      ['pass', SALT, 10, 20, 'sha1'],
      ['pass', SALT, 3, 100, 'sha512'],
      [bytes(10), bytes(5), 1, 0, 'sha256'],
      ['pass', SALT, 0, 20, 'sha1'],
      ['pass', SALT, 1.5, 20, 'sha1'],
      ['pass', SALT, 1, -1, 'sha1'],
      ['pass', SALT, 1, 20, 'none'],
      ['pass', SALT, 1, 20],
      [5, SALT, 1, 20, 'sha1'],
    ],
    scryptSync: [
      ['pass', SALT, 64],
      ['pass', SALT, 32, { N: 1024, r: 4, p: 2 }],
      ['pass', SALT, 16, { cost: 256, blockSize: 2, parallelization: 1 }],
      [bytes(9), bytes(3), 0, { N: 2 }],
      ['pass', SALT, 32, { N: 1000 }],
      ['pass', SALT, 32, { N: 32_768 }],
      ['pass', SALT, 32, { N: 32_768, maxmem: 64 * 1024 * 1024 }],
      ['pass', SALT, 32, { N: 1024, maxmem: 1000 }],
      ['pass', SALT, -1],
      [undefined, SALT, 1],
    ],
    timingSafeEqual: [
      [bytes(3), bytes(3)],
      [bytes(3), Uint8Array.of(3, 10, 18)],
      [bytes(3), bytes(4)],
      [new Uint16Array([1]), Uint8Array.of(1, 0)],
      ['a', bytes(1)],
      [bytes(1), 'a'],
    ],
    randomBytes: [[0], [-1], ['4'], [2 ** 31], [1.5].map(() => Number.NaN), [4, 'no function']],
    randomInt: [[5, 5], ['1', 2], [0, 2 ** 48 + 1], [1], [7, 8]],
    randomFillSync: [[Buffer.alloc(3), 3, 0], [Buffer.alloc(3), 4], ['text'], [Buffer.alloc(3), 1, 3]],
  },
  [
    'createHash',
    'createHmac',
    'Hash',
    'Hmac',
    'createCipheriv',
    'createDecipheriv',
    'getCiphers',
    'getHashes',
    'hkdf',
    'pbkdf2',
    'scrypt',
    'createSecretKey',
    'createPrivateKey',
    'createPublicKey',
    'KeyObject',
    'randomUUID',
    'randomFill',
    'getRandomValues',
  ],
)

describe('hashes', () => {
  test.each(NAMES)('%s', async (name) => {
    for (const text of TEXTS) {
      for (const encoding of ['hex', 'base64', 'base64url', 'latin1', undefined] as const) {
        const run = (crypto: typeof node) => () =>
          crypto
            .createHash(name)
            .update(text)
            .update(bytes(70))
            .update(text, 'latin1')
            .digest(encoding as 'hex')
        expect(await outcome(run(page as never))).toEqual(await outcome(run(node)))
        const mac = (crypto: typeof node) => () =>
          crypto
            .createHmac(name, text)
            .update(bytes(70))
            .update('6162', 'hex')
            .digest(encoding as 'hex')
        expect(await outcome(mac(page as never))).toEqual(await outcome(mac(node)))
      }
    }
  })

  test('states and wrong arguments', async () => {
    const tries: ((crypto: typeof node) => unknown)[] = [
      (crypto) => crypto.createHash(undefined as never),
      (crypto) => crypto.createHash('sha256').update(undefined as never),
      (crypto) => crypto.createHash('sha256').update(5 as never),
      (crypto) => crypto.createHash('sha256').update({} as never),
      (crypto) => crypto.createHmac(undefined as never, 'k'),
      (crypto) => crypto.createHmac('sha256', undefined as never),
      (crypto) => crypto.createHmac('sha256', null as never),
      (crypto) => crypto.createHmac('sha256', crypto.createSecretKey('k', 'utf8')).update('a').digest('hex'),
      (crypto) => {
        const hash = crypto.createHash('sha256').update('a')
        const copy = hash.copy().update('b').digest('hex')
        return [copy, hash.digest('hex')]
      },
      ...(['digest', 'update', 'copy'] as const).map((name) => (crypto: typeof node) => {
        const hash = crypto.createHash('sha256')
        hash.digest()
        return (hash[name] as (text: string) => unknown)('hex')
      }),
      (crypto) => {
        const mac = crypto.createHmac('sha256', 'k')
        mac.digest()
        return mac.digest('hex')
      },
      (crypto) => {
        const mac = crypto.createHmac('sha256', 'k')
        mac.digest()
        return mac.update('a')
      },
    ]
    for (const one of tries) expect(await outcome(() => one(page as never))).toEqual(await outcome(() => one(node)))
  })

  test('as streams', async () => {
    for (const crypto of [page as never as typeof node, node]) {
      const hash = crypto.createHash('sha256')
      hash.write('abc')
      hash.end()
      await finished(hash as never, { readable: false })
      expect((hash.read() as Buffer).toString('hex')).toBe(node.hash('sha256', 'abc'))
    }
  })

  test('all names that are listed work, and are known to Node', () => {
    for (const name of page.getHashes())
      expect(page.createHash(name).digest('hex')).toBe(node.createHash(name).digest('hex'))
    for (const name of page.getCiphers()) expect(node.getCiphers()).toContain(name)
  })
})

describe('later', () => {
  test('keys from passwords', async () => {
    for (const [password, digest, length] of [
      ['pass', 'sha256', 32],
      ['', 'sha512', 10],
      ['pass', 'md5', 7],
      ['pass', 'sha1', 0],
      ['p', 'none', 5],
    ] as const) {
      const run = (crypto: typeof node) => () =>
        promised((done) => crypto.pbkdf2(password, SALT, 50, length, digest, done))
      expect(await outcome(run(page as never))).toEqual(await outcome(run(node)))
    }
    for (const options of [{ N: 16 }, { N: 5 }, undefined]) {
      const run = (crypto: typeof node) => () =>
        promised((done) => crypto.scrypt('pass', SALT, 40, (options ?? {}) as never, done))
      expect(await outcome(run(page as never))).toEqual(await outcome(run(node)))
    }
    const derive = (crypto: typeof node) => () =>
      promised((done) => crypto.hkdf('sha256', 'k', 's', 'i', 42, done as never))
    expect(await outcome(derive(page as never))).toEqual(await outcome(derive(node)))
    for (const name of ['pbkdf2', 'scrypt', 'hkdf'] as const) {
      const run = (crypto: object) => () => Reflect.get(crypto, name)('p', 's', 1, 1, 'sha1')
      const [here, there] = [await outcome(run(page)), await outcome(run(node))]
      expect(JSON.stringify(here).match(/ERR_\w+/)?.[0]).toBe(JSON.stringify(there).match(/ERR_\w+/)?.[0])
    }
  })

  test('random numbers', async () => {
    expect(page.randomBytes(100_000)).toHaveLength(100_000)
    expect(page.randomBytes(32).equals(page.randomBytes(32))).toBe(false)
    expect(await promised((done) => void page.randomBytes(8, done as never))).toHaveLength(8)
    expect(page.randomUUID()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const drawn = Array.from({ length: 600 }, () => page.randomInt(3, 6) ?? 0)
    for (const number of [3, 4, 5]) expect(drawn.filter((one) => one === number).length).toBeGreaterThan(100)
    expect(new Set(drawn).size).toBe(3)
    expect(await promised((done) => void page.randomInt(1, done as never))).toBe(0)
    const filled = page.randomFillSync(Buffer.alloc(40), 10, 20)
    expect(filled.subarray(0, 10).every((byte) => byte === 0) && filled.subarray(30).every((byte) => byte === 0)).toBe(
      true,
    )
    expect(filled.subarray(10, 30).some((byte) => byte !== 0)).toBe(true)
    expect(await promised((done) => page.randomFill(Buffer.alloc(4), done))).toHaveLength(4)
    expect(page.getRandomValues(new Uint8Array(4))).toHaveLength(4)
  })
})

describe('ciphers', () => {
  const IVS = { gcm: 12, cbc: 16, ctr: 16 }
  test.each(page.getCiphers())('%s', async (name) => {
    const [, size, mode] = /aes-(\d+)-(\w+)/.exec(name) ?? []
    const [key, iv] = [bytes(Number(size) / 8), bytes(IVS[mode as 'gcm'])]
    for (const lengths of [[], [0], [1], [16], [15, 1, 33], [5, 5, 5, 5], [64, 16]]) {
      const encipher = (crypto: typeof node) => {
        const cipher = crypto.createCipheriv(name as 'aes-128-gcm', key, iv)
        if (mode === 'gcm') cipher.setAAD(bytes(5))
        const pieces = lengths.map((length) => cipher.update(bytes(length)))
        pieces.push(cipher.final())
        return { pieces, tag: mode === 'gcm' ? cipher.getAuthTag() : undefined }
      }
      const [ours, theirs] = [encipher(page as never), encipher(node)]
      expect(plain(ours)).toEqual(plain(theirs))
      const whole = Buffer.concat(theirs.pieces)
      const decipher = (crypto: typeof node, flip: boolean) => () => {
        const made = crypto.createDecipheriv(name as 'aes-128-gcm', key, iv)
        if (theirs.tag) made.setAAD(bytes(5)).setAuthTag(flip ? Buffer.from(theirs.tag).fill(0, 0, 1) : theirs.tag)
        const text = flip ? Buffer.from(whole).fill(0, -1) : whole
        return [made.update(text.subarray(0, 7)), made.update(text.subarray(7)), made.final()]
      }
      for (const flip of [false, true]) {
        const here = await outcome(decipher(page as never, flip))
        expect(here).toEqual(await outcome(decipher(node, flip)))
      }
    }
  })

  test('wrong arguments and states', async () => {
    const tries: ((crypto: typeof node) => unknown)[] = [
      (crypto) => crypto.createCipheriv('aes-512-gcm', bytes(32), bytes(12)),
      (crypto) => crypto.createCipheriv('aes-256-gcm', bytes(31), bytes(12)),
      (crypto) => crypto.createCipheriv('aes-256-cbc', bytes(32), bytes(12)),
      (crypto) => crypto.createCipheriv('aes-256-gcm', bytes(32), bytes(0)),
      (crypto) => crypto.createCipheriv('aes-256-gcm', 5 as never, bytes(12)),
      (crypto) => crypto.createCipheriv('aes-256-gcm', bytes(32), bytes(12)).getAuthTag(),
      (crypto) => crypto.createDecipheriv('aes-256-gcm', bytes(32), bytes(12)).final(),
      (crypto) => crypto.createDecipheriv('aes-256-gcm', bytes(32), bytes(12)).setAuthTag(bytes(3)),
      (crypto) => crypto.createDecipheriv('aes-256-cbc', bytes(32), bytes(16)).final(),
      (crypto) =>
        crypto.createCipheriv('aes-256-cbc', bytes(32), bytes(16)).setAutoPadding(false).update('abc', 'utf8', 'hex'),
      (crypto) => crypto.createCipheriv('aes-256-gcm', bytes(32), bytes(12)).update('6162', 'hex', 'base64url'),
      (crypto) => crypto.createCipheriv('aes-256-gcm', bytes(32), bytes(12)).update(5 as never),
      (crypto) => {
        const cipher = crypto.createCipheriv('aes-256-gcm', bytes(32), bytes(12))
        cipher.final()
        return cipher.final()
      },
      (crypto) => {
        const cipher = crypto.createCipheriv('aes-256-gcm', bytes(32), bytes(12))
        cipher.final()
        return cipher.update('a')
      },
      (crypto) => {
        const cipher = crypto.createCipheriv('aes-256-gcm', crypto.createSecretKey(bytes(32)), bytes(12), {
          authTagLength: 12,
        })
        cipher.final()
        return cipher.getAuthTag()
      },
    ]
    for (const one of tries) expect(await outcome(() => one(page as never))).toEqual(await outcome(() => one(node)))
  })
})

describe('keys', () => {
  const pems = {
    rsa8: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    rsa1: rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }),
    ec8: ec.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ecSec1: ec.privateKey.export({ type: 'sec1', format: 'pem' }),
    ec521: ec521.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    rsaPublic: rsa.publicKey.export({ type: 'spki', format: 'pem' }),
    ecPublic: ec.publicKey.export({ type: 'spki', format: 'pem' }),
    crlf: rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString().replaceAll('\n', '\r\n'),
    around: `text before\n${rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })}text after`,
    buffer: Buffer.from(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    der8: { key: rsa.privateKey.export({ type: 'pkcs8', format: 'der' }), format: 'der', type: 'pkcs8' },
    derSpki: { key: ec.publicKey.export({ type: 'spki', format: 'der' }), format: 'der', type: 'spki' },
    jwk: { key: rsa.privateKey.export({ format: 'jwk' }), format: 'jwk' },
    jwkPublic: { key: rsa.publicKey.export({ format: 'jwk' }), format: 'jwk' },
    jwkEc: { key: ec521.privateKey.export({ format: 'jwk' }), format: 'jwk' },
    garbage: 'no key',
    broken: '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n',
    empty: '',
    nothing: undefined,
    number: 5,
    kty: { key: { kty: 'none' }, format: 'jwk' },
  }
  const FORMS = [
    { format: 'jwk' },
    ...['pem', 'der'].flatMap((format) => ['pkcs8', 'pkcs1', 'sec1', 'spki'].map((type) => ({ type, format }))),
  ]
  const facts = (key: node.KeyObject): unknown[] => {
    const exported = FORMS.map((form) => {
      try {
        return plain(key.export(form as never))
      } catch {
        return 'refused'
      }
    })
    return [
      key.type,
      key.asymmetricKeyType,
      plain(key.asymmetricKeyDetails),
      Object.prototype.toString.call(key),
      ...exported,
    ]
  }

  test.each(Object.entries(pems))('%s', async (_, input) => {
    for (const name of ['createPrivateKey', 'createPublicKey'] as const) {
      const run = (crypto: typeof node) => () => {
        const key = crypto[name](input as never)
        const again = crypto[name](input as never)
        return [...facts(key), key.equals(again)]
      }
      expect(await outcome(run(page as never))).toEqual(await outcome(run(node)))
    }
  })

  test('public halves, and keys of the wrong kind', async () => {
    const tries: ((crypto: typeof node) => unknown)[] = [
      (crypto) => facts(crypto.createPublicKey(crypto.createPrivateKey(pems.rsa8))),
      (crypto) => facts(crypto.createPublicKey(crypto.createPrivateKey(pems.ec8))),
      // Node cannot write such a key as PKCS #1 again, so only the other form is compared.
      (crypto) =>
        crypto
          .createPublicKey(rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }))
          .export({ type: 'spki', format: 'pem' }),
      (crypto) => crypto.createPublicKey(crypto.createPublicKey(pems.rsaPublic) as never),
      (crypto) => crypto.createPublicKey(crypto.createSecretKey(bytes(3)) as never),
      (crypto) => crypto.createHmac('sha256', crypto.createPublicKey(pems.rsaPublic)),
      (crypto) => crypto.createPrivateKey(pems.rsa8).equals(crypto.createPublicKey(pems.rsaPublic)),
      (crypto) => crypto.createPublicKey(pems.ecPublic).equals(crypto.createPublicKey(pems.rsaPublic)),
    ]
    for (const one of tries) expect(await outcome(() => one(page as never))).toEqual(await outcome(() => one(node)))
  })

  test('secrets', async () => {
    const tries: ((crypto: typeof node) => unknown)[] = [
      (crypto) => crypto.createSecretKey(bytes(5)).export(),
      (crypto) => crypto.createSecretKey('c2VjcmV0', 'base64').export({ format: 'jwk' }),
      (crypto) => crypto.createSecretKey('secret', 'utf8').symmetricKeySize,
      (crypto) => crypto.createSecretKey(bytes(3)).type,
      (crypto) => String(crypto.createSecretKey(bytes(3))),
      (crypto) => crypto.createSecretKey(bytes(3)) instanceof crypto.KeyObject,
      (crypto) => crypto.createSecretKey(bytes(3)).equals(crypto.createSecretKey(bytes(3))),
      (crypto) => crypto.createSecretKey(bytes(3)).equals(crypto.createSecretKey(bytes(4))),
      (crypto) => crypto.createSecretKey(5 as never),
    ]
    for (const one of tries) expect(await outcome(() => one(page as never))).toEqual(await outcome(() => one(node)))
  })

  test('jose takes them', async () => {
    const long = node.generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = long.privateKey.export({ type: 'pkcs8', format: 'pem' })
    const key = page.createPrivateKey(pem)
    const token = await new SignJWT({ a: 1 }).setProtectedHeader({ alg: 'RS256' }).sign(key as never)
    const { payload } = await jwtVerify(token, page.createPublicKey(key) as never)
    expect(payload).toEqual({ a: 1 })
    expect((await jwtVerify(token, long.publicKey)).payload).toEqual({ a: 1 })
    const secret = page.createSecretKey(bytes(32))
    const hs = await new SignJWT({ b: 2 }).setProtectedHeader({ alg: 'HS256' }).sign(secret as never)
    expect((await jwtVerify(hs, bytes(32))).payload).toEqual({ b: 2 })
  })
})

test('what is not offered says so, and names jose', () => {
  for (const name of ['createSign', 'createVerify', 'sign', 'verify', 'generateKeyPairSync'] as const) {
    expect(() => page[name]()).toThrow(/not offered in the page.*jose.*npm run lab -- start/)
    expect(() => page[name]()).toThrow(expect.objectContaining({ code: NOT_IN_THE_PAGE }))
  }
})
