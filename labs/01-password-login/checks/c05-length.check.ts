import { check, type Kit } from '../../../workbook/grader/index.ts'
import { createdStatus, login, newAccount, policyRefusal, register, strong } from './kit.ts'

/** Letters outside the basic plane that NFKC leaves alone: one code point each, two UTF-16 units, four UTF-8 bytes. */
const astral = ['\u{10428}', '\u{10429}', '\u{1042A}', '\u{1042B}', '\u{1042C}', '\u{1042D}']

export const lengthRule = check({
  id: 'C05',
  title: 'Length is the rule: from 15 to at least 128',
  level: 'core',
  rationale:
    'Length is what makes a password hard to guess. Too low a floor lets guessable ones in; too low a ceiling turns password managers away; none at all lets anyone buy your CPU.',
  lesson: '01-authentication/02-passwords-now#how-long',
  sources: ['nist-800-63b-4', 'asvs-6.2.9'],
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 40_000, requests: 10 },
  claims: {
    takes15: { clause: 'password.2', says: 'a password of 15 characters is accepted' },
    refuses14: { clause: 'password.2', says: 'a password of 14 characters is refused', twin: 'takes15' },
    takes15points: { clause: 'password.2', says: 'a password with 15 code points outside the basic plane is accepted' },
    refuses14points: { clause: 'password.2', says: 'length is counted in code points', twin: 'takes15points' },
    takes128: { clause: 'password.3', says: 'a password of 128 characters is accepted and signs in' },
    refuses200k: { clause: 'password.3', says: 'a password of 200,000 characters is refused', twin: 'takes128' },
    quickly: { clause: 'password.3', says: 'it is refused in less than a second' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const created = createdStatus(kit)
    expect('takes15', await step('register with 15 characters', () => withPassword(kit, strong(rng, 15)))).status(
      created,
    )
    expect('refuses14', await step('register with 14 characters', () => withPassword(kit, strong(rng, 14)))).refused(
      policyRefusal,
      'password_too_short',
    )

    const points = (length: number) =>
      `${Array.from({ length: length - 5 }, () => rng.pick(astral)).join('')}${strong(rng, 5)}`
    expect(
      'takes15points',
      await step('register with 15 code points, ten of them outside the basic plane', () =>
        withPassword(kit, points(15)),
      ),
    ).status(created)
    expect(
      'refuses14points',
      await step('register with 14 code points, nine of them outside the basic plane', () =>
        withPassword(kit, points(14)),
      ),
    ).refused(policyRefusal, 'password_too_short')

    const long = newAccount(kit, { password: strong(rng, 128) })
    expect('takes128', await step('register with 128 characters', () => register(kit, long))).status(created)
    expect('takes128', await step('sign in with 128 characters', () => login(kit, long.email, long.password))).status(
      200,
    )

    const attempt = () => step('register with 200,000 characters', () => withPassword(kit, strong(rng, 200_000)))
    let huge = await attempt()
    // One second is a hundred times what a refusal costs; on a machine that stalled just then, once more.
    if (huge.ms >= 1_000) huge = await attempt()
    expect('refuses200k', huge).refused([400, 413, 422], (status) => (status === 413 ? undefined : 'password_too_long'))
    expect('quickly').holds(huge.ms < 1_000, {
      did: 'register with 200,000 characters',
      expected: 'an answer in less than 1 s',
      received: `${Math.round(huge.ms)} ms`,
      exchange: huge,
    })
  },
  diagnose: [
    {
      id: 'code-units',
      when: (f) => f.claim === 'refuses14points' && (f.status ?? 0) < 300,
      why: 'Length is not counted in characters: letters outside the basic plane count twice or more, so a password that is too short passes. Counting UTF-16 units or UTF-8 bytes both do this.',
      hints: [
        'What does your language return as the length of one such letter?',
        'The contract counts Unicode code points.',
        'Strings can be walked by code point; count the steps.',
      ],
    },
    {
      id: 'code-units-long',
      when: (f) => f.claim === 'takes15points',
      why: 'A password of 15 code points is refused because some of them lie outside the basic plane. Whoever uses such letters cannot sign up.',
      hints: [
        'Read the code and the text of the refusal.',
        'Which rule sees something else than 15 characters?',
        'Count code points, and allow every one of them.',
      ],
    },
    {
      id: 'short-accepted',
      when: (f) => f.claim === 'refuses14' && (f.status ?? 0) < 300,
      why: 'A password of 14 characters gets in. For a password that is the only factor, NIST asks for 15 characters since 2025: what is shorter falls to offline guessing of a leaked table.',
      hints: [
        'Find the number that register compares the length with.',
        'Older guidance said 8; that is for a second factor beside it.',
        'One constant, one comparison, and the code password_too_short.',
      ],
    },
    {
      id: 'long-refused',
      when: (f) => f.claim === 'takes128' || f.claim === 'takes15',
      why: 'A long password is refused or does not sign in. Password managers make long ones by default, and their users are the ones you want to keep.',
      hints: [
        'Read the code in the answer.',
        'Find the upper bound that register compares with.',
        'Hashing makes every password equally long, so the database sets no limit.',
      ],
    },
    {
      id: 'no-upper-limit',
      when: (f) => (f.claim === 'refuses200k' && (f.status ?? 0) < 300) || f.claim === 'quickly',
      why: 'A password of 200,000 characters is taken, or worked on for long. Every request like it costs you memory and hashing time and costs its sender nothing.',
      hints: [
        'What bounds the size of a body, and what the length of a password?',
        'A bound far above every real password is enough.',
        'Refuse before hashing, with password_too_long.',
      ],
    },
  ],
})

const withPassword = (kit: Kit, password: string) => register(kit, newAccount(kit, { password }))
