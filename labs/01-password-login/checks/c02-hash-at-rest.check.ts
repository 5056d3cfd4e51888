import { createHash } from 'node:crypto'
import { check, cut, type Kit, shorten } from '../../../workbook/grader/index.ts'
import { type Account, registered, strong } from './kit.ts'
import { costSuffices, describeCost, parseHash } from './password-hash.ts'

export const hashAtRest = check({
  id: 'C02',
  title: 'The database does not give passwords away',
  level: 'core',
  rationale:
    'A users table leaks sooner or later. What it costs to guess one password from it is decided on the day it is hashed.',
  lesson: '01-authentication/02-passwords-now#hash-at-rest',
  sources: ['cs-password-storage', 'asvs-11.4.2'],
  capabilities: ['http', 'sql'],
  lane: 'shared',
  budget: { ms: 40_000, requests: 8 },
  claims: {
    found: { clause: 'storage.3', says: 'the account stands in the users table with a password_hash' },
    noPlain: { clause: 'storage.1', says: 'no table holds the password', twin: 'found' },
    noDigest: { clause: 'storage.1', says: 'no table holds a plain digest of the password', twin: 'found' },
    salted: { clause: 'storage.2', says: 'two accounts with one password have different hashes' },
    slowForm: { clause: 'storage.3', says: 'the hash is of a slow kind and says its parameters' },
    slowEnough: { clause: 'storage.3', says: 'the parameters reach the floor' },
  },
  async run(kit) {
    const { expect } = kit
    const password = strong(kit.rng)
    const [a, b] = [await registered(kit, { password }), await registered(kit, { password })]
    const [hashA, hashB] = [await storedHash(kit, a), await storedHash(kit, b)]
    expect('found').holds(hashA !== '' && hashB !== '', {
      did: 'Read users.password_hash of a new account',
      expected: 'a row with a hash',
      received: 'no row, or an empty column',
    })

    const dump = await kit.sql.dump()
    const plain = findAny(dump, plainForms(password))
    const digest = findAny(dump, digestForms(password))
    const did = 'Looked for the password of a new account in every column of every table'
    expect('noPlain').holds(plain === undefined, {
      did,
      expected: 'no trace of it',
      received: `the password, in ${plain?.where}`,
    })
    expect('noDigest').holds(digest === undefined, {
      did,
      expected: 'no trace of it',
      received: `its ${digest?.form}, in ${digest?.where}`,
    })
    expect('salted').holds(hashA !== hashB, {
      did: 'Registered two accounts with one password',
      expected: 'two different hashes',
      received: 'the same hash twice',
    })

    const cost = parseHash(hashA)
    expect('slowForm').holds(cost !== undefined, {
      did: 'Read users.password_hash of a new account',
      expected: 'argon2id, scrypt, bcrypt or PBKDF2 in a form that states its parameters',
      received: cut(shorten(hashA), 120),
    })
    if (cost === undefined) return
    expect('slowEnough').holds(costSuffices(cost), {
      did: 'Read the parameters of users.password_hash',
      expected: 'at least one of the listed choices, for example argon2id m=19456 t=2 p=1',
      received: describeCost(cost),
    })
  },
  diagnose: [
    {
      id: 'hash-elsewhere',
      when: (f) => f.claim === 'found',
      why: 'Somebody signed up, and no hash of theirs stands in users.password_hash. It must be somewhere else, and whoever has to judge or renew the hashes one day looks in the column that the contract names.',
      hints: [
        'Look at the row of a new account in the table users.',
        'Follow the hash from the function that makes it to the statement that stores it.',
        'Clause storage.3 names the column, and that is where the hash belongs.',
      ],
    },
    {
      id: 'plaintext-stored',
      when: (f) => f.claim === 'noPlain',
      why: 'A table holds the password itself. Whoever reads the database, a backup or a replica once can sign in as that person, here and wherever else they use the password.',
      hints: [
        'Received names the table.',
        'See which statement writes to that column, and what for.',
        'Nothing needs the password once it is hashed; there is no form in which keeping it is safe.',
      ],
    },
    {
      id: 'digest-stored',
      when: (f) => f.claim === 'noDigest',
      why: 'A table holds a plain digest of the password. Such digests are computed by the billion each second, so the digest is as good as the password, however strong the hash beside it.',
      hints: [
        'Received names the digest and the table.',
        'See which feature wanted to compare passwords without the hash.',
        'A value derived quickly from the password undoes the slow hash.',
      ],
    },
    {
      id: 'same-salt',
      when: (f) => f.claim === 'salted',
      why: 'Two accounts with the same password have the same hash. One guess then tests all accounts at once, and equal hashes show who shares a password.',
      hints: [
        'Where does the salt come from, and how often is it made?',
        'A salt belongs to one hash, not to the program.',
        'Let the library make the salt.',
      ],
    },
    {
      id: 'fast-digest',
      when: (f) => f.claim === 'slowForm',
      why: 'The stored value is not a password hash in the sense of the contract: a general digest is made to be fast, and a salt does not slow a guess down. A leaked table is read back in hours.',
      hints: [
        'Compare Received with the forms that clause storage.3 lists.',
        'The work of one guess must be a parameter that you choose.',
        'Use one of the four algorithms through a library, and store the string that it returns.',
      ],
    },
    {
      id: 'cost-too-low',
      when: (f) => f.claim === 'slowEnough',
      why: 'The algorithm is right and its parameters are too small: each guess costs the attacker a fraction of what the floor asks for.',
      hints: [
        'Received shows the parameters in force.',
        'Compare with the choices of clause storage.3; they are equivalent to one another.',
        'Look where the options of the hash come from, and what the library takes when a name is misspelt.',
      ],
    },
  ],
})

async function storedHash(kit: Kit, account: Account): Promise<string> {
  const rows = await kit.sql
    .query`SELECT password_hash AS hash FROM users WHERE lower(email) = ${account.email.toLowerCase()}`
  const value = String(rows[0]?.hash ?? '')
  // A bytea column reads as \x…: the text inside is what counts.
  return /^\\x(?:[0-9a-f]{2})+$/.test(value) ? Buffer.from(value.slice(2), 'hex').toString('utf8') : value
}

const forms = (bytes: Buffer) => [
  bytes.toString('hex'),
  bytes.toString('base64').replace(/=+$/, ''),
  bytes.toString('base64url'),
]

function plainForms(password: string): [string, string][] {
  const inJson = JSON.stringify(password).slice(1, -1)
  return [password, inJson, ...forms(Buffer.from(password))].map((text) => ['password', text])
}

function digestForms(password: string): [string, string][] {
  return ['md5', 'sha1', 'sha256'].flatMap((name) =>
    forms(createHash(name).update(password).digest()).map((text): [string, string] => [
      `${name.toUpperCase()} digest`,
      text,
    ]),
  )
}

function findAny(
  dump: { table: string; row: string }[],
  needles: [string, string][],
): { form: string; where: string } | undefined {
  for (const { table, row } of dump) {
    const low = row.toLowerCase()
    for (const [form, needle] of needles) {
      // Hexadecimal may be in capitals; the other forms are compared as they are.
      if (row.includes(needle) || (/^[0-9a-f]+$/.test(needle) && low.includes(needle)))
        return { form, where: `the table ${table}` }
    }
  }
  return undefined
}
