import * as z from 'zod'
import { check, type Exchange, PreconditionFailed, receivedOf } from '../../../workbook/grader/index.ts'
import { goodAnswer, identityOf, me, mintFor, refusals, signedIn } from './kit.ts'

export const transport = check({
  id: 'C11',
  title: 'A token counts in one place, and its refusal says so',
  level: 'core',
  rationale:
    'A token in a URL is in every log. One in a cookie is sent for any page that asks. And a client can only repair what it is told.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#transport',
  sources: ['rfc6750', 'rfc9700-4.3.2', 'asvs-14.2.1'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 30_000, requests: 40 },
  claims: {
    accepted: {
      clause: 'bearer.1',
      says: 'a token in the Authorization field is accepted, in any letter case of Bearer',
    },
    query: { clause: 'bearer.1', says: 'a token in the query does not count', twin: 'accepted' },
    body: { clause: 'bearer.1', says: 'a token in a body does not count', twin: 'accepted' },
    cookie: { clause: 'bearer.1', says: 'a token in a cookie does not count', twin: 'accepted' },
    scheme: { clause: 'bearer.1', says: 'another scheme, or more than a token after it, is refused', twin: 'accepted' },
    twice: { clause: 'bearer.2', says: 'two Authorization fields are refused', twin: 'accepted' },
    challenge: { clause: 'bearer.3', says: 'a bad token gets 401 and a challenge with error="invalid_token"' },
    without: { clause: 'bearer.3', says: 'no token gets 401, and no error in a challenge' },
    problem: { clause: 'http.1', says: 'the error has status, title and a code as text' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const session = await signedIn(kit)
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    const token = mint.token()
    const send = (what: string, authorization: string | string[], path = '/me') =>
      step(`ask with ${what}`, () => kit.http.get(path, { headers: { authorization } }))
    const identity = identityOf(session.account)
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect('accepted', await send(`the scheme ${scheme}`, `${scheme} ${token}`))
        .status(200)
        .json(identity, 'the identity of the account')

    for (const name of ['access_token', 'token', 'jwt'])
      expect(
        'query',
        await step(`ask with the token in the query, as ${name}`, () => kit.http.get(`/me?${name}=${token}`)),
      ).refused([401])
    for (const [what, type, raw] of [
      ['a form', 'application/x-www-form-urlencoded', `access_token=${token}`],
      ['a JSON body', 'application/json', JSON.stringify({ access_token: token, accessToken: token })],
    ] as const)
      expect(
        'body',
        await step(`ask with the token in ${what}`, () =>
          kit.http.get('/me', { raw, headers: { 'content-type': type } }),
        ),
      ).refused([400, 401, 413, 415])
    for (const name of ['access_token', 'accessToken', 'token', 'jwt', '__Host-access_token'])
      expect(
        'cookie',
        await step(`ask with the token in a cookie, as ${name}`, () =>
          kit.http.get('/me', { headers: { cookie: `${name}=${token}` } }),
        ),
      ).refused([401])
    for (const [what, value] of [
      ['the scheme Basic', `Basic ${token}`],
      ['the scheme Token', `Token ${token}`],
      ['no scheme', token],
      ['a word before the token', `Bearer ${rng.text(5)} ${token}`],
      ['a word after the token', `Bearer ${token} ${rng.text(5)}`],
    ] as const)
      expect('scheme', await send(what, value)).refused(refusals)

    const bad = mint.token({ claims: { exp: 1 } })
    for (const [what, values] of [
      ['a good token, and a bad one in a second field', [`Bearer ${token}`, `Bearer ${bad}`]],
      ['a bad token, and a good one in a second field', [`Bearer ${bad}`, `Bearer ${token}`]],
      ['two good tokens in two fields', [`Bearer ${token}`, `Bearer ${mint.token()}`]],
    ] as const)
      expect('twice', await send(what, [...values]), { shown: what }).refused([400, 401])

    const bads: [what: string, gradedBy: string, token: string][] = [
      ['a token that expired', 'C06', bad],
      ['a token that is none', 'C09', rng.text(40)],
      ['a token without a signature', 'C09', token.slice(0, token.lastIndexOf('.') + 1)],
      ['a token of an unknown key', 'C04', mint.token({ header: { kid: rng.text(9) } })],
      ['a token of another type', 'C08', mint.token({ header: { typ: 'id+jwt' } })],
      ['a token of another algorithm', 'C02', mint.token({ header: { alg: 'none' } })],
      ['a token of another issuer', 'C07', mint.token({ claims: { iss: rng.text(8) } })],
      ['a token of another audience', 'C07', mint.token({ claims: { aud: rng.text(8) } })],
    ]
    const refused: [what: string, exchange: Exchange][] = []
    for (const [what, gradedBy, sent] of bads) {
      const exchange = await step(`ask with ${what}`, () => me(kit, sent))
      // That it is refused, another check grades; how, this one.
      if (exchange.response?.status === 200)
        throw new PreconditionFailed(gradedBy, {
          did: `ask with ${what}`,
          expected: 'a refusal',
          received: receivedOf(exchange),
          exchange,
        })
      refused.push([what, exchange])
    }
    for (const [what, exchange] of refused) {
      const field = exchange.response?.headers['www-authenticate'] ?? ''
      expect('challenge').holds(
        exchange.response?.status === 401 && /\bbearer\b.*\berror\s*=\s*"?invalid_token\b/i.test(field),
        {
          did: `Asked with ${what}`,
          expected: '401 with WWW-Authenticate: Bearer … error="invalid_token"',
          received: `${exchange.response?.status} with ${field === '' ? 'no WWW-Authenticate' : `WWW-Authenticate: ${field}`}`,
          exchange,
        },
      )
    }
    const nobody = await kit.http.get('/me')
    const field = nobody.response?.headers['www-authenticate'] ?? ''
    expect('without').holds(
      nobody.response?.status === 401 && (field === '' || /\bbearer\b/i.test(field)) && !/error/i.test(field),
      {
        did: 'Asked without a token',
        expected: '401 with WWW-Authenticate: Bearer, without error, or without the field',
        received: `${nobody.response?.status} with ${field === '' ? 'no WWW-Authenticate' : `WWW-Authenticate: ${field}`}`,
        exchange: nobody,
      },
    )
    const problem = z.object({ status: z.literal(401), title: z.string().min(1), code: z.string().min(1) })
    for (const exchange of [nobody, ...refused.map(([, e]) => e)])
      expect('problem', exchange).status(401).json(problem, '{"status":401,"title":"…","code":"…"}')
  },
  diagnose: [
    {
      id: 'token-in-query',
      when: (f) => f.claim === 'query' && f.status === 200,
      why: 'A token in the URL is accepted. URLs stand in the logs of every proxy, in the history of the browser and in the Referer of the next page; whoever reads one of them has the session.',
      hints: [
        'See in Did under which name it was sent.',
        'It may be a fallback for downloads or sockets that somebody needed once.',
        'There is one place for a token; where it is not there, there is none.',
      ],
    },
    {
      id: 'token-in-body',
      when: (f) => f.claim === 'body' && f.status === 200,
      why: 'A token in a body is accepted. A form of any page can send one, and bodies are logged where headers are not.',
      hints: [
        'See in Did in which kind of body it was sent.',
        'Some middleware looks into the header, the body and the query, one after the other.',
        'There is one place for a token; where it is not there, there is none.',
      ],
    },
    {
      id: 'token-in-cookie',
      when: (f) => f.claim === 'cookie' && f.status === 200,
      why: 'A token in a cookie is accepted. The browser sends cookies by itself, also for a page of somebody else, and nothing here tells such a request from one that the user meant.',
      hints: [
        'See in Did under which name it was sent.',
        'Who adds a cookie to a request, and who adds an Authorization field?',
        'A cookie may hold authority where requests from elsewhere are told apart. That is not this lab.',
      ],
    },
    {
      id: 'scheme-not-read',
      when: (f) => f.claim === 'scheme' && f.status === 200,
      why: 'A token is found in an Authorization field that is not of the form Bearer and token. What this server reads there and what a gateway in front of it reads are then two things.',
      hints: [
        'See in Did what the field was.',
        'How is the field split, and which of the pieces is used?',
        'Two words, the first of them Bearer: anything else is refused.',
      ],
    },
    {
      id: 'two-fields',
      when: (f) => f.claim === 'twice' && f.status === 200,
      why: 'Of two Authorization fields one is used and the other passed over. A gateway that looks at the other one checks somebody, and you serve somebody else.',
      hints: [
        'See in Did which of the two was good.',
        'Your server may show you one value where two were sent.',
        'Look for the place where your framework keeps every field, and count.',
      ],
    },
    {
      id: 'no-problem-object',
      when: (f) => f.claim === 'problem' && f.status === 401,
      why: 'The refusal is no JSON object with status, title and code. A client that reads code from every refusal breaks on this one.',
      hints: [
        'Compare the body in Received with clause http.1.',
        'Who writes this answer, and which way do your other errors take?',
        'Send every error through one handler.',
      ],
    },
    {
      id: 'forbidden',
      when: (f) => f.claim === 'challenge' && f.status === 403,
      why: 'A token that is no good gets 403. That says: I know who you are, and you may not. Clients that renew their token on 401 never do, and show an error that no sign-in repairs.',
      hints: [
        'See in Did what was wrong with the token.',
        '401 asks for better credentials, 403 says that no other ones will help.',
        'Who sends a token that is not good is nobody yet.',
      ],
    },
    {
      id: 'no-challenge',
      when: (f) => f.claim === 'challenge',
      why: 'The refusal of a token does not say in its header what was wrong. A client library looks there to decide between renewing the token and giving up.',
      hints: [
        'Compare Received with Expected.',
        'RFC 6750 section 3 has the form of the field.',
        'Every 401 for a token that was sent carries it, whatever was wrong with the token.',
      ],
    },
    {
      id: 'error-without-token',
      when: (f) => f.claim === 'without',
      why: 'Who sends no token is told that a token was not good. A client that has none yet takes that for the end of its session, and throws away what it keeps.',
      hints: [
        'Compare Received with Expected.',
        'RFC 6750 section 3.1: without a token there is no error to tell.',
        'Two cases are answered by one line here.',
      ],
    },
  ],
})
