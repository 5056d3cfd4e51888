import { check, type Exchange, shorten } from '../../../workbook/grader/index.ts'
import { login, newAccount, registered, strong } from './kit.ts'

export const oneFailure = check({
  id: 'C03',
  title: 'A failed sign-in does not say why',
  level: 'core',
  rationale:
    'If the answer tells an unknown address from a wrong password, the login form is a directory of your users.',
  lesson: '01-authentication/02-passwords-now#one-failure',
  sources: ['asvs-6.3.8', 'cs-authentication'],
  capabilities: ['http', 'given'],
  lane: 'shared',
  budget: { ms: 40_000, requests: 8 },
  claims: {
    signsIn: { clause: 'login.1', says: 'the right pair signs in while the account is enabled' },
    wrongRefused: { clause: 'login.2', says: 'a wrong password gets 401 invalid_credentials', twin: 'signsIn' },
    unknownRefused: { clause: 'login.2', says: 'an unknown address gets 401 invalid_credentials', twin: 'signsIn' },
    disabledRefused: { clause: 'login.2', says: 'a disabled account gets 401 invalid_credentials', twin: 'signsIn' },
    sameBody: { clause: 'login.2', says: 'the three answers have the same body' },
    sameHeaders: { clause: 'login.2', says: 'the three answers have the same header names' },
  },
  async run(kit) {
    const { expect, step } = kit
    const account = await registered(kit)
    expect(
      'signsIn',
      await step('sign in with the right pair', () => login(kit, account.email, account.password)),
    ).status(200)

    const wrong = await step('sign in with a wrong password', () => login(kit, account.email, strong(kit.rng)))
    const unknown = await step('sign in to an address without an account', () =>
      login(kit, newAccount(kit).email, account.password),
    )
    await kit.given.disabled(account.email)
    const disabled = await step('sign in to a disabled account with the right password', () =>
      login(kit, account.email, account.password),
    )
    const disabledWrong = await step('sign in to a disabled account with a wrong password', () =>
      login(kit, account.email, strong(kit.rng)),
    )

    expect('wrongRefused', wrong, { told: toldBy(wrong, unknown) }).refused([401], 'invalid_credentials')
    expect('unknownRefused', unknown).refused([401], 'invalid_credentials')
    expect('disabledRefused', disabled).refused([401], 'invalid_credentials')
    expect('disabledRefused', disabledWrong).refused([401], 'invalid_credentials')
    for (const [name, other] of [
      ['an unknown address', unknown],
      ['a disabled account', disabled],
      ['a disabled account and a wrong password', disabledWrong],
    ] as const) {
      expect('sameBody').holds(bodyOf(wrong) === bodyOf(other), {
        did: `Compared the answers for a wrong password and for ${name}`,
        expected: bodyOf(wrong),
        received: bodyOf(other),
        exchange: other,
      })
      expect('sameHeaders').holds(headersOf(wrong) === headersOf(other), {
        did: `Compared the header names for a wrong password and for ${name}`,
        expected: difference(wrong, other) || 'the same header names',
        received: difference(other, wrong) || 'fewer header names',
        exchange: other,
      })
    }
  },
  diagnose: [
    {
      id: 'disabled-accepted',
      when: (f) => f.claim === 'disabledRefused' && f.status === 200,
      why: 'A disabled account signs in. Whoever was shut out, or whose account was frozen because it was stolen, is back with the old password.',
      hints: [
        'The column users.disabled_at is set; who reads it?',
        'Sign-in has to look at it, and the answer must not show that it did.',
        'Treat a disabled account as one that does not exist, at the same cost.',
      ],
    },
    {
      id: 'status-differs',
      when: (f) =>
        f.status !== undefined &&
        f.status !== 401 &&
        (f.claim === 'unknownRefused' ||
          f.claim === 'disabledRefused' ||
          (f.claim === 'wrongRefused' && f.facts.told === 'status')),
      why: 'The status tells the reasons of a failed sign-in apart. A script that tries a list of addresses learns from it which of them have accounts.',
      hints: [
        'Compare the status for an unknown address with the one for a wrong password.',
        'Three paths lead to a refusal; let them meet before they answer.',
        'One place should build the refusal, and know nothing of the reason.',
      ],
    },
    {
      id: 'wrong-password-told',
      when: (f) => f.claim === 'wrongRefused' && f.status === 401 && f.facts.told === 'code',
      why: 'A wrong password for an account has a code of its own. The code is meant for the owner who mistyped, and it tells everybody else that the address has an account.',
      hints: [
        'Sign in with a wrong password, then with an address that has no account, and compare the two codes.',
        'Follow the path that found an account and then a wrong password: what does it answer with?',
        'A code that only one of the reasons has is the reason. Refuse as if you did not know it.',
      ],
    },
    {
      id: 'body-differs',
      when: (f) =>
        f.claim === 'sameBody' ||
        (f.status === 401 &&
          (f.claim === 'unknownRefused' ||
            f.claim === 'disabledRefused' ||
            (f.claim === 'wrongRefused' && f.facts.told === 'body'))),
      why: 'The body of the refusal tells the reasons apart, in its text or its code. That is a directory of accounts for whoever asks politely and often.',
      hints: [
        'Put Expected and Received side by side.',
        'A helpful message is helpful to everybody who asks.',
        'Say what the contract lists, and write the reason to the log.',
      ],
    },
    {
      id: 'headers-differ',
      when: (f) => f.claim === 'sameHeaders',
      why: 'The answers carry different headers, which tell the reasons apart as surely as a text would.',
      hints: [
        'Expected and Received list the header names that only one of them has.',
        'Which code path sets that header?',
        'Both refusals should leave through the same line.',
      ],
    },
  ],
})

/** The body without what may differ: request ids, times, other random ids. */
function bodyOf(exchange: Exchange): string {
  const id = exchange.response?.headers['x-request-id']
  const body = exchange.response?.body ?? ''
  return shorten(
    (id === undefined || id === '' ? body : body.replaceAll(id, '<request id>'))
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<time>'),
  )
}

/**
 * What of an answer tells it from another one, the plainest first. Undefined where they are alike: if both are wrong, no reason is told,
 * it is just not the answer that the contract lists.
 */
function toldBy(one: Exchange, other: Exchange): 'status' | 'code' | 'body' | undefined {
  const code = codeOf(one)
  if (one.response?.status !== other.response?.status) return 'status'
  if (typeof code === 'string' && code !== codeOf(other)) return 'code'
  return bodyOf(one) === bodyOf(other) ? undefined : 'body'
}

const codeOf = (exchange: Exchange) => (exchange.response?.json as { code?: unknown } | null | undefined)?.code

const headersOf = (exchange: Exchange) => (exchange.response?.headerNames ?? []).join(', ')

/** Header names that the first has and the second has not. */
function difference(one: Exchange, other: Exchange): string {
  const there = other.response?.headerNames ?? []
  return (one.response?.headerNames ?? []).filter((name) => !there.includes(name)).join(', ')
}
