import * as z from 'zod'
import { check } from '../../../workbook/grader/index.ts'
import { createdStatus, login, loginAnswer, me, newAccount, register, registered, strong, swapCase } from './kit.ts'

const sameAddress = (email: string) =>
  z.string().refine((v) => v.toLowerCase() === email.toLowerCase(), 'not the address that was sent')

export const roundTrip = check({
  id: 'C01',
  title: 'Register, sign in, and be who you said',
  level: 'core',
  rationale:
    'Everything else builds on it. A password that is changed on the way (case, spaces, foreign letters) is weaker than its owner thinks, or locks the owner out.',
  lesson: '01-authentication/02-passwords-now#exactly-as-received',
  sources: ['asvs-6.2.8', 'nist-800-63b-4'],
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 40_000, requests: 24 },
  claims: {
    ready: { clause: 'health.0', says: 'the readiness path gives an HTTP answer' },
    registers: { clause: 'register.1', says: 'a new account is made, with the role member' },
    signsIn: { clause: 'login.1', says: 'the right pair signs in' },
    isMe: { clause: 'me.1', says: 'the access token tells whose it is' },
    noToken: { clause: 'me.1', says: 'without a valid token nobody is told', twin: 'isMe' },
    emailCase: { clause: 'register.2', says: 'the letter case of an e-mail address does not matter' },
    taken: { clause: 'register.3', says: 'a taken address is refused', twin: 'registers' },
    takenUnchanged: { clause: 'register.3', says: 'registering a taken address changes nothing' },
    caseCounts: { clause: 'password.1', says: 'the letter case of a password counts', twin: 'signsIn' },
    spacesKept: { clause: 'password.1', says: 'a password with spaces at its ends and in a row signs in' },
    spacesCount: { clause: 'password.1', says: 'spaces at the ends and in a row count', twin: 'spacesKept' },
    unicodeKept: { clause: 'password.1', says: 'a password of letters of any script signs in' },
    unicodeCounts: { clause: 'password.1', says: 'letters outside ASCII count', twin: 'unicodeKept' },
    requestIds: { clause: 'http.2', says: 'each response has a request id of its own' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const ids: string[] = []
    // A request without an answer has nothing to carry an id; its own claim says so.
    const seen = <T extends { response?: { headers: Record<string, string> } }>(exchange: T): T => {
      if (exchange.response !== undefined) ids.push(exchange.response.headers['x-request-id'] ?? '')
      return exchange
    }
    const ready = seen(await kit.http.get('/health/ready'))
    expect('ready').holds(ready.response !== undefined, {
      expected: 'any HTTP answer',
      received: ready.trouble?.text ?? '',
      exchange: ready,
    })

    // Register, sign in, ask who I am.
    const ada = newAccount(kit)
    const made = seen(await step('register a new account', () => register(kit, ada)))
    const answer = expect('registers', made).status(createdStatus(kit))
    if (kit.course.signUp === 'open') {
      answer.json(
        z.object({
          id: z.union([z.string().min(1), z.number()]),
          email: sameAddress(ada.email),
          displayName: z.literal(ada.displayName),
          role: z.literal('member'),
        }),
        `{id, email: "${ada.email}", displayName: "${ada.displayName}", role: "member"}`,
      )
    }
    const signed = seen(await step('sign in with the right pair', () => login(kit, ada.email, ada.password)))
    const { accessToken } = expect('signsIn', signed)
      .status(200)
      .json(loginAnswer, '{accessToken, tokenType: "Bearer", expiresIn: whole seconds}')
    const mine = seen(await step('ask who I am', () => me(kit, accessToken)))
    expect('isMe', mine)
      .status(200)
      .json(
        z.object({
          id: z.union([z.string().min(1), z.number()]),
          email: sameAddress(ada.email),
          displayName: z.literal(ada.displayName),
          role: z.literal('member'),
          orgId: z.union([z.string().min(1), z.number()]),
        }),
        `{id, email: "${ada.email}", displayName, role: "member", orgId}`,
      )
    expect('noToken', seen(await step('ask who I am without a token', () => me(kit)))).refused([401])
    expect('noToken', seen(await step('ask who I am with a made-up token', () => me(kit, rng.text(43))))).refused([401])

    // The address: case does not matter, taken is taken.
    expect(
      'emailCase',
      seen(await step('sign in with the address in capitals', () => login(kit, ada.email.toUpperCase(), ada.password))),
    ).status(200)
    const thief = { ...ada, email: ada.email.toUpperCase(), password: strong(rng), displayName: 'Another' }
    const again = seen(await step('register the same address in capitals', () => register(kit, thief)))
    if (kit.course.signUp === 'open') expect('taken', again).refused([409], 'email_taken')
    // In that design the answer is C13's subject; here it counts that the account stays as it is.
    else
      expect('taken').holds([202, 409].includes(again.response?.status ?? 0), {
        expected: '202',
        received: String(again.response?.status),
        exchange: again,
      })
    const stolen = await step('sign in with the password of the second registration', () =>
      login(kit, ada.email, thief.password),
    )
    expect('takenUnchanged').holds(stolen.response?.status === 401, {
      expected: '401: the account keeps its password',
      received: String(stolen.response?.status),
      exchange: stolen,
    })

    // The password: exactly as received. Each pair differs only in what the server might drop.
    const swapped = swapCase(ada.password)
    expect(
      'caseCounts',
      await step('sign in with the letter case of the password swapped', () => login(kit, ada.email, swapped)),
      { part: 'case' },
    ).refused([401])

    const core = `${strong(rng, 12)}  ${strong(rng, 12)}`
    const spaced = await registered(kit, { password: ` ${core}  ` })
    expect(
      'spacesKept',
      await step('sign in with a password that has spaces at its ends', () =>
        login(kit, spaced.email, spaced.password),
      ),
    ).status(200)
    expect('spacesCount', await step('sign in without the spaces at the ends', () => login(kit, spaced.email, core)), {
      part: 'ends',
    }).refused([401])
    expect(
      'spacesCount',
      await step('sign in with two spaces in a row made one', () =>
        login(kit, spaced.email, spaced.password.replace(/(\S) {2}(\S)/, '$1 $2')),
      ),
      { part: 'row' },
    ).refused([401])

    // Letters that NFKC leaves as they are: normalising is allowed.
    const tail = strong(rng, 18)
    const foreign = await registered(kit, { password: `${rng.text(6, 'абвгдежзиклмнопрсту')}${tail}` })
    expect(
      'unicodeKept',
      await step('sign in with Cyrillic letters in the password', () => login(kit, foreign.email, foreign.password)),
    ).status(200)
    expect(
      'unicodeCounts',
      await step('sign in with other Cyrillic letters in their place', () =>
        login(kit, foreign.email, `${rng.text(6, 'фхцчшщыэюя')}${tail}`),
      ),
    ).refused([401])

    const fresh = new Set(ids)
    const good = ids.every((id) => id !== '' && id.length <= 128) && fresh.size === ids.length
    expect('requestIds').holds(good, {
      did: `${ids.length} requests without an X-Request-Id of their own`,
      expected: `${ids.length} different ids of 1 to 128 characters`,
      received: ids.includes('') ? 'a response without X-Request-Id' : `${fresh.size} different ones`,
    })
  },
  diagnose: [
    {
      id: 'me-without-token',
      when: (f) => f.claim === 'noToken' && (f.status ?? 0) < 300,
      why: 'Who asks without a valid access token gets an answer as if there were one. A program that looks only at the status then takes a stranger for somebody who signed in.',
      hints: [
        'See in Did which request was answered: one without a token, or one with a made-up token.',
        'Follow that request to the place where the token is looked at.',
        'Where no valid token is found, no handler behind may run.',
      ],
    },
    {
      id: 'taken-overwritten',
      when: (f) => f.claim === 'takenUnchanged' && f.status === 200,
      why: 'Registering an address that is taken changed its account: the second password signs in. Anybody takes over any account by signing up with its address.',
      hints: [
        'Follow the second registration to the database.',
        'Look for a statement that writes also where a row exists already.',
        'Registering makes accounts; it never changes one.',
      ],
    },
    {
      id: 'request-id-reused',
      when: (f) => f.claim === 'requestIds',
      why: 'Responses lack a request id of their own. When somebody reports a failure, its lines cannot be told from those of other requests.',
      hints: [
        'Compare the X-Request-Id of two responses.',
        'Where is the id made, and how often does that line run?',
        'An id belongs to one request, from its arrival to its last log line.',
      ],
    },
    {
      id: 'password-folded',
      when: (f) => f.claim === 'caseCounts' && f.status === 200,
      why: 'The server signs in a password whose letters have the wrong case. Somewhere it folds case before hashing, which halves the choices for each letter and is not what the owner typed.',
      hints: [
        'Follow the password from the request body to the hash.',
        'Look for a conversion that is meant for the e-mail address and also reaches the password.',
        'The value that is hashed must be the value that was received.',
      ],
    },
    {
      id: 'password-trimmed',
      when: (f) => f.claim === 'spacesCount' || (f.claim === 'spacesKept' && f.status === 401),
      why: 'Spaces in the password are dropped or collapsed. A passphrase with spaces is then another password than the one its owner chose, and a password manager that keeps them may fail to sign in.',
      hints: [
        'Compare what register and what login do with the same text.',
        'A validator or a form helper may trim every string it sees.',
        'E-mail addresses may be trimmed; passwords may not.',
      ],
    },
    {
      id: 'non-ascii-dropped',
      when: (f) => f.claim === 'unicodeCounts' || (f.claim === 'unicodeKept' && f.status === 401),
      why: 'Letters outside ASCII do not count: another password with other Cyrillic letters signs in, or the right one does not. Whoever writes in another script has a shorter password than they think.',
      hints: [
        'See what the hash function receives for a Cyrillic letter.',
        'Look for a pattern that keeps only some characters, or an encoding that cannot hold them all.',
        'Hash the UTF-8 bytes of the whole text.',
      ],
    },
    {
      id: 'email-case',
      when: (f) => f.claim === 'emailCase',
      why: 'The same e-mail address in other letter case counts as another one. Its owner cannot sign in from a phone that capitalises the first letter, and the address can be registered twice.',
      hints: [
        'Try the address in capitals in register and in login.',
        'The rule has to hold where addresses are compared, in every query.',
        'The database can keep this rule by itself, for every query at once.',
      ],
    },
    {
      id: 'address-twice',
      when: (f) => f.claim === 'taken' && f.status === 201,
      why: 'An address that is taken got a second account when it was sent in other letter case. Sign-in takes both spellings for one address, so chance decides which of the two accounts it means.',
      hints: [
        'Register an address, then the same in capitals, and look at the rows of the table users.',
        'What keeps a second row out, and does it compare addresses as sign-in does?',
        'The database can keep this rule by itself, if it is told in which form addresses are equal.',
      ],
    },
  ],
})
