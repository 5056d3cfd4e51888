import { check, type Exchange, type Http, TooNoisy } from '../../../workbook/grader/index.ts'
import {
  afterEnd,
  counted,
  given,
  type Held,
  inTurn,
  logout,
  me,
  refresh,
  refreshed,
  refusals,
  signedIn,
  usedCodes,
  without,
} from './kit.ts'

const PARALLEL = 12
/** What the first of two replays comes after, in milliseconds: inside of the grace, and late enough that a window which it moved is still open at the second. */
const EARLY_MS = 1_800
/** A guard for clocks and slow answers, on top of the grace. */
const GUARD_MS = 1_200

export const grace = check({
  id: 'C04',
  title: 'In the grace a duplicate is answered; after it, it is a theft',
  level: 'core',
  rationale:
    'Tabs and retries send one token several times within a second or two. A server that takes that for a theft signs people out all day; one whose grace never ends has no alarm at all.',
  lesson: '01-authentication/04-refresh-rotation#grace-or-strict',
  sources: ['fapi-2', 'auth0-rotation', 'better-auth', 'bike4mind-1213'],
  capabilities: ['http', 'stack'],
  lane: 'shared',
  waits: true,
  budget: { ms: 90_000, requests: 4 * PARALLEL + 120 },
  claims: {
    answered: { clause: 'grace.1', says: 'of requests at once each is answered with credentials' },
    accessGood: { clause: 'grace.1', says: 'the access tokens among them are good' },
    goesOn: { clause: 'grace.1', says: 'a refresh token among them goes on, use after use' },
    within: { clause: 'grace.1', says: 'a replay within the grace gets credentials that work' },
    sameSession: {
      clause: 'grace.1',
      says: 'signing out ends everything that was given out for one token',
      twin: 'accessGood',
    },
    ends: {
      clause: 'grace.2',
      says: 'a replay after the grace is refused, also where one came within it',
      twin: 'within',
    },
    endsAll: { clause: 'grace.2', says: 'a replay after the grace ends the session', twin: 'goesOn' },
    oneLine: { clause: 'grace.3', says: 'of the tokens given out for one only one line goes on', twin: 'goesOn' },
  },
  async run(kit) {
    const graceMs = Number(kit.settings.env.REUSE_GRACE ?? 3) * 1_000
    // Each waits for the grace once; beside each other they wait at the same time. What is wrong within the grace is told
    // first, and what comes of it afterwards is not: one mistake has one diagnosis, whoever is faster.
    const early = [tabs(kit, graceMs), replays(kit, graceMs)] as const
    const [tabsLate, replaysLate] = early.map((part) => part.then((late) => late()))
    const inOrder = [...early, replaysLate, tabsLate]
    await Promise.allSettled(inOrder)
    for (const part of inOrder) await part
  },
  diagnose: [
    {
      id: 'grace-of-one-replica',
      when: (f) => f.claim === 'answered' && f.facts.oneReplica === true,
      why: 'The duplicates are answered by the replica where the token was used and refused by the other one. Behind a balancer that is every second tab.',
      hints: [
        'Send one token twice, to one replica each.',
        'Where is the moment of the first use kept, and the successor?',
        'What the answer to a duplicate needs has to be in the store, or to be computed from what every replica has.',
      ],
    },
    {
      id: 'second-tab-signed-out',
      when: (f) => f.claim === 'answered' || f.claim === 'within',
      why: 'Of requests with one token within the grace some are refused. The second tab, and whoever lost an answer, is signed out although nobody stole anything.',
      hints: [
        'Send one token twice within a second.',
        'What does your code ask about a token that was used: only whether, or also when?',
        'Within REUSE_GRACE seconds of its first use the answer is credentials: the successor again, or a sibling of it.',
      ],
    },
    {
      id: 'grace-credentials-dead',
      when: (f) => f.claim === 'accessGood' || f.claim === 'goesOn',
      why: 'The duplicates get credentials, and those do not work. The tab whose answer came last keeps them, and is signed out at its next request.',
      hints: [
        'Take the credentials of any of the answers and use them.',
        'Which of the tokens that were given out does the store know?',
        'Whichever of them is used first has to go on.',
      ],
    },
    {
      id: 'grace-without-end',
      when: (f) => f.claim === 'ends' && f.status === 200,
      why: 'A used token is answered although its grace is over. Whoever replays it in time, again and again, has a token that never dies, and no reuse is ever seen.',
      hints: [
        'A replay came within the grace, and one after it. From which of the moments does your code count?',
        'Which instant is compared with REUSE_GRACE, and who writes it, how often?',
        'The grace begins with the first use and with nothing else.',
      ],
    },
    {
      id: 'late-replay-harmless',
      when: (f) => f.claim === 'endsAll',
      why: 'A replay after the grace is refused, and the session goes on. The alarm rings and nobody comes.',
      hints: [
        'What happens to the family when the grace is over and the token comes back?',
        'After the grace the rules are those of C02.',
        'End the family, not only the token.',
      ],
    },
    {
      id: 'two-lines-live',
      when: (f) => f.claim === 'oneLine' && f.status === 200,
      why: 'Two tokens that were given out for the same one both go on. Each of their holders always presents the newest token of an own line, so the two never meet, and a thief among them is never seen.',
      hints: [
        'Refresh with the tokens of two answers, the second one after the grace.',
        'What does the use of one child say about its siblings?',
        'The first child that is used ends the others.',
      ],
    },
    {
      id: 'own-session-each',
      when: (f) => f.claim === 'sameSession',
      why: 'What is given out in the grace belongs to a session of its own. Signing out ends one of them, and the others stay.',
      hints: [
        'Sign out with one of the answers and use the access token of another.',
        'Which session (sid) do the access tokens of the duplicates name?',
        'All that descends from one sign-in is one session.',
      ],
    },
    {
      id: 'late-replay-nameless',
      when: (f) => f.claim === 'ends' && f.facts.wrongCode === true,
      why: 'A replay after the grace is refused, but not as a reuse. Neither client nor operator learns what has happened.',
      hints: [
        'Compare the code in the body with Expected.',
        'Which branch of your code answers a used token after its grace?',
        'refresh_reused.',
      ],
    },
  ],
})

