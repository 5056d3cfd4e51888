import { check } from '../../../workbook/grader/index.ts'
import { login, registered, strong } from './kit.ts'

export const noTruncation = check({
  id: 'C06',
  title: 'The last character counts as much as the first',
  level: 'core',
  rationale:
    'bcrypt reads 72 bytes and ignores the rest without a word. Two long passphrases with the same beginning are then one password.',
  lesson: '01-authentication/02-passwords-now#no-truncation',
  sources: ['cs-password-storage'],
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 40_000, requests: 8 },
  claims: {
    whole: { clause: 'password.4', says: 'the whole long password signs in' },
    otherEnd: {
      clause: 'password.4',
      says: 'a password that differs only in its last character does not',
      twin: 'whole',
    },
    cutOff: { clause: 'password.4', says: 'the beginning of a long password does not sign in', twin: 'whole' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    for (const length of [rng.int(74, 90), 128]) {
      const account = await registered(kit, { password: strong(rng, length) }, 'C05')
      // Another letter, and not the same in the other case: who ignores case fails C01, and reads the end all the same.
      const last = account.password.at(-1)?.toUpperCase() === 'Z' ? 'Y' : 'Z'
      expect(
        'whole',
        await step(`sign in with all ${length} characters`, () => login(kit, account.email, account.password)),
      ).status(200)
      expect(
        'otherEnd',
        await step(`sign in with character ${length} changed`, () =>
          login(kit, account.email, account.password.slice(0, -1) + last),
        ),
      ).refused([401])
      expect(
        'cutOff',
        await step('sign in with the first 72 characters', () =>
          login(kit, account.email, account.password.slice(0, 72)),
        ),
      ).refused([401])
    }
  },
  diagnose: [
    {
      id: 'truncated',
      when: (f) => f.claim === 'otherEnd' && f.status === 200,
      why: 'Only the beginning of a long password is hashed: another password with the same beginning signs in. Its owner believes that every character protects the account.',
      hints: [
        'How much of the text reaches the hash function, and how much does that function read?',
        'bcrypt stops at 72 bytes; a substring or a column may stop earlier.',
        'The hash must take the whole text; an algorithm with a limit needs a step before it that has none.',
      ],
    },
    {
      id: 'beginning-signs-in',
      when: (f) => f.claim === 'cutOff' && f.status === 200,
      why: 'The whole password counts, and its first 72 characters sign in as well. Whoever learns or guesses the beginning has no need of the rest, so the rest protects nothing.',
      hints: [
        'An account has one password: what else does sign-in compare with?',
        'Look for something that is kept or computed from the beginning alone, perhaps for clients that cut passwords off.',
        'One text is hashed and one hash is compared, whoever the client is.',
      ],
    },
  ],
})
