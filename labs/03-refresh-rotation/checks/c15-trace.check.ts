import { check, cut, type Exchange, shorten } from '../../../workbook/grader/index.ts'
import { codeOf, given, inTurn, logout, me, refresh, refreshed, registered, signedIn, without } from './kit.ts'

export const trace = check({
  id: 'C15',
  title: 'A reuse leaves a trace, and the trace no token',
  level: 'core',
  rationale:
    'A reuse is one of the few alarms that mean something. If nobody can find it afterwards, or if the log hands out the tokens, there might as well be none.',
  lesson: '01-authentication/04-refresh-rotation#the-trace',
  sources: ['asvs-16.3.3', 'asvs-16.2.5'],
  settings: 'strict',
  capabilities: ['http', 'logs', 'stack'],
  lane: 'shared',
  budget: { ms: 60_000, requests: 50 },
  claims: {
    lines: { clause: 'trace.2', says: 'each request leaves a line with its request id' },
    event: {
      clause: 'trace.1',
      says: 'a reuse leaves a line with event refresh_reused, its familyId and its request id',
    },
    sameFamily: { clause: 'trace.1', says: 'the familyId tells sessions apart' },
    ordinary: { clause: 'trace.1', says: 'an ordinary refresh leaves no such line' },
    quiet: { clause: 'trace.2', says: 'no line holds a refresh token or an access token', twin: 'lines' },
  },
  async run(kit) {
    const { expect, step } = kit
    const turn = inTurn(kit)
    const exchanges: Exchange[] = []
    const secrets: string[] = []
    const send = async (act: Promise<Exchange>): Promise<Exchange> => {
      const exchange = await act
      exchanges.push(exchange)
      return exchange
    }

    // An ordinary life, whose requests leave no such line.
    const way = kit.rng.pick(['cookie', 'mobile'] as const)
    const calm = await signedIn(kit, { way })
    secrets.push(calm.refresh, calm.access)
    let line = calm
    for (let i = 0; i < 2; i++) {
      const got = given(await send(refresh(turn(), line)), way)
      if (got !== undefined) line = { ...line, ...got }
      secrets.push(line.refresh, line.access)
    }
    await send(me(turn(), line.access))
    await send(logout(turn(), line))
    const ordinary = exchanges.length

    // Two families of one account with an incident each: what names the account does not tell them apart.
    const account = await registered(kit)
    const incidents: { family: number; exchange: Exchange }[] = []
    for (const family of [0, 1]) {
      const parent = await signedIn(kit, { account, way: family === 0 ? 'cookie' : 'mobile' })
      const child = await refreshed(kit, parent, turn())
      secrets.push(parent.refresh, parent.access, child.refresh, child.access)
      const back = await send(refresh(turn(), parent))
      if (codeOf(back) !== 'refresh_reused') throw without('C02', 'refresh with a used token', 'refresh_reused', back)
      incidents.push({ family, exchange: back })
      await send(refresh(turn(), child))
    }

    // Two processes write, each at its own pace: the last request's line may be there before an earlier one's is.
    const text = await step('read the log', async () => {
      let lines: string[] = []
      for (const exchange of exchanges) {
        lines = await kit.logs.lines(idOf(exchange))
        if (!lines.some((line) => line.includes(idOf(exchange)))) break
      }
      return lines
    })
    const parsed = text.map(jsonLine).filter((l) => l !== undefined)
    for (const exchange of exchanges) {
      const id = idOf(exchange)
      expect('lines').holds(id !== '' && parsed.some((l) => l.requestId === id), {
        did: 'Looked in the log for the line of a request, by its X-Request-Id',
        expected: 'a JSON line with that requestId',
        received: 'no such line',
        exchange,
      })
    }
    const events = parsed.filter((l) => l.event === 'refresh_reused')
    const familiesOf = incidents.map(({ exchange }) => {
      const found = events.filter((l) => l.requestId === idOf(exchange))
      const named = found.find((l) => typeof l.familyId === 'string' || typeof l.familyId === 'number')
      expect('event').holds(named !== undefined && named.familyId !== '', {
        did: 'Looked in the log for the event of a token that came back, by its request id',
        expected: 'a JSON line with event "refresh_reused", a familyId and the requestId',
        received:
          found.length === 0
            ? `${events.length === 0 ? 'no' : 'some'} lines with that event, none of this request`
            : 'the event, without a familyId',
        exchange,
        facts: { found: found.length, events: events.length },
      })
      return String(named?.familyId)
    })
    expect('sameFamily').holds(new Set(familiesOf).size === 2, {
      did: 'Compared the familyId of two sessions with a reuse each',
      expected: 'two different ones',
      received: 'one and the same',
    })
    const stray = exchanges.slice(0, ordinary).find((e) => events.some((l) => l.requestId === idOf(e)))
    expect('ordinary').holds(stray === undefined, {
      did: 'Looked for the event among the requests of a session that nobody replayed',
      expected: 'none',
      received: 'the event, for an ordinary request',
      ...(stray ? { exchange: stray } : {}),
    })
    const leak = text.find((l) => secrets.some((secret) => l.includes(secret)))
    const secret = secrets.find((s) => leak?.includes(s)) ?? ''
    expect('quiet').holds(leak === undefined, {
      did: `Looked in the log for ${secrets.length} tokens that were in use`,
      expected: 'no line with one',
      received: `a line with one: ${cut(shorten((leak ?? '').replaceAll(secret, '<it>')), 200)}`,
    })
  },
  diagnose: [
    {
      id: 'reuse-silent',
      when: (f) => f.claim === 'event' && f.facts.events === 0,
      why: 'A token came back, the session was ended, and the log says nothing of it. Nobody will ever know that somebody was robbed, or that your client has a bug.',
      hints: [
        'Search the log for refresh_reused after a replay.',
        'Where in your code is it known that this was a reuse?',
        'One line there, with event, familyId and the request id.',
      ],
    },
    {
      id: 'event-without-family',
      when: (f) => f.claim === 'event',
      why: 'The event is in the log, and it cannot be told which session or which request it was about.',
      hints: [
        'Compare the line with Expected.',
        'Which ids does the code know at that place?',
        'familyId and requestId; both are no secrets.',
      ],
    },
    {
      id: 'family-not-told-apart',
      when: (f) => f.claim === 'sameFamily',
      why: 'The reuses of two sessions carry the same familyId. A number that is always the same says nothing.',
      hints: ['What is written as familyId?', 'Two sign-ins are two families.', 'The id of the row that was ended.'],
    },
    {
      id: 'event-cried-wolf',
      when: (f) => f.claim === 'ordinary',
      why: 'Ordinary requests leave the event too. An alarm that rings every day is switched off.',
      hints: [
        'Which request of the evidence was it?',
        'Which branches lead to the line that is written?',
        'Only a used token that comes back is a reuse.',
      ],
    },
    {
      id: 'token-in-log',
      when: (f) => f.claim === 'quiet',
      why: 'A token stands in the log. Logs are copied to more places than the database, and this line opens a session.',
      hints: [
        'Received shows the line; see which statement writes it.',
        'Bodies, headers and cookies are logged whole more often than one thinks.',
        'Log ids.',
      ],
    },
    {
      id: 'request-without-line',
      when: (f) => f.claim === 'lines',
      why: 'A request left no JSON line with its request id. What happened to it cannot be found out later.',
      hints: [
        'Which requests leave a line, and which do not?',
        'Refusals may end before your logging begins.',
        'Write the line when the response ends, whatever ended it.',
      ],
    },
  ],
})

const idOf = (exchange: Exchange) => exchange.response?.headers['x-request-id'] ?? ''

function jsonLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
