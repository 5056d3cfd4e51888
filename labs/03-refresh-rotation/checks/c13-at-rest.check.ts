import { check } from '../../../workbook/grader/index.ts'
import { inTurn, refresh, refreshed, registered, signedIn } from './kit.ts'
import { randomnessOf } from './randomness.ts'

/** Enough tokens to see what varies, and few enough to be quick. */
const SESSIONS = 12
const EACH = 3

export const atRest = check({
  id: 'C13',
  title: 'A stolen database opens no session',
  level: 'core',
  rationale:
    'Backups and replicas travel further than the database. A refresh token that lies in them as it is sent opens an account for weeks; one that can be guessed needs no theft at all.',
  lesson: '01-authentication/04-refresh-rotation#at-rest',
  sources: ['asvs-7.2.3', 'cs-session'],
  capabilities: ['http', 'sql', 'redis', 'stack'],
  lane: 'shared',
  budget: { ms: 90_000, requests: 20 + SESSIONS * (EACH + 2) },
  claims: {
    works: { clause: 'refresh.1', says: 'the tokens that are looked for refresh' },
    noTable: { clause: 'storage.1', says: 'no table holds a refresh token', twin: 'works' },
    noKey: { clause: 'storage.1', says: 'no key of the Redis holds one', twin: 'works' },
    random: {
      clause: 'storage.2',
      says: 'no two refresh tokens are the same, and what varies between them is worth 16 random bytes',
    },
  },
  async run(kit) {
    const { expect, step } = kit
    const turn = inTurn(kit)
    const account = await registered(kit)
    const tokens: string[] = []
    let last = await signedIn(kit, { account })
    for (let i = 0; i < SESSIONS; i++) {
      last = await signedIn(kit, { account })
      tokens.push(last.refresh)
      for (let k = 0; k < EACH; k++) {
        last = await refreshed(kit, last, turn())
        tokens.push(last.refresh)
      }
    }
    const rows = await step('read every table', () => kit.sql.dump())
    const keys = await step('read every key of the Redis', () => kit.redis.dump())
    for (const token of tokens) {
      const forms = formsOf(token)
      const row = rows.find((r) => forms.some((form) => r.row.toLowerCase().includes(form)))
      expect('noTable').holds(row === undefined, {
        did: `Looked in every table for ${tokens.length} refresh tokens`,
        expected: 'none of them, neither as sent nor decoded',
        received: `one in the table ${row?.table}`,
      })
      const key = keys.find((k) => forms.some((form) => `${k.key}\n${k.value}`.toLowerCase().includes(form)))
      expect('noKey').holds(key === undefined, {
        did: `Looked in every key of the Redis for ${tokens.length} refresh tokens`,
        expected: 'none of them, neither as sent nor decoded',
        received: 'one of them',
      })
    }
    const { bits, words } = randomnessOf(tokens)
    const twice = tokens.length - new Set(tokens).size
    expect('random').holds(bits >= 120 && twice === 0, {
      did: `Compared ${tokens.length} refresh tokens, character by character`,
      expected: 'about 128 random bits or more, and no two the same',
      received: twice > 0 ? `${twice} of them a second time` : `${Math.floor(bits)} bits at most: ${words}`,
      facts: { bits },
    })
    expect('works', await step('refresh with the last of them', () => refresh(turn(), last))).status(200)
  },
  diagnose: [
    {
      id: 'token-in-table',
      when: (f) => f.claim === 'noTable',
      why: 'A refresh token stands in a table as it is sent. Whoever sees a backup refreshes every session in it.',
      hints: [
        'Received names the table.',
        'What do you compare when a token arrives?',
        'Keep its SHA-256 and compare that; a fast hash is enough for what cannot be guessed.',
      ],
    },
    {
      id: 'token-in-redis',
      when: (f) => f.claim === 'noKey',
      why: 'A refresh token stands in Redis as it is sent, in the name of a key or in a value. Its append-only file and its replicas are copies of it.',
      hints: [
        'List the keys, and read the names too.',
        'What is the key made of that a token is looked up by?',
        'Make it from the hash of the token.',
      ],
    },
    {
      id: 'guessable-token',
      when: (f) => f.claim === 'random',
      why: 'Refresh tokens vary too little. Who has seen a few of them, or knows how they are made, finds others.',
      hints: [
        'Put a dozen of them below each other. What changes?',
        'Which function makes them, and is it made for secrets?',
        'Thirty-two bytes from the cryptographic generator.',
      ],
    },
  ],
})

/** How a token may lie in a dump, in lower case: as it is, and as bytes in hexadecimal. */
function formsOf(token: string): string[] {
  const decoded = [Buffer.from(token, 'base64url'), Buffer.from(token, 'hex')].filter((bytes) => bytes.length >= 16)
  return [token.toLowerCase(), Buffer.from(token).toString('hex'), ...decoded.map((bytes) => bytes.toString('hex'))]
}
