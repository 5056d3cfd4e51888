import { check, type Exchange, PreconditionFailed } from '../../../workbook/grader/index.ts'
import { counted, given, inTurn, refresh, refreshCookies, signedIn } from './kit.ts'

const PARALLEL = 12
const ROUNDS = 2

export const loser = check({
  id: 'C05',
  title: 'The one who loses a race leaves the winner’s cookie alone',
  level: 'core',
  rationale:
    'Tabs share one cookie jar, and answers arrive in any order. A loser’s answer that clears the cookie deletes what the winner has just received, and everybody is signed out.',
  lesson: '01-authentication/04-refresh-rotation#the-loser-touches-nothing',
  sources: ['revel-950'],
  settings: 'strict',
  capabilities: ['http', 'stack', 'gate'],
  lane: 'alone',
  budget: { ms: 60_000, requests: ROUNDS * (PARALLEL + 6) + 8 },
  claims: {
    winner: { clause: 'refresh.1', says: 'an answer with 200 sets the new cookie' },
    untouched: { clause: 'race.2', says: 'the answer to a loser neither clears nor changes the refresh cookie' },
  },
  async run(kit) {
    const { expect, step } = kit
    const calm = await signedIn(kit, { way: 'cookie' })
    const alone = await step('refresh alone', () => refresh(kit.http, calm))
    expect('winner').holds(given(alone, 'cookie') !== undefined, {
      expected: '200 with the new cookie',
      received: counted([alone]),
      exchange: alone,
    })
    for (let round = 0; round < ROUNDS; round++) {
      const held = await signedIn(kit, { way: 'cookie' })
      const turn = inTurn(kit)
      const send = () => Promise.all(Array.from({ length: PARALLEL }, () => refresh(turn(), held)))
      const answers = await (round === 0 ? send() : (await kit.gate.hold(send)).value)
      const losers = answers.filter((a) => a.response !== undefined && a.response.status !== 200)
      if (losers.length === 0)
        throw new PreconditionFailed('C03', {
          did: `send ${PARALLEL} refreshes with one token at once`,
          expected: 'at most 1 time 200',
          received: counted(answers),
        })
      for (const answer of losers) {
        const touched = refreshCookies(answer)
        expect('untouched').holds(touched.length === 0, {
          did: `Read the headers of the losers of ${PARALLEL} refreshes at once`,
          expected: `no Set-Cookie for the refresh cookie in the answers with ${statusesOf(losers)}`,
          received: shownOf(touched[0]),
          exchange: answer,
        })
      }
    }
  },
  diagnose: [
    {
      id: 'loser-clears-cookie',
      when: (f) => f.claim === 'untouched',
      why: 'The refusal of a refresh touches the refresh cookie. When it arrives after the winner’s answer, which nobody can prevent, the browser throws away the good token and the person is signed out of every tab.',
      hints: [
        'Received shows what the refusal does to the cookie. Where is that written?',
        'A helper for all 401 answers, or an error handler, may do it far away from the route.',
        'Clear the cookie where the person asked for it, at sign-out, and nowhere else. A dead cookie does no harm.',
      ],
    },
    {
      id: 'winner-without-cookie',
      when: (f) => f.claim === 'winner',
      why: 'A refresh that works sets no new cookie. The browser keeps a token that is used up.',
      hints: [
        'Look at the headers of the answer.',
        'Where does the answer to a refresh get its cookie from?',
        'Each 200 sets the cookie with the new token.',
      ],
    },
  ],
})

const statusesOf = (answers: Exchange[]) => [...new Set(answers.map((a) => a.response?.status ?? 0))].join(' and ')

const shownOf = (cookie: { name: string; value: string; attributes: Readonly<Record<string, string>> } | undefined) =>
  cookie === undefined
    ? 'none'
    : `Set-Cookie: ${cookie.name}=${cookie.value === '' ? '' : '…'}${'max-age' in cookie.attributes ? `; Max-Age=${cookie.attributes['max-age']}` : ''}${'expires' in cookie.attributes ? `; Expires=${cookie.attributes.expires}` : ''}`
