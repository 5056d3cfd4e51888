import { check } from '../../../workbook/grader/index.ts'
import { createdStatus, login, newAccount, register, word } from './kit.ts'

export const noComposition = check({
  id: 'C08',
  title: 'No rule asks for kinds of characters',
  level: 'core',
  rationale:
    'Rules like "one digit, one symbol" make people write Password1! and refuse passphrases that nobody guesses.',
  lesson: '01-authentication/02-passwords-now#no-composition-rules',
  sources: ['asvs-6.2.5', 'nist-800-63b-4'],
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 40_000, requests: 6 },
  claims: {
    takesWords: { clause: 'password.7', says: 'a passphrase of lower-case words and spaces is accepted' },
    wordsSignIn: { clause: 'password.7', says: 'that passphrase signs in' },
    takesLetters: { clause: 'password.7', says: 'a passphrase of lower-case letters alone is accepted' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const letters = newAccount(kit, { password: `${word(rng, 4)}${word(rng, 4)}${word(rng, 4)}` })
    expect('takesLetters', await step('register with lower-case letters alone', () => register(kit, letters))).status(
      createdStatus(kit),
    )
    const words = newAccount(kit, { password: [word(rng), word(rng), word(rng), word(rng)].join(' ') })
    expect(
      'takesWords',
      await step('register with four lower-case words and spaces', () => register(kit, words)),
    ).status(createdStatus(kit))
    expect(
      'wordsSignIn',
      await step('sign in with four lower-case words and spaces', () => login(kit, words.email, words.password)),
    ).status(200)
  },
  diagnose: [
    {
      id: 'composition',
      when: (f) => f.claim !== 'wordsSignIn' && f.status !== undefined && f.status >= 400 && f.status < 500,
      why: 'A long passphrase is refused for the kinds of characters it is made of. Such rules do not make guessing harder; they make people choose alike and reuse what passed.',
      hints: [
        'Read the code and the text of the refusal.',
        'Which rule of register looks at kinds of characters, or gives points?',
        'What may refuse a password is its length, the blocklist and the context, nothing else.',
      ],
    },
  ],
})