type Kit = Parameters<typeof grace.run>[0]

/** What is left to be looked at when the grace is over. */
type Late = () => Promise<void>

const take = (held: Held, answer: Exchange): Held | undefined => {
  const got = given(answer, held.way)
  return got === undefined ? undefined : { ...held, ...got }
}

/** In the same words wherever it is done: which of several answers has the token that the store knows, nobody can see. */
const FROM_ONE = 'refresh with what one of the answers gave'

async function goOn({ expect, step }: Kit, http: Http, line: Held, what: string): Promise<Held | undefined> {
  const answer = await step(what, () => refresh(http, line))
  const next = take(line, answer)
  expect('goesOn').holds(next !== undefined, {
    did: what,
    expected: '200 with credentials',
    received: counted([answer]),
    exchange: answer,
  })
  return next
}

/** Twelve tabs refresh at once; then one line goes on, and another one tries to, when the grace is over. */
async function tabs(kit: Kit, graceMs: number): Promise<Late> {
  const { expect, step, rng } = kit
  const turn = inTurn(kit)
  const burst = async () => {
    // Whether a token can be used at all is not this check's question.
    const held = await refreshed(kit, await signedIn(kit), turn())
    const started = performance.now()
    const answers = await Promise.all(Array.from({ length: PARALLEL }, () => refresh(turn(), held)))
    // On a machine that slow the last ones may have come after the grace.
    if (performance.now() - started > graceMs - 500) throw new TooNoisy('twelve requests took as long as the grace')
    const all = answers.map((a) => take(held, a))
    expect('answered').holds(!all.includes(undefined), {
      did: `Sent ${PARALLEL} refreshes with one token at once to both replicas, REUSE_GRACE being ${graceMs / 1_000}`,
      expected: `${PARALLEL} times 200 with credentials`,
      received: counted(answers),
      facts: { oneReplica: kit.replicas.length === 2 && oneSided(all) },
      ...withOdd(answers[all.indexOf(undefined)]),
    })
    return { held, all: all.filter((a) => a !== undefined) }
  }

  const { all } = await burst()
  const [one, another] = rng.shuffle(all) as [Held, Held, ...Held[]]
  for (const { access } of [one, another])
    expect('accessGood', await step('use an access token of one of the answers', () => me(turn(), access))).status(200)
  let line = one
  for (const what of [FROM_ONE, 'refresh with what that gave']) line = (await goOn(kit, turn(), line, what)) ?? line
  const used = performance.now()

  // Beside it: signing out reaches every one of them.
  const other = await burst()
  const [any, ...rest] = rng.shuffle(other.all) as [Held, ...Held[]]
  // With what it gave: a token that leads nowhere would sign nobody out, which is another mistake.
  const first = (await goOn(kit, turn(), any, FROM_ONE)) ?? any
  await step('sign out with what one of the answers gave', () => logout(turn(), first))
  const out = await step('use its access token after that', () => afterEnd(kit, first.access))
  if (out.response?.status !== 401) throw without('C09', 'use an access token after its sign-out', '401', out)
  for (const held of rng.shuffle(rest).slice(0, 3))
    expect(
      'sameSession',
      await step('use the access token of another answer', () => afterEnd(kit, held.access)),
    ).refused([401])

  return async () => {
    await kit.clock.pass(graceMs + GUARD_MS - (performance.now() - used), 'the grace to end')
    expect(
      'oneLine',
      await step('refresh with the token of another one of the answers, after the grace', () =>
        refresh(turn(), another),
      ),
    ).refused(refusals, usedCodes)
  }
}

