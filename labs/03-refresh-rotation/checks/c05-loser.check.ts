import { check, PreconditionFailed } from '../../../workbook/grader/index.ts'
import { counted, inTurn, refresh, refreshCookies, refreshed, type SetCookie, signedIn } from './kit.ts'

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
    untouched: { clause: 'race.2', says: 'the answer to a loser neither clears nor changes the refresh cookie' },
  },
  async run(kit) {
    const { expect } = kit
    // Who refuses everything has no winner whose cookie there is to be left alone.
    await refreshed(kit, await signedIn(kit, { way: 'cookie' }))
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
          expected: 'no Set-Cookie for the refresh cookie',
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
  ],
})

/** Its name and what ends it; neither its value nor a date. */
function shownOf(cookie: SetCookie | undefined): string {
  if (cookie === undefined) return 'none'
  const { name, value, attributes } = cookie
  const age = 'max-age' in attributes ? `; Max-Age=${attributes['max-age']}` : ''
  return `Set-Cookie: ${name}=${value === '' ? '' : '…'}${age}${'expires' in attributes ? '; Expires=…' : ''}`
}
