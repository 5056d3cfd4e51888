import { anyClientError, check } from '../../../workbook/grader/index.ts'
import { createdStatus, newAccount, registered, strong } from './kit.ts'

const json = { 'content-type': 'application/json' }

export const duplicateMembers = check({
  id: 'C11h',
  title: 'A JSON member that comes twice is refused',
  level: 'hard',
  rationale:
    'RFC 8259 leaves open which of two equal names counts. Where a gateway takes the first and your server the last, each sees another request.',
  lesson: '01-authentication/02-passwords-now#types-before-meaning',
  sources: ['rfc8259-4'],
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 40_000, requests: 14 },
  claims: {
    onceRegisters: { clause: 'register.1', says: 'each member once is accepted by register' },
    twiceRegister: { clause: 'http.4', says: 'register refuses a member that comes twice', twin: 'onceRegisters' },
    onceSignsIn: { clause: 'login.1', says: 'each member once signs in' },
    twiceLogin: { clause: 'http.4', says: 'login refuses a member that comes twice', twin: 'onceSignsIn' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const post = (path: string, members: string[]) =>
      kit.http.post(path, { raw: `{${members.join(',')}}`, headers: json })
    const member = (name: string, value: string) => `${JSON.stringify(name)}:${JSON.stringify(value)}`
    // The same name, one letter of it written as an escape: equal after parsing, not before.
    const escaped = (name: string, value: string) =>
      `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}":${JSON.stringify(value)}`

    const a = newAccount(kit)
    const all = (x: typeof a) => [
      member('email', x.email),
      member('password', x.password),
      member('displayName', x.displayName),
    ]
    expect('onceRegisters', await step('register with each member once', () => post('/auth/register', all(a)))).status(
      createdStatus(kit),
    )
    for (const [name, write] of [
      ['a second password', member],
      ['a second password, its name written with an escape', escaped],
    ] as const) {
      expect(
        'twiceRegister',
        await step(`register with ${name}`, () =>
          post('/auth/register', [...all(newAccount(kit)), write('password', strong(rng))]),
        ),
      ).refused(anyClientError)
    }
    const b = await registered(kit)
    const pair = [member('email', b.email), member('password', b.password)]
    expect('onceSignsIn', await step('sign in with each member once', () => post('/auth/login', pair))).status(200)
    for (const [name, extra, front] of [
      ['a wrong password before the right one', member('password', strong(rng)), true],
      ['the right password twice, once with an escape in its name', escaped('password', b.password), false],
    ] as const) {
      // Signing in with 401 would look refused even where the first or last value simply counted: only a refusal of the form counts.
      const answer = await step(`sign in with ${name}`, () =>
        post('/auth/login', front ? [extra, ...pair] : [...pair, extra]),
      )
      expect('twiceLogin', answer).refused(anyClientError)
    }
    const mixed = await step('sign in with the right password before a wrong one', () =>
      post('/auth/login', [...pair, member('password', strong(rng))]),
    )
    expect('twiceLogin', mixed).refused(anyClientError)
  },
  diagnose: [
    {
      id: 'duplicate-members',
      when: (f) => (f.claim === 'twiceRegister' || f.claim === 'twiceLogin') && (f.status ?? 0) < 300,
      why: 'A body with the same member twice is accepted; one of the two values was taken without a word. A filter in front of the server may have looked at the other one.',
      hints: [
        'JSON.parse takes the last of two equal names and says nothing.',
        'Names are equal after their escapes are read, not before.',
        'Something has to see the names as they come, before they become an object.',
      ],
    },
  ],
})
