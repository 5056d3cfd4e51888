/** X1.4: one exploration for both settings, and the rules that are read from it. */
import { type ExerciseContext, exerciseCheck } from '../../../workbook/grader/index.ts'
import { explore, type Findings, GRACE, type Kind, shortest, start, type Violation } from './model.ts'
import { answerOf, nameOf, traceOf } from './timeline.ts'

const LESSON = '01-authentication/04-refresh-rotation'

type Kit = Pick<ExerciseContext<never>, 'call' | 'once'>

/** Every order of three requests, without a grace and with one. */
async function explored({ call, once }: Kit): Promise<{ strict: Findings; grace: Findings; all: Findings[] }> {
  return once('explored', async () => {
    const word = crypto.randomUUID().slice(0, 8)
    const names = Array.from({ length: 10 }, (_, i) => `${word}-${i}-${crypto.randomUUID().slice(0, 8)}`)
    const none: Findings = { violations: new Map(), orders: 0, held: new Map() }
    const of = async (grace: number) => {
      const root = await start(call, grace, names)
      return root === undefined ? none : explore(root, grace, names)
    }
    const [strict, grace] = [await of(0), await of(GRACE)]
    return { strict, grace, all: [strict, grace] }
  })
}

/** What a violation is as evidence; without one it is not looked at. */
function evidence(violation: Violation | undefined, expected: string) {
  const last = violation?.events.at(-1)
  return {
    expected,
    received: last === undefined ? '' : `${answerOf(last)} for ${nameOf(last.token)}, at ${last.time} s`,
    did: 'went through all orders of three requests; this is the shortest that breaks the rule',
    facts: { violation },
    ...(violation === undefined ? {} : { trace: traceOf(violation.events) }),
  }
}

/** What a learner's `rotate` may return. */
type Answer = { state?: unknown; answer?: { status?: number; token?: unknown } } | undefined

const of = (f: { facts: Record<string, unknown> }) => f.facts.violation as Violation | undefined

const held = (findings: Findings[], kind: Kind) => findings.some((f) => (f.held.get(kind) ?? 0) > 0)

const refresh = exerciseCheck({
  id: 'C01',
  title: 'A first use is answered with a new token, which refreshes in turn',
  rationale: 'Rotation that hands out nothing new detects nothing.',
  lesson: `${LESSON}#one-use`,
  budgetMs: 15_000,
  claims: {
    fresh: { says: 'a token that was never used is answered with one that nobody had, in every order' },
    stranger: { says: 'a token that was never issued is refused, and changes nothing', twin: 'fresh' },
  },
  async run(context) {
    const { expect, step, call } = context
    const first = crypto.randomUUID()
    const signedIn = await call('signIn', first)
    const state = 'value' in signedIn ? signedIn.value : undefined
    const once = (from: unknown, token: string) =>
      step('refresh with the token of the sign-in', () =>
        call('rotate', from, token, 1, { grace: 0, sent: 1, fresh: crypto.randomUUID() }),
      )
    const renewed = (value: unknown) => {
      const answer = (value as Answer)?.answer
      return answer?.status === 200 && typeof answer.token === 'string' && answer.token !== first
    }
    expect('fresh', await once(state, first)).returns(renewed, 'status 200 and a new token')
    const stranger = await step('refresh with a token that was never issued', () =>
      call('rotate', state, crypto.randomUUID(), 1, { grace: GRACE, sent: 1, fresh: crypto.randomUUID() }),
    )
    const refused = 'value' in stranger && (stranger.value as Answer)?.answer?.status === 401
    const after = 'value' in stranger ? (stranger.value as Answer)?.state : undefined
    const then = refused ? await once(after, first) : stranger
    const calm = 'value' in then && renewed(then.value)
    expect('stranger').holds(refused && calm, {
      expected: 'status 401, and the family goes on',
      received: refused ? 'status 401, and the token of the sign-in is refused afterwards' : JSON.stringify(stranger),
      did: 'refresh with a token that was never issued',
      facts: { refused },
    })
    const found = await explored(context)
    const violation = shortest(found.all, ['refresh'])
    expect('fresh').holds(violation === undefined, evidence(violation, '200 and a new token'))
  },
  diagnose: [
    {
      id: 'stranger-ends-family',
      when: (f) => f.claim === 'stranger' && f.facts.refused === true,
      why: 'A token that was never issued ends the family. Whoever sends nonsense signs people out.',
      hints: [
        'Whose family does an unknown token belong to?',
        'What you do not know tells you nothing about what you know.',
        'Refuse it, and give the state back as it came.',
      ],
    },
    {
      id: 'stranger-not-refused',
      when: (f) => f.claim === 'stranger',
      why: 'A token that was never issued is not answered with 401. The function throws, or lets it in.',
      hints: [
        'What does the lookup give for a name that is not there?',
        'Received has the answer, or the error.',
        'The first question about a token is whether there is such a one.',
      ],
    },
    {
      id: 'nothing-new',
      when: (f) => (f.value as Answer)?.answer?.status === 200 || of(f)?.wrongToken === true,
      why: 'The answer is no token that is new. Whoever copied the old one goes on with it, and no duplicate ever shows that there are two.',
      hints: [
        'Compare the token in the answer with the one that was sent.',
        'options has a text that nobody has seen.',
        'A first use consumes the token and makes another one.',
      ],
    },
    {
      id: 'successor-dead',
      when: (f) => of(f) !== undefined,
      why: 'A token that was handed out, and that nobody has used or ended, is refused. The person is signed out at the next refresh.',
      hints: [
        'Follow the timeline: from which answer does the token come?',
        'What is handed out has to be in the state that you return.',
        'Compare the state after that answer with the one that the next call gets.',
      ],
    },
    {
      id: 'no-refresh',
      when: () => true,
      why: 'The first refresh after a sign-in does not work. Nobody stays signed in.',
      hints: [
        'See what Received threw.',
        'rotate gets what signIn returned.',
        'The answer is an object with state and answer; answer has status and token.',
      ],
    },
  ],
})

