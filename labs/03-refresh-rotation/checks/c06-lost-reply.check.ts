import { check } from '../../../workbook/grader/index.ts'
import { given, type Held, me, presenting, refresh, refreshed, signedIn } from './kit.ts'

export const lostReply = check({
  id: 'C06',
  title: 'A reply that was lost costs nobody the session',
  level: 'core',
  rationale:
    'The server has consumed the token and the connection breaks. The client has the old token and nothing else, and does the only thing it can: it sends it again.',
  lesson: '01-authentication/04-refresh-rotation#lost-replies',
  sources: ['fapi-2', 'rfc9700-4.14.2'],
  capabilities: ['http', 'stack', 'gate'],
  lane: 'alone',
  budget: { ms: 60_000, requests: 60 },
  claims: {
    retried: { clause: 'grace.4', says: 'a refresh whose answer was lost may be sent again, to the other replica too' },
    survives: { clause: 'grace.4', says: 'the session goes on with what the second answer gave' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    // Whether an ordinary refresh works at all is C01's question.
    await refreshed(kit, await signedIn(kit))
    const [a = kit.http, b = a] = rng.shuffle(kit.replicas)
    const lose: readonly (readonly [string, (held: Held) => Promise<unknown>])[] = [
      ['the answer was sent and never read', (held) => refresh(a, held)],
      [
        // The server is at its write when the client goes; what it writes then nobody is told.
        'the client went away while the server wrote',
        async (held) => {
          const gone = Promise.withResolvers<void>()
          const { value } = await kit.gate.hold(
            () => a.post('/auth/refresh', { ...presenting(held), abandon: gone.promise }),
            {
              enough: 1,
              second: () => {
                gone.resolve()
                return kit.clock.pass(200, 'a server to notice that its client is gone')
              },
            },
          )
          await value
        },
      ],
    ]
    for (const [how, act] of lose) {
      for (const [where, replica] of [
        ['the same replica', a],
        ['the other replica', b],
      ] as const) {
        const held = await signedIn(kit, { http: a })
        await step(`refresh at one replica; ${how}`, () => act(held))
        // What was begun for the one who went away ends before the next one asks: the retry of a person, not of a machine.
        await kit.clock.pass(150, 'a client that tries again')
        const answer = await step(`refresh with the same token at ${where}; ${how}`, () => refresh(replica, held))
        const got = given(answer, held.way)
        expect('retried').holds(got !== undefined, {
          did: `Sent a refresh again, at ${where}, after its answer was lost: ${how}`,
          expected: '200 with credentials',
          received: String(answer.response?.status ?? answer.trouble?.text),
          exchange: answer,
          facts: { where, how },
        })
        if (got === undefined) return
        expect('survives', await step('use the access token of the second answer', () => me(b, got.access)), {
          by: 'access',
        }).status(200)
        const next = await step('refresh with the token of the second answer', () => refresh(b, { ...held, ...got }))
        expect('survives').holds(given(next, held.way) !== undefined, {
          expected: '200 with credentials',
          received: String(next.response?.status ?? next.trouble?.text),
          exchange: next,
          facts: { by: 'refresh' },
        })
      }
    }
  },
  diagnose: [
    {
      id: 'grace-of-one-replica',
      when: (f) => f.claim === 'retried' && f.facts.where === 'the other replica',
      why: 'The retry is answered where the token was used and refused at the other replica. Behind a balancer that is every second retry.',
      hints: [
        'Send the retry to the other replica, as the evidence does.',
        'Where is the moment of the first use kept, and the successor?',
        'What the answer to a retry needs has to be in the store, or to be computed from what every replica has.',
      ],
    },
    {
      id: 'lost-reply-signs-out',
      when: (f) => f.claim === 'retried',
      why: 'A lost answer ends the session: the retry comes with a token that was used, within the grace, and is refused. On a train, that is a sign-in at every tunnel.',
      hints: [
        'Send one token twice, and throw the first answer away.',
        'What can the server know of whether its answer arrived?',
        'The first use of the successor is the acknowledgement. Until then the old token may come again, within the grace.',
      ],
    },
    {
      id: 'retry-in-vain',
      when: (f) => f.claim === 'survives',
      why: 'The retry is answered with credentials that lead nowhere: the session ends one request later.',
      hints: [
        'Refresh once more with what the second answer gave.',
        'Is the token of the second answer one that the store knows, and as unused?',
        'Give out again the successor that is stored, or store another one.',
      ],
    },
  ],
})
