import { check, PreconditionFailed, TooNoisy } from '../../../workbook/grader/index.ts'
import { given, type Held, inTurn, refresh, refreshed, refusals, signedIn, usedCodes } from './kit.ts'

/** A second of the clause, and a little for the way. */
const GUARD_MS = 1_300
/** How often the session is refreshed: far below the idle limit. */
const EVERY_MS = 1_500

export const absoluteLife = check({
  id: 'C07',
  title: 'A session that is used all the time ends all the same',
  level: 'core',
  rationale:
    'Whoever has a session for good needs to steal it once. A limit that moves with every refresh is no limit: a thief refreshes as diligently as the owner.',
  lesson: '01-authentication/04-refresh-rotation#absolute-life',
  sources: ['rfc10017', 'asvs-10.4.8'],
  settings: 'clocks',
  capabilities: ['http', 'stack'],
  lane: 'shared',
  waits: true,
  budget: { ms: 120_000, requests: 90 },
  claims: {
    lives: { clause: 'life.1', says: 'up to its end the session refreshes' },
    ends: { clause: 'life.1', says: 'after REFRESH_ABSOLUTE its newest token is refused', twin: 'lives' },
    replayEnds: { clause: 'life.1', says: 'a replay within the grace does not prolong it', twin: 'lives' },
  },
  async run(kit) {
    const { expect, step } = kit
    const absolute = Number(kit.settings.env.REFRESH_ABSOLUTE ?? 12) * 1_000
    const idle = Number(kit.settings.env.REFRESH_IDLE ?? 5) * 1_000
    const turn = inTurn(kit)
    const sent = performance.now()
    const [busy, replayed] = await Promise.all([signedIn(kit), signedIn(kit)])
    const opened = performance.now()
    const begun = await Promise.all([refreshed(kit, busy, turn()), refreshed(kit, replayed, turn())])

    /** Refreshes until shortly before the end, and gives what it has then, and when it asked for that. */
    const keep = async (held: Held, replay: boolean): Promise<{ line: Held; asked: number }> => {
      let line = held
      let last = performance.now()
      let lastAsked = last
      while (true) {
        // Sent so early that even the slowest sign-in cannot have ended: what is refused then is refused too early.
        const left = sent + absolute - GUARD_MS - performance.now()
        if (left <= 0) return { line, asked: lastAsked }
        await kit.clock.pass(Math.min(EVERY_MS, left / 2 + 40), 'the session to grow old')
        const parent = line
        const asked = performance.now()
        const answer = await step('refresh, well before the end', () => refresh(turn(), parent))
        const now = performance.now()
        if (now > sent + absolute - 1_000) return { line, asked: lastAsked }
        if (now - last > idle - 1_000) throw new TooNoisy('a refresh took as long as the idle limit')
        const got = given(answer, line.way)
        // It worked until about the idle limit after the sign-in, which is another check's subject.
        if (got === undefined && lastAsked - opened <= idle)
          throw new PreconditionFailed('C08', {
            did: `refresh a session every ${EVERY_MS / 1_000} s until it is older than REFRESH_IDLE`,
            expected: '200 with credentials',
            received: String(answer.response?.status ?? answer.trouble?.text),
            exchange: answer,
          })
        last = now
        lastAsked = asked
        expect('lives').holds(got !== undefined, {
          did: `Refreshed ${((now - sent) / 1_000).toFixed(1)} s after the sign-in, REFRESH_ABSOLUTE being ${absolute / 1_000}`,
          expected: '200 with credentials',
          received: String(answer.response?.status ?? answer.trouble?.text),
          exchange: answer,
        })
        line = { ...line, ...got }
        if (!replay) continue
        const again = given(
          await step('refresh with the same token, in its grace', () => refresh(turn(), parent)),
          line.way,
        )
        if (again !== undefined) line = { ...line, ...again }
      }
    }
    const [newest, other] = await Promise.all([keep(begun[0], false), keep(begun[1], true)])
    const wait = opened + absolute + GUARD_MS - performance.now()
    await kit.clock.pass(wait, 'the absolute end')
    const after = await step('refresh after the end', () => refresh(turn(), newest.line))
    const afterReplays = await step('refresh after the end a session with replays', () => refresh(turn(), other.line))
    // Refused for another reason, if it lay idle that long: on a slow machine, where no refresh came through shortly before the end.
    if (performance.now() - Math.min(newest.asked, other.asked) > idle - 200)
      throw new TooNoisy('between the last refresh and the end there was as much time as the idle limit')
    expect('ends', after).refused(refusals, usedCodes)
    expect('replayEnds', afterReplays).refused(refusals, usedCodes)
  },
  diagnose: [
    {
      id: 'slides-for-ever',
      when: (f) => f.claim === 'ends' && f.status === 200,
      why: 'A session that is refreshed in time never ends. A stolen one lasts as long as the thief likes.',
      hints: [
        'Where does REFRESH_ABSOLUTE come in: at the sign-in, or at each refresh?',
        'A limit that is computed when a token is made moves with every token.',
        'Write the end once, at the sign-in, where all tokens of the family find it.',
      ],
    },
    {
      id: 'replay-prolongs',
      when: (f) => f.claim === 'replayEnds' && f.status === 200,
      why: 'A replay within the grace gives the session a later end. Whoever sends each token twice keeps it for good.',
      hints: [
        'Compare the end of a family before and after a replay.',
        'Which columns does the answer to a replay write?',
        'The grace hands out credentials and changes no limit.',
      ],
    },
    {
      id: 'ends-early',
      when: (f) => f.claim === 'lives',
      why: 'A session that is in use ends before its time.',
      hints: [
        'Did says how old the session was.',
        'Which of the two limits ended it, and from which instant does it count?',
        'The absolute limit counts from the sign-in, the idle one from the last refresh.',
      ],
    },
  ],
})