const reuse = exerciseCheck({
  id: 'C02',
  title: 'A used token that comes back ends the family',
  rationale: 'Two parties hold the line, and nobody can tell which of them is the thief.',
  lesson: `${LESSON}#families-and-reuse`,
  needs: [refresh],
  budgetMs: 15_000,
  claims: {
    before: { says: 'before that, the newest token refreshes' },
    refused: { says: 'without a grace, a used token sent after its use is answered with 401', twin: 'before' },
    ends: { says: 'and then the newest token is refused, too', twin: 'before' },
  },
  async run(context) {
    const { expect } = context
    const found = await explored(context)
    expect('before').holds(held(found.all, 'refresh'), evidence(undefined, '200'))
    const served = shortest([found.strict], ['reuse'], (v) => !v.livesOn)
    expect('refused').holds(served === undefined, evidence(served, '401'))
    const alive = shortest(found.all, ['reuse', 'late', 'acknowledged'], (v) => v.livesOn === true)
    expect('ends').holds(alive === undefined, evidence(alive, 'no answer 200 for any token of the family'))
  },
  diagnose: [
    {
      id: 'no-alarm',
      when: (f) => of(f)?.status === 409,
      why: 'A used token is answered with "raced", though it was sent after the use. A thief who comes an hour later gets that answer too, and nothing ends.',
      hints: [
        'Two requests raced where neither could know of the other.',
        'Compare when this one was sent with when the token was used.',
        'options.sent is not now.',
      ],
    },
    {
      id: 'used-token-served',
      when: (f) => f.claim === 'refused',
      why: 'There is no grace, a used token comes back, and it is answered. The copy works as well as the original.',
      hints: [
        'What does the state say about this token at that time?',
        'A grace of zero is none, also in the same second.',
        'Which branch answers it? Follow it with the times of the timeline.',
      ],
    },
    {
      id: 'grandparent-forgotten',
      when: (f) => (of(f)?.generations ?? 0) > 1,
      why: 'The parent of the newest token raises the alarm, and an older one does not. A thief who was slow presents just such a token.',
      hints: [
        'Which token was presented, counted from the newest?',
        'Unknown is no alarm: what became of this token in your state?',
        'The relationship is retained, says RFC 9700: for all that descend from one sign-in.',
      ],
    },
    {
      id: 'family-lives',
      when: () => true,
      why: 'The used token is refused, and the newest one still refreshes. If the thief has that one, the alarm has only told the owner to sign in again.',
      hints: [
        'The used token was dead before. What has the alarm changed?',
        'It ends all that descends from the sign-in.',
        'Where does your state say that a family has ended, and who reads it?',
      ],
    },
  ],
})

