import * as z from 'zod'
import { check } from '../../../workbook/grader/index.ts'
import { again, identityOf, login, loginAnswer, me, mintFor, newAccount, register, signedIn } from './kit.ts'
import { objectOf, partsOf, rs256, signedBy } from './token.ts'

export const twin = check({
  id: 'C01',
  title: 'A good token is accepted, and says whose it is',
  level: 'core',
  rationale:
    'Everything else refuses. A verifier that refuses good tokens is no verifier, and one that mixes up whose token it holds is worse than none.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#the-twin',
  sources: ['rfc9068', 'rfc6750'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 30_000, requests: 16 },
  claims: {
    ready: { clause: 'health.0', says: 'the readiness path gives an HTTP answer' },
    registers: { clause: 'register.1', says: 'a new account is made' },
    signsIn: { clause: 'login.1', says: 'the right pair signs in and gets a JWT' },
    header: { clause: 'issue.1', says: 'an issued token names its algorithm, its type and the current key' },
    signed: { clause: 'issue.1', says: 'an issued token is signed with the current key' },
    claims: { clause: 'issue.2', says: 'an issued token has the claims that the clause lists' },
    isMe: { clause: 'me.1', says: 'the issued token tells whose it is' },
    minted: { clause: 'verify.1', says: 'a good token that was minted elsewhere is accepted' },
    secondKey: { clause: 'keys.1', says: 'each key of the folder verifies, not the current one alone' },
    others: { clause: 'me.1', says: 'tokens of two accounts are told apart' },
  },
  async run(kit) {
    const { expect, step } = kit
    const ready = await kit.http.get('/health/ready')
    expect('ready').holds(ready.response !== undefined, {
      expected: 'any HTTP answer',
      received: ready.trouble?.text ?? '',
      exchange: ready,
    })
    const fresh = newAccount(kit)
    const made = expect('registers', await step('register a new account', () => register(kit, fresh)))
      .status(201)
      .json(z.object({ id: z.string().min(1) }), '{id, email, displayName, role}')
    const ada = { ...fresh, id: made.id }
    const answer = await step('sign in', () => login(kit, ada))
    const { accessToken } = expect('signsIn', answer)
      .status(200)
      .json(loginAnswer, '{accessToken, tokenType: "Bearer", expiresIn: whole seconds}')
    const [head, body] = partsOf(accessToken)
    expect('signsIn').holds(objectOf(head) !== undefined && objectOf(body) !== undefined, {
      did: 'Read the access token',
      expected: 'a JWT: header, claims and signature, joined by dots',
      received: accessToken,
      exchange: answer,
    })
    const session = await again(kit, ada)
    const mint = await mintFor(kit, session)
    const { alg, typ, kid } = session.header
    expect('header').holds(alg === 'RS256' && /^(application\/)?at\+jwt$/i.test(String(typ)) && kid === mint.key.kid, {
      did: 'Read the header of an access token',
      expected: `{"alg":"RS256","typ":"at+jwt","kid":"${mint.key.kid}"}`,
      received: JSON.stringify(session.header),
    })
    expect('signed').holds(signedBy(session.token, mint.key.privateKey), {
      did: 'Verified the signature of an access token with the current key of the folder',
      expected: `an RS256 signature of the key ${mint.key.kid}`,
      received: 'a signature that this key did not make',
    })
    const wrong = claimsSchema(mint.issuer, mint.audience, ada.id).safeParse(session.claims).error?.issues[0]
    expect('claims').holds(wrong === undefined, {
      did: 'Read the claims of an access token',
      expected: 'iss, aud, sub, sid, jti, iat, exp, role and orgId as the clause says',
      received: `${wrong?.path.join('.') ?? ''}: ${wrong?.message ?? ''}`,
    })
    const shape = 'the identity of the account that the token is for'
    expect('isMe', await step('ask who I am with the issued token', () => me(kit, accessToken)))
      .status(200)
      .json(identityOf(ada), shape)

    expect(
      'minted',
      await step('ask with a good token, minted by somebody who has the key', () => me(kit, mint.token())),
    )
      .status(200)
      .json(identityOf(ada), shape)

    // The other key of the folder does not sign; what it signed is good all the same.
    const other = mint.keys.find((key) => key.kid !== mint.key.kid) ?? mint.key
    const token = rs256(mint.header({ kid: other.kid }), mint.claims(), other.privateKey)
    expect('secondKey', await step('ask with a good token of the other key of the folder', () => me(kit, token)))
      .status(200)
      .json(identityOf(ada), shape)

    const ben = await signedIn(kit)
    for (const one of [ben, session, ben]) {
      const token = (await mintFor(kit, one)).token()
      expect('others', await step('ask in turn with tokens of two accounts', () => me(kit, token)))
        .status(200)
        .json(identityOf(one.account), 'the identity of the account that the token is for')
    }
  },
  diagnose: [
    {
      id: 'cannot-sign-in',
      when: (f) => f.claim === 'registers' || f.claim === 'signsIn',
      why: 'Registering or signing in does not answer as the contract says. Without an account and its token nothing else of this lab can be graded.',
      hints: [
        'Compare Expected and Received: status, names and types.',
        'Both worked in the starter. What has changed since?',
        'Clauses register.1 and login.1 are those of L01, but that the access token is a JWT.',
      ],
    },
    {
      id: 'issued-refused',
      when: (f) => f.claim === 'isMe' && f.status === 401,
      why: 'The server refuses a token that it has just issued. Whoever signs in is turned away at the next request.',
      hints: [
        'Decode the token of the request. Which of its claims does your verifier object to?',
        'Times are the usual suspects: a token is good from the moment of its issue.',
        'Verify a token right after you have made it.',
      ],
    },
    {
      id: 'own-tokens-only',
      when: (f) => f.claim === 'minted' && f.status === 401,
      why: 'A token that keeps every rule is refused because the server did not issue it itself. Another copy of the API, or this one after a restart, then knows nobody any more.',
      hints: [
        'The token of this check differs from an issued one in jti, iat and exp. Which of them does the server remember?',
        'Look for a list, in memory or in a table, that is written when a token is issued.',
        'What makes a token good is written in the token and in the folder of keys, and nowhere else.',
      ],
    },
    {
      id: 'one-key-only',
      when: (f) => f.claim === 'secondKey' && f.status === 401,
      why: 'Only tokens of the current key are accepted. When the key is changed, everybody who is signed in is thrown out at that moment.',
      hints: [
        'The folder holds two keys. Which of them does the verifier know?',
        'One key signs; every key of the folder verifies.',
        'The header of a token names the key it was made with.',
      ],
    },
    {
      id: 'mixed-up',
      when: (f) => ['isMe', 'minted', 'secondKey', 'others'].includes(f.claim) && f.status === 200,
      why: 'A good token gets the identity of somebody else. Whoever calls second is served as whoever called first.',
      hints: [
        'Received shows whose identity came back; it was right when that account asked before.',
        'Something is kept from one request to the next. Under which name is it kept?',
        'The claim sub says whose token it is; a key, a session or a header says something else.',
      ],
    },
    {
      id: 'header-differs',
      when: (f) => f.claim === 'header',
      why: 'The header of an issued token does not say what the clause lists. Whoever verifies strictly, this server included, cannot tell an access token from another kind, or does not find its key.',
      hints: [
        'Compare Expected and Received member by member.',
        'Most libraries set typ to JWT where nobody says otherwise.',
        'Set alg, typ and kid where the token is signed.',
      ],
    },
    {
      id: 'signed-otherwise',
      when: (f) => f.claim === 'signed',
      why: 'An issued token is not signed with the key that it names. Whoever verifies it by the key set, this server included, refuses it.',
      hints: [
        'The header names one key. Which one makes the signature?',
        'The file current says which key signs; the order of files in a folder says nothing.',
        'Take the name and the key from one place.',
      ],
    },
    {
      id: 'claims-differ',
      when: (f) => f.claim === 'claims',
      why: 'A claim is missing or is not what the clause says, so that a verifier that keeps this contract refuses the token, or finds nobody in it.',
      hints: [
        'Received names the first claim that differs.',
        'Compare the names and the types with the clause, letter by letter.',
        'iss and aud come from the environment; times are whole seconds.',
      ],
    },
  ],
})

const text = z.string().min(1)
const claimsSchema = (issuer: string, audience: string, sub: string) =>
  z.object({
    iss: z.literal(issuer),
    aud: z.union([z.literal(audience), z.array(text).refine((list) => list.includes(audience), `without ${audience}`)]),
    sub: z.literal(sub),
    sid: text,
    jti: text,
    iat: z.int(),
    exp: z.int(),
    role: z.literal('member'),
    orgId: z.union([text, z.number()]),
  })
