import * as z from 'zod'
import { anyClientError, check, cut, type Exchange, receivedOf } from '../../../workbook/grader/index.ts'
import { createdStatus, login, loginAnswer, me, newAccount, register, registered, strong, tokenOf } from './kit.ts'

const problem = z.object({ status: z.number(), title: z.string().min(1), code: z.string().min(1) })

/** A stack trace, as Node, Python and others print it. */
const stackTrace =
  /\bat [^\n]{1,200}[/\\(][^\n]{0,200}:\d+:\d+|node:internal|Traceback \(most recent|File "[^"]+", line \d+|\.(?:ts|js|py):\d+/

/** A few characters on both sides of a password, which is not shown. */
function around(body: string, password: string): string {
  const at = body.indexOf(password)
  const after = at + password.length
  return cut(`${body.slice(Math.max(0, at - 16), at)}<the password>${body.slice(after, after + 4)}`, 80)
}

export const types = check({
  id: 'C11',
  title: 'A body of the wrong type is refused, not converted and not a crash',
  level: 'core',
  rationale:
    'JSON lets a client send a list where you expect text. What a language makes of it by itself is a second, unwritten parser of your API.',
  lesson: '01-authentication/02-passwords-now#types-before-meaning',
  sources: ['asvs-15.3.5', 'rfc9457'],
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 60_000, requests: 60 },
  claims: {
    accepted: { clause: 'register.1', says: 'the same fields as text are accepted' },
    signsIn: { clause: 'login.1', says: 'the same fields as text sign in' },
    registerTypes: { clause: 'http.3', says: 'register refuses fields of another type', twin: 'accepted' },
    loginTypes: { clause: 'http.3', says: 'login refuses fields of another type', twin: 'signsIn' },
    broken: { clause: 'http.3', says: 'broken JSON, another content type and no body are refused', twin: 'accepted' },
    shape: { clause: 'http.1', says: 'a refusal is a problem object with status, title and code' },
    noStack: { clause: 'http.1', says: 'no refusal shows a stack trace' },
    noEcho: { clause: 'http.1', says: 'no refusal repeats a password that was sent' },
    oddLogin: {
      clause: 'login.4',
      says: 'login refuses an address that is none, and an over-long password',
      twin: 'signsIn',
    },
    spaces: { clause: 'register.2', says: 'white space around an address is never stored' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const refusals: Exchange[] = []
    const note = (exchange: Exchange) => {
      refusals.push(exchange)
      return exchange
    }
    const account = newAccount(kit)
    expect('accepted', await step('register with text in every field', () => register(kit, account))).status(
      createdStatus(kit),
    )
    expect('signsIn', await step('sign in with text in both fields', () => login(kit, account.email, account.password)))
      .status(200)
      .json(loginAnswer, 'a token')

    const p = strong(rng)
    const odd: [string, unknown][] = [
      ['a list', [p]],
      ['an object', { $ne: '', toString: p }],
      ['a number', Number(rng.text(16, '123456789'))],
      ['null', null],
      ['true', true],
      ['missing', undefined],
    ]
    for (const field of ['password', 'email'] as const) {
      for (const [name, value] of odd) {
        const fresh = {
          ...newAccount(kit),
          [field]: field === 'email' && name === 'a list' ? [newAccount(kit).email] : value,
        }
        expect(
          'registerTypes',
          note(await step(`register with ${name} as ${field}`, () => register(kit, fresh))),
        ).refused(anyClientError)
      }
    }
    const victim = await registered(kit)
    for (const [name, value] of odd) {
      const sent = { email: victim.email, password: name === 'a list' ? [victim.password] : value }
      expect(
        'loginTypes',
        note(await step(`sign in with ${name} as password`, () => kit.http.post('/auth/login', { json: sent }))),
      ).refused(anyClientError)
    }
    const asList = { email: [account.email], password: account.password }
    expect(
      'loginTypes',
      note(await step('sign in with a list as email', () => kit.http.post('/auth/login', { json: asList }))),
    ).refused(anyClientError)

    const written = newAccount(kit)
    const text = JSON.stringify(written)
    const broken: [string, string, string][] = [
      ['JSON without its last brace', text.slice(0, -1), 'application/json'],
      ['JSON as text/plain', text, 'text/plain'],
      ['a list as the whole body', `[${text}]`, 'application/json'],
      ['the word null as the whole body', 'null', 'application/json'],
      ['an empty body', '', 'application/json'],
    ]
    for (const [name, raw, type] of broken) {
      for (const path of ['/auth/register', '/auth/login']) {
        expect(
          'broken',
          note(await step(`send ${name}`, () => kit.http.post(path, { raw, headers: { 'content-type': type } }))),
        ).refused(anyClientError)
      }
    }
    const far = strong(rng, 5_000)
    for (const [name, email, password] of [
      ['something that is no e-mail address', 'nobody at all', p],
      ['an over-long password', account.email, far],
    ] as const) {
      expect('oddLogin', note(await step(`sign in with ${name}`, () => login(kit, email, password)))).refused([
        400, 401, 413, 422,
      ])
    }

    const sent = [p, far, account.password, victim.password, written.password]
    for (const refusal of refusals) {
      const { body = '', status = 0, headers = {}, json } = refusal.response ?? {}
      // What is no refusal has failed its own claim; the form of an error is asked of errors.
      if (status < 400) continue
      expect('noStack').holds(!stackTrace.test(body), {
        expected: 'a refusal without a stack trace',
        received: `${status} ${cut(stackTrace.exec(body)?.[0] ?? '', 160)}`,
        exchange: refusal,
      })
      const type = headers['content-type'] ?? ''
      const good =
        /^application\/(problem\+)?json\b/.test(type) &&
        problem.safeParse(json).success &&
        (json as { status: number }).status === status
      expect('shape').holds(good, {
        expected: `${status} with {status: ${status}, title, code} as JSON`,
        received: `${status} ${type}: ${cut(body, 160)}`,
        exchange: refusal,
      })
      const echo = sent.find((password) => body.includes(password))
      expect('noEcho').holds(echo === undefined, {
        expected: 'a refusal without the password',
        received: `${status} with …${around(body, echo ?? '')}…`,
        exchange: refusal,
      })
    }

    const spaced = newAccount(kit)
    const answer = await step('register with spaces around the address', () =>
      register(kit, { ...spaced, email: `  ${spaced.email} ` }),
    )
    const status = answer.response?.status ?? 0
    if (status === createdStatus(kit)) {
      const signed = await step('sign in with the address as its owner types it', () =>
        login(kit, spaced.email, spaced.password),
      )
      expect('spaces').holds(signed.response?.status === 200, {
        expected: '200: what was accepted with spaces is found without them',
        received: receivedOf(signed),
        exchange: signed,
      })
      const mine = await me(kit, await tokenOf(kit, spaced))
      const stored = (mine.response?.json as { email?: string } | undefined)?.email ?? ''
      expect('spaces').holds(stored === stored.trim() && stored !== '', {
        expected: 'the address without spaces',
        received: JSON.stringify(stored),
        exchange: mine,
      })
    } else {
      expect('spaces').holds(anyClientError.includes(status), {
        expected: `${createdStatus(kit)} with the spaces trimmed, or a 4xx`,
        received: String(status),
        exchange: answer,
      })
    }
  },
  diagnose: [
    {
      id: 'stack-shown',
      when: (f) => f.claim === 'noStack' || (f.claim === 'shape' && stackTrace.test(f.body)),
      why: 'A refusal shows a stack trace: file names, line numbers, versions of libraries. It helps nobody but somebody who looks for a way in.',
      hints: [
        'Send the request from Repeat and read the whole body.',
        'Which error handler writes this answer, yours or the framework’s?',
        'Answer with a problem object; write the stack to the log.',
      ],
    },
    {
      id: 'password-echoed',
      when: (f) => f.claim === 'noEcho',
      why: 'A refusal repeats the password that was sent. Answers are kept by proxies, error trackers and browsers’ consoles; a password belongs in none of them.',
      hints: [
        'Received shows where the password stands in the answer.',
        'Some error messages quote what they could not read.',
        'Say which field is wrong and what it should be, never what it was.',
      ],
    },
    {
      id: 'coerced',
      when: (f) => f.claim !== 'spaces' && (f.status ?? 0) >= 200 && (f.status ?? 0) < 300,
      why: 'A value of another JSON type was accepted and converted. Two programs that convert differently (a gateway, a log, a validator) then disagree about what was asked for.',
      hints: [
        'Which value did the handler use in the end? See the request in Repeat.',
        'String(…), template strings and some validators convert without asking.',
        'Check the type first, and refuse what is not text.',
      ],
    },
    {
      id: 'crashes-on-type',
      when: (f) => (f.status ?? 0) >= 500,
      why: 'A body of another type makes the server fail with a 5xx. A client’s mistake becomes your alarm, and a method called on the wrong type is often the first step of an exploit.',
      hints: [
        'The log line of this request names the expression that failed.',
        'What does the handler assume about the body before it has looked?',
        'Validate the shape once at the edge of the handler; work with typed values after it.',
      ],
    },
    {
      id: 'no-problem-object',
      when: (f) => f.claim === 'shape',
      why: 'A refusal is not the JSON object that clause http.1 describes. A client that reads code from every refusal breaks on this one.',
      hints: [
        'Compare the body in Received with the clause.',
        'Errors of the body parser and of the router take another way out than yours.',
        'Send every error through one handler.',
      ],
    },
    {
      id: 'spaces-stored',
      when: (f) => f.claim === 'spaces',
      why: 'White space around an e-mail address is stored with it. The account then cannot be found under the address its owner types.',
      hints: [
        'What is stored when the address has spaces around it?',
        'Trim the address, or refuse it.',
        'Do so before it is compared with what is there.',
      ],
    },
  ],
})