const ended = exerciseCheck({
  id: 'C03',
  title: 'An ended family stays ended',
  rationale: 'No arrow leads back from an end.',
  lesson: `${LESSON}#families-and-reuse`,
  needs: [refresh],
  budgetMs: 15_000,
  claims: {
    before: { says: 'before the end, the newest token refreshes' },
    ended: { says: 'after it no token does, at no time', twin: 'before' },
  },
  async run(context) {
    const { expect } = context
    const found = await explored(context)
    expect('before').holds(held(found.all, 'refresh'), evidence(undefined, '200'))
    const violation = shortest(found.all, ['ended'])
    expect('ended').holds(violation === undefined, evidence(violation, 'a refusal: the family has ended'))
  },
  diagnose: [
    {
      id: 'grace-revives',
      when: (f) => {
        const [last, before] = [of(f)?.events.at(-1), of(f)?.events.slice(0, -1) ?? []]
        return before.some((event) => event.token === last?.token && event.answer.status === 200)
      },
      why: 'A token that was used a moment ago is answered after its family has ended: its grace is stronger than the end. The thief has a token again.',
      hints: [
        'Which two questions does your function ask about this token, and in which order?',
        'The grace is for a reply that may be lost, never for a family that has ended.',
        'First the family, then the token.',
      ],
    },
    {
      id: 'comes-back',
      when: () => true,
      why: 'The family ended, and some time later a token of it refreshes again. Whoever waits is let in.',
      hints: [
        'Compare the time of the end with the time of the last request.',
        'Does your state say that the family has ended, or until when?',
        'An end has no end.',
      ],
    },
  ],
})

const heals = exerciseCheck({
  id: 'C04',
  title: 'A lost reply heals in the grace',
  rationale: 'A client that never saw the reply does the one thing that it can: it sends the same token again.',
  lesson: `${LESSON}#lost-replies`,
  needs: [refresh],
  budgetMs: 15_000,
  claims: {
    heals: { says: 'in the grace the parent is answered with a successor, as often as it comes, and that refreshes' },
  },
  async run(context) {
    const { expect } = context
    const found = await explored(context)
    const violation = shortest([found.grace], ['heal'])
    expect('heals').holds(
      violation === undefined && held([found.grace], 'heal'),
      evidence(violation, '200 and a successor'),
    )
  },
  diagnose: [
    {
      id: 'healed-is-dead',
      when: (f) => {
        const last = of(f)?.events.at(-1)
        return last?.answer.status !== 200 && of(f)?.replays === 0 && wasAnswer(of(f))
      },
      why: 'The retry was answered with a token, and that token is refused. The session is lost one refresh later.',
      hints: [
        'From which answer does the refused token come?',
        'What is handed out has to be in the state that you return, also in the grace.',
        'The same successor again would do as well.',
      ],
    },
    {
      id: 'no-successor',
      when: (f) => of(f)?.wrongToken === true,
      why: 'In the grace the answer is a token that is no successor of the one that was sent. The client keeps presenting what is already used.',
      hints: [
        'Compare the token in the answer with the one that was sent.',
        'What did the first use answer with?',
        'The client needs something that it can use next time.',
      ],
    },
    {
      id: 'grace-too-short',
      when: (f) => {
        const [first, last] = [of(f)?.events.find((e) => e.token === of(f)?.events.at(-1)?.token), of(f)?.events.at(-1)]
        return (last?.time ?? 0) - (first?.time ?? 0) > 1
      },
      why: 'The grace is over before it should be. A client whose connection broke for a moment is signed out.',
      hints: [
        'From when does your grace count, and for how long?',
        'The timeline has the time of the first use, and that of the retry.',
        'A token may be an hour old when it is used for the first time.',
      ],
    },
    {
      id: 'no-grace',
      when: () => true,
      why: 'The reply was lost, the client retries at once, and is taken for a thief. On a phone that is every tunnel.',
      hints: [
        'What does options.grace say in this run?',
        'When was the token used, and is its successor used already?',
        'Two conditions together allow an answer.',
      ],
    },
  ],
})

/** Does the token that was refused come from an answer in a grace? */
function wasAnswer(violation: Violation | undefined): boolean {
  const last = violation?.events.at(-1)
  const given = violation?.events.slice(0, -1).find((event) => event.answer.token === last?.token)
  const earlier = violation?.events.find((event) => event.token === given?.token)
  return given !== undefined && earlier !== given
}

const bounded = exerciseCheck({
  id: 'C05',
  title: 'The grace counts from the first use, and ends',
  rationale: 'A grace that each replay prolongs is a token that never dies.',
  lesson: `${LESSON}#grace-or-strict`,
  needs: [refresh],
  budgetMs: 15_000,
  claims: {
    before: { says: 'before that, the newest token refreshes' },
    over: {
      says: 'when the grace is over, the used token is answered with 401, however often it came before',
      twin: 'before',
    },
  },
  async run(context) {
    const { expect } = context
    const found = await explored(context)
    expect('before').holds(held([found.grace], 'refresh'), evidence(undefined, '200'))
    const violation = shortest([found.grace], ['late'], (v) => !v.livesOn)
    expect('over').holds(violation === undefined, evidence(violation, '401'))
  },
  diagnose: [
    {
      id: 'grace-prolonged',
      when: (f) => (of(f)?.replays ?? 0) > 0,
      why: 'Each replay begins a new grace. Whoever sends the token every two seconds has one that never dies, and is never seen.',
      hints: [
        'Compare the times of the replays with that of the first use.',
        'Which of them does your state remember?',
        'What is written once must not be written again.',
      ],
    },
    {
      id: 'grace-without-end',
      when: () => true,
      why: 'The used token is answered after its grace. A copy that turns up in a backup works like the original.',
      hints: [
        'How many seconds lie between the two requests, and how long is the grace?',
        'All times here are in seconds.',
        'The answer depends on now, on the time of the use, and on the grace.',
      ],
    },
  ],
})

