import { check, cut, type Exchange, shorten } from '../../../workbook/grader/index.ts'
import { login, newAccount, register, registered, strong, tokenOf } from './kit.ts'

export const quietLogs = check({
  id: 'C12',
  title: 'Logs hold no password and no token',
  level: 'core',
  rationale:
    'Logs are copied to more places and read by more people than the database. A secret in them is a secret no more.',
  lesson: '01-authentication/02-passwords-now#quiet-logs',
  sources: ['asvs-16.2.5', 'cs-logging'],
  capabilities: ['http', 'logs'],
  lane: 'shared',
  budget: { ms: 60_000, requests: 24 },
  claims: {
    lineThere: { clause: 'logs.1', says: 'each request leaves a JSON line with its request id' },
    noPassword: { clause: 'logs.2', says: 'no line holds a password from a body', twin: 'lineThere' },
    noToken: { clause: 'logs.2', says: 'no line holds an access token', twin: 'lineThere' },
    noQuery: { clause: 'logs.2', says: 'no line holds a secret from a query string', twin: 'lineThere' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const passwords: string[] = []
    const tokens: string[] = []
    const queries: string[] = []
    const exchanges: Exchange[] = []
    // Letters and digits alone: the same text in JSON, in a URL and in a log.
    const canary = (keep: string[]) => {
      const text = `${rng.text(10, 'ABCDEFGHJKLMNPQRSTUVWXYZ')}${rng.text(10)}${rng.text(6, '23456789')}`
      keep.push(text)
      return text
    }
    const send = async (act: Promise<Exchange>) => void exchanges.push(await act)

    const account = await registered(kit, { password: `${canary(passwords)}!` })
    const token = await tokenOf(kit, account)
    tokens.push(token)
    await send(kit.http.get('/me', { token }))
    await send(kit.http.get('/me', { token: canary(tokens) }))
    await send(register(kit, account))
    await send(login(kit, account.email, canary(passwords)))
    await send(register(kit, { ...newAccount(kit), password: canary(passwords), displayName: 7 }))
    await send(register(kit, { ...newAccount(kit), password: [canary(passwords)] }))
    await send(register(kit, { ...newAccount(kit), password: `${canary(passwords)}${'x'.repeat(3_000)}` }))
    await send(
      kit.http.post('/auth/login', {
        raw: `{"email":"${account.email}","password":"${canary(passwords)}"`,
        headers: { 'content-type': 'application/json' },
      }),
    )
    await send(
      kit.http.post('/auth/login', {
        raw: `email=${account.email}&password=${canary(passwords)}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    )
    await send(kit.http.get(`/me?access_token=${canary(queries)}`))
    await send(
      kit.http.post(`/auth/login?password=${canary(queries)}`, {
        json: { email: account.email, password: strong(rng) },
      }),
    )

    const lastId = exchanges.at(-1)?.response?.headers['x-request-id'] ?? ''
    const lines = await step('read the log', () => kit.logs.lines(lastId))
    for (const exchange of exchanges) {
      const id = exchange.response?.headers['x-request-id'] ?? ''
      expect('lineThere').holds(id !== '' && lines.some((line) => jsonLine(line)?.requestId === id), {
        did: 'Looked in the log for the line of a request, by its X-Request-Id',
        expected: 'a JSON line with that requestId',
        received: 'no such line',
        exchange,
      })
    }
    for (const [claim, secrets, what] of [
      ['noPassword', passwords, 'a password'],
      ['noToken', tokens, 'an access token'],
      ['noQuery', queries, 'a secret from a query string'],
    ] as const) {
      const leak = lines.find((line) => secrets.some((secret) => line.includes(secret)))
      const secret = secrets.find((s) => leak?.includes(s)) ?? ''
      expect(claim).holds(leak === undefined, {
        did: `Looked in the log for ${what} that was sent`,
        expected: 'no line with it',
        received: `a line with it: ${cut(shorten((leak ?? '').replaceAll(secret, '<it>')), 200)}`,
      })
    }
  },
  diagnose: [
    {
      id: 'no-request-line',
      when: (f) => f.claim === 'lineThere',
      why: 'A request left no JSON line with its request id in the log. What happened to it cannot be found out later, by you or by this check.',
      hints: [
        'Which requests leave a line, and which do not?',
        'A refusal by the body parser may end before your logging begins.',
        'Write the line when the response ends, whatever ended it.',
      ],
    },
    {
      id: 'password-logged',
      when: (f) => f.claim === 'noPassword',
      why: 'A password stands in the log. Everyone who reads logs, and every system they are copied to, now holds it.',
      hints: [
        'Received shows the line; see which statement writes it.',
        'It may be written only on errors: a body that could not be parsed, a refused registration.',
        'Log what happened and to whom, never the body.',
      ],
    },
    {
      id: 'token-logged',
      when: (f) => f.claim === 'noToken',
      why: 'An access token stands in the log. Until it expires, whoever reads the log can act as that user.',
      hints: [
        'Received shows the line; see which statement writes it.',
        'Objects and headers are often logged whole.',
        'Log the id of the user or of the request instead.',
      ],
    },
    {
      id: 'query-logged',
      when: (f) => f.claim === 'noQuery',
      why: 'The query string is written to the log as it came. Clients put secrets there by mistake, and your log keeps them.',
      hints: [
        'Which property of the request is logged as its path?',
        'The URL of a request includes what follows the question mark.',
        'Log the path alone.',
      ],
    },
  ],
})

function jsonLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
