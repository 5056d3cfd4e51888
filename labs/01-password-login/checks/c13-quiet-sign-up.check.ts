import { check, type Exchange, receivedOf, shorten } from '../../../workbook/grader/index.ts'
import { login, newAccount, register, registered, registration, strong, tokenOf } from './kit.ts'

export const quietSignUp = check({
  id: 'C13',
  title: 'Sign-up does not say whether an address is taken',
  level: 'stretch',
  rationale: 'A quiet login form is of little use when the sign-up form answers the same question.',
  lesson: '01-authentication/02-passwords-now#sign-up-tells-too',
  sources: ['asvs-6.3.8'],
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 40_000, requests: 8 },
  onlyFor: (course) =>
    course.signUp === 'email-loop' ? undefined : 'course.json declares signUp "open"; this check is for "email-loop"',
  claims: {
    sameStatus: { clause: 'register.5', says: 'a taken address is answered 202 too' },
    sameBody: { clause: 'register.5', says: 'both answers have the same body' },
    sameHeaders: { clause: 'register.5', says: 'both answers have the same header names' },
    unchanged: { clause: 'register.5', says: 'the taken account keeps its password' },
    notTaken: { clause: 'register.5', says: 'the second password does not sign in', twin: 'unchanged' },
  },
  async run(kit) {
    const { expect, step } = kit
    // That a free address is answered 202 and can sign in at once, C01 grades in this design too.
    const owner = await registered(kit)
    const fresh = newAccount(kit)
    const free = await step('register a free address', () => registration(kit, fresh))
    const second = { ...owner, password: strong(kit.rng), displayName: fresh.displayName }
    const taken = await step('register a taken address', () => register(kit, second))
    expect('sameStatus').holds(taken.response?.status === 202, {
      expected: '202',
      received: receivedOf(taken),
      exchange: taken,
    })
    await tokenOf(kit, fresh)
    expect('sameBody').holds(bodyOf(free, fresh.email) === bodyOf(taken, owner.email), {
      did: 'Compared the answers for a free and a taken address',
      expected: bodyOf(free, fresh.email),
      received: bodyOf(taken, owner.email),
      exchange: taken,
    })
    expect('sameHeaders').holds(String(free.response?.headerNames) === String(taken.response?.headerNames), {
      did: 'Compared the header names for a free and a taken address',
      expected: String(free.response?.headerNames),
      received: String(taken.response?.headerNames),
      exchange: taken,
    })
    expect(
      'unchanged',
      await step('sign in to the taken account with its own password', () => login(kit, owner.email, owner.password)),
    ).status(200)
    expect(
      'notTaken',
      await step('sign in to the taken account with the second password', () =>
        login(kit, owner.email, second.password),
      ),
    ).refused([401])
  },
  diagnose: [
    {
      id: 'status-tells',
      when: (f) => f.claim === 'sameStatus',
      why: 'The status of a registration tells whether the address has an account.',
      hints: [
        'Compare the answers for a free and a taken address.',
        'The answer has to be sent before anybody knows, or as if nobody did.',
        'What only the owner may know belongs into a message to the owner.',
      ],
    },
    {
      id: 'body-tells',
      when: (f) => f.claim === 'sameBody' || f.claim === 'sameHeaders',
      why: 'The answers for a free and for a taken address differ in body or headers, and that tells them apart.',
      hints: [
        'Put Expected and Received side by side.',
        'What does the answer contain that only a new account has?',
        'Answer with a constant.',
      ],
    },
    {
      id: 'account-overwritten',
      when: (f) => f.claim === 'unchanged' || f.claim === 'notTaken',
      why: 'Registering a taken address changed the account behind it. Anybody can take over any account by signing up with its address.',
      hints: [
        'Which statement runs when the address is taken?',
        'An upsert writes in both cases.',
        'Insert or do nothing; never update here.',
      ],
    },
  ],
})

function bodyOf(exchange: Exchange, email: string): string {
  const id = exchange.response?.headers['x-request-id']
  const body = exchange.response?.body ?? ''
  return shorten(
    (id ? body.replaceAll(id, '<request id>') : body)
      .replaceAll(email, '<address>')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'),
  )
}