/** Requests go to two replicas in turn: was everything answered that one of them got, and nothing that the other did? */
function oneSided(all: readonly (Held | undefined)[]): boolean {
  const sides = [0, 1].map((side) => all.filter((_, i) => i % 2 === side).map((held) => held !== undefined))
  return [0, 1].some((side) => sides[side]?.every(Boolean) && !sides[1 - side]?.some(Boolean))
}

/** A replay within the grace, and one after it; a grace that counts from the last replay would still be open. */
async function replays(kit: Kit, graceMs: number): Promise<Late> {
  const { expect, step } = kit
  const turn = inTurn(kit)
  const parent = await refreshed(kit, await signedIn(kit), turn())
  const first = await step('refresh', () => refresh(turn(), parent))
  const answered = performance.now()
  const child = take(parent, first)
  await kit.clock.pass(EARLY_MS, 'a while within the grace')
  const again = await step('refresh with the same token, within the grace', () => refresh(turn(), parent))
  if (performance.now() - answered > graceMs - 500) throw new TooNoisy('a request took as long as the grace')
  const twin = take(parent, again)
  expect('within').holds(child !== undefined && twin !== undefined, {
    expected: '200 with credentials',
    received: counted([first, again]),
    exchange: again,
  })
  if (child === undefined || twin === undefined) return async () => {}
  expect('accessGood', await step('use the access token of the replay', () => me(turn(), twin.access))).status(200)

  // Somebody whose first answer was lost has what the second one gave, and nothing else.
  const lost = await signedIn(kit)
  await step('refresh, and forget the answer', () => refresh(turn(), lost))
  const kept = take(lost, await step('refresh with the same token again', () => refresh(turn(), lost)))
  if (kept !== undefined) await goOn(kit, turn(), kept, FROM_ONE)

  const calm = await refreshed(kit, await signedIn(kit), turn())
  return async () => {
    await kit.clock.pass(graceMs + GUARD_MS - (performance.now() - answered), 'the grace to end')
    const late = await step('refresh with the same token, after the grace', () => refresh(turn(), parent))
    expect('ends', late).refused(refusals, 'refresh_reused')
    for (const held of new Map([child, twin].map((h) => [h.refresh, h])).values())
      expect('endsAll', await step('refresh with a successor, after that replay', () => refresh(turn(), held))).refused(
        refusals,
        usedCodes,
      )
    const after = await step('use its access token, after that replay', () => afterEnd(kit, child.access))
    if (after.response?.status !== 401) throw without('C02', 'use an access token after a reuse', '401', after)
    expect(
      'goesOn',
      await step('refresh a session that nobody replayed, after the grace', () => refresh(turn(), calm)),
    ).status(200)
  }
}

const withOdd = (exchange: Exchange | undefined) => (exchange === undefined ? {} : { exchange })