const line = exerciseCheck({
  id: 'C06',
  title: 'The first use of a successor is the acknowledgement: one line goes on',
  rationale: 'Two lines that each present their newest token never meet, and reuse is never seen.',
  lesson: `${LESSON}#three-right-answers-to-the-second-request`,
  needs: [refresh],
  budgetMs: 15_000,
  claims: {
    goesOn: { says: 'the successor that is used first refreshes' },
    parent: { says: 'from then on the parent is answered with 401, also in its grace', twin: 'goesOn' },
    sibling: { says: 'and another successor of the same parent refreshes no more', twin: 'goesOn' },
  },
  async run(context) {
    const { expect } = context
    const found = await explored(context)
    expect('goesOn').holds(held([found.grace], 'refresh'), evidence(undefined, '200'))
    const parent = shortest([found.grace], ['acknowledged'], (v) => !v.livesOn)
    const fork = shortest(found.all, ['fork'])
    expect('sibling').holds(fork === undefined, evidence(fork, 'a refusal: its sibling was used'))
    expect('parent').holds(parent === undefined, evidence(parent, '401'))
  },
  diagnose: [
    {
      id: 'two-lines',
      when: (f) => f.claim === 'sibling',
      why: 'Two successors of one token refresh on, side by side. From here owner and thief each have a line of their own, and no duplicate will ever tell.',
      hints: [
        'From which requests do the two tokens in the timeline come?',
        'Either there is one successor, or the first that is used ends the others.',
        'When a token is used for the first time: what do you know about its siblings?',
      ],
    },
    {
      id: 'acknowledgement-missed',
      when: () => true,
      why: 'The successor was used, so its reply arrived, and the parent is still answered. Nobody who is honest sends it now.',
      hints: [
        'What does the use of the successor say about the reply that may have been lost?',
        'The grace has two ends. One is a time.',
        'Look at the successor before you answer the parent.',
      ],
    },
  ],
})

const loser = exerciseCheck({
  id: 'C07',
  title: 'Strict: who lost a race is told so, and changes nothing',
  rationale: 'Two tabs that refresh together are no theft, and the loser must not sign the winner out.',
  lesson: `${LESSON}#three-right-answers-to-the-second-request`,
  needs: [refresh],
  budgetMs: 15_000,
  claims: {
    winner: { says: 'without a grace, the first of them is answered with a new token' },
    raced: { says: 'one that was sent before that use is answered with 409', twin: 'winner' },
    nothing: { says: 'and every token is worth what it was before', twin: 'winner' },
  },
  async run(context) {
    const { expect } = context
    const found = await explored(context)
    expect('winner').holds(held([found.strict], 'refresh'), evidence(undefined, '200'))
    const answered = shortest([found.strict], ['raced'], (v) => !v.changed)
    expect('raced').holds(answered === undefined, evidence(answered, '409'))
    const changed = shortest([found.strict], ['raced'], (v) => v.changed === true)
    expect('nothing').holds(changed === undefined, evidence(changed, '409, and nothing changes'))
  },
  diagnose: [
    {
      id: 'loser-changes',
      when: (f) => f.claim === 'nothing',
      why: 'The loser is told so, and afterwards a token gets another answer than it would have got before. A request that lost must leave no trace.',
      hints: [
        'Compare the state that you return for a loser with the one that you got.',
        'When was the token used? Not now.',
        'The state may come back as it came.',
      ],
    },
    {
      id: 'loser-served',
      when: (f) => of(f)?.status === 200,
      why: 'There is no grace, two requests with one token were under way together, and both are answered. With the second one a thief may have come.',
      hints: [
        'A grace of zero answers a token once.',
        'The loser may be honest, and there is an answer for that.',
        'It finds the new token in the jar that the winner filled.',
      ],
    },
    {
      id: 'loser-taken-for-thief',
      when: () => true,
      why: 'A request that was under way when the token was used is answered like a replay. Two tabs that wake up together sign the person out.',
      hints: [
        'The timeline says since when the request was under way. Could its sender know?',
        'Compare options.sent with the time of the use, and not now.',
        'Raced is an answer of its own: 409, and no alarm.',
      ],
    },
  ],
})

export default [refresh, reuse, ended, heals, bounded, line, loser]
