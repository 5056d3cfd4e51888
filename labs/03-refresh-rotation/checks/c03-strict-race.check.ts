import { check, type Exchange, type Kit } from '../../../workbook/grader/index.ts'
import { counted, type Held, inTurn, raceCodes, raceStatuses, refresh, refreshed, signedIn } from './kit.ts'

/** Two waves: the second meets what the first has left behind while it waits, a lock that was deleted for example. */
const FIRST = 8
const SECOND = 4
const SUITES = 2

export const strictRace = check({
  id: 'C03',
  title: 'Twelve at once on two replicas: one of them wins',
  level: 'core',
  rationale:
    'Requests start together because a token expired for all of them at once. Whatever reads first and writes then lets several of them win, and each winner starts a line of its own.',
  lesson: '01-authentication/04-refresh-rotation#consume-atomically',
  sources: ['asvs-15.4.2', 'rfc9700-4.14.2'],
  settings: 'strict',
  capabilities: ['http', 'stack', 'gate'],
  lane: 'alone',
  budget: { ms: 120_000, requests: SUITES * 3 * (FIRST + SECOND + 5) + 8 },
  claims: {
    alone: { clause: 'refresh.1', says: 'one request alone refreshes' },
    atMostOne: { clause: 'race.1', says: 'of requests at once with one token at most one gets 200' },
    losers: { clause: 'race.1', says: 'the others are refused in the words of the contract', twin: 'alone' },
    noError: { clause: 'http.2', says: 'none of them gets a 5xx status' },
  },
  async run(kit) {
    const { expect, step } = kit
    const calm = await refreshed(kit, await signedIn(kit))
    expect('alone', await step('refresh alone', () => refresh(kit.http, calm))).status(200)
    for (let suite = 0; suite < SUITES; suite++) {
      for (const [how, race] of races) {
        const answers = await race(kit, await signedIn(kit))
        const statuses = answers.map((a) => a.response?.status ?? 0)
        const won = statuses.filter((s) => s === 200).length
        const did = `Sent ${FIRST + SECOND} refreshes with one token to both replicas at the same moment`
        const failed = answers.find((a) => (a.response?.status ?? 500) >= 500)
        expect('noError').holds(failed === undefined, {
          did,
          expected: 'no 5xx, and an answer to each',
          received: counted(answers),
          ...(failed ? { exchange: failed } : {}),
        })
        expect('atMostOne').holds(won <= 1, {
          did,
          expected: `at most 1 time 200`,
          received: counted(answers),
          facts: { how, won },
        })
        for (const answer of answers.filter((a) => a.response?.status !== 200))
          expect('losers', answer, { how }).refused(raceStatuses, raceCodes)
      }
    }
  },
  diagnose: [
    {
      id: 'several-winners',
      when: (f) => f.claim === 'atMostOne',
      why: 'Several requests with one token were all answered with new credentials. From here on each of them has a line of its own, and a thief who was among them is never noticed.',
      hints: [
        'Where does your code look whether the token was used, and where does it write that it is? What can happen in between, in another process?',
        'A lock in one process is not seen by the other. A lock that its loser deletes, or that expires in use, is none.',
        'One conditional write in the store that holds the token decides: whoever gets the row back has consumed it.',
      ],
    },
    {
      id: 'race-500',
      when: (f) => f.claim === 'noError',
      why: 'Of requests at once some end in a server error or get no answer. A client that sees a 5xx tries again, with a token that is used by now.',
      hints: [
        'Read the log line of one of the 5xx answers.',
        'Which error does the store give to the one who comes second: a conflict, a serialisation failure, a time-out?',
        'The second one’s answer is part of the contract; turn what the store says into it.',
      ],
    },
    {
      id: 'loser-unclear',
      when: (f) => f.claim === 'losers',
      why: 'Who comes second is refused in a way that the contract does not know. A client cannot tell "somebody else was faster" from "you are signed out".',
      hints: [
        'Compare status and code with Expected.',
        'Which of your answers goes to a request that finds the token used a moment ago?',
        'refresh_raced, refresh_reused or refresh_invalid, with 401 or 409.',
      ],
    },
  ],
})

type Race = (kit: Kit, held: Held) => Promise<Exchange[]>

const send = (kit: Kit, held: Held, count: number): Promise<Exchange>[] => {
  const turn = inTurn(kit)
  return Array.from({ length: count }, () => refresh(turn(), held))
}

/** A burst finds a race by luck; a gate brings everybody to the write, counts them, and opens. One gate at a time: both shut, they queue. */
const gated =
  (store: 'postgres' | 'redis'): Race =>
  async (kit, held) => {
    const act = () => send(kit, held, FIRST)
    const second = () => send(kit, held, SECOND)
    const held2 = await kit.gate.hold(act, { store, second })
    return Promise.all([...held2.value, ...held2.second])
  }

const races: readonly (readonly [string, Race])[] = [
  ['all at the same moment', (kit, held) => Promise.all(send(kit, held, FIRST + SECOND))],
  ['held together in front of the database’s writes', gated('postgres')],
  ['held together in front of the writes to Redis', gated('redis')],
]
