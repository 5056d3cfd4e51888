import { check } from '../../../workbook/grader/index.ts'
import { END_MS, inTurn, me, refresh, refreshed, refusals, signedIn, soon } from './kit.ts'

export const disabledAccount = check({
  id: 'C11',
  title: 'A disabled account is out at once',
  level: 'core',
  rationale:
    'An account is disabled because something has happened. If its sessions go on refreshing, it is disabled in the form and nowhere else.',
  lesson: '01-authentication/04-refresh-rotation#disabled-accounts',
  sources: ['asvs-7.4.2'],
  capabilities: ['http', 'given', 'stack'],
  lane: 'shared',
  waits: true,
  budget: { ms: 60_000, requests: 140 },
  claims: {
    opens: { clause: 'me.1', says: 'the access token of an enabled account is good' },
    lives: { clause: 'refresh.1', says: 'the session of an enabled account refreshes' },
    accessEnds: { clause: 'disabled.1', says: 'its access tokens are refused within 2 s', twin: 'opens' },
    refreshEnds: { clause: 'disabled.1', says: 'its sessions refresh no more within 2 s', twin: 'lives' },
  },
  async run(kit) {
    const { expect, step } = kit
    const turn = inTurn(kit)
    const bystander = await signedIn(kit)
    const sleeper = await signedIn(kit)
    const held = await refreshed(kit, await signedIn(kit, { account: sleeper.account }), turn())
    // Asked on every replica before, so that an answer that is kept there is an old one afterwards.
    for (const http of kit.replicas)
      expect('opens', await step('use the access token of an enabled account', () => me(http, held.access))).status(200)

    await step('disable the account', () => kit.given.disabled(sleeper.account.email))
    const since = performance.now()
    for (const http of kit.replicas) {
      const answer = await step('use the access token of the disabled account', () =>
        soon(
          kit,
          () => me(http, held.access),
          (status) => status === 401 || status === 403,
          'a disabled account to be seen',
        ),
      )
      // Whether it refreshes too tells one mistake from another.
      const also = answer.response?.status === 200 ? (await refresh(turn(), sleeper)).response?.status : undefined
      expect('accessEnds', answer, { also }).refused([401, 403])
    }
    await kit.clock.pass(END_MS - (performance.now() - since), 'a disabled account to be seen')
    for (const [what, session] of [
      ['a session that was refreshed before', held],
      ['a session that was never refreshed', sleeper],
    ] as const)
      expect(
        'refreshEnds',
        await step(`refresh ${what}, the account being disabled`, () => refresh(turn(), session)),
      ).refused([...refusals, 403])

    expect('opens', await step('use the access token of another account', () => me(turn(), bystander.access))).status(
      200,
    )
    expect('lives', await step('refresh the session of another account', () => refresh(turn(), bystander))).status(200)
  },
  diagnose: [
    {
      id: 'disabled-unnoticed',
      when: (f) => f.claim === 'accessEnds' && f.status === 200 && f.facts.also === 200,
      why: 'Two seconds after it was disabled an account goes on as before: its access tokens open everything, and its sessions refresh. Being disabled counts at the sign-in only, or as of then.',
      hints: [
        'Disable an account that is signed in, then use its access token and refresh.',
        'At which requests does your code look at the account, and where does it look?',
        'The account can change while a session lives, so every use of the session has to see it.',
      ],
    },
    {
      id: 'disabled-refreshes',
      when: (f) => f.claim === 'refreshEnds' && f.status === 200,
      why: 'A disabled account refreshes its session, for as long as the session lives. Its access tokens are refused; the next refresh gives others.',
      hints: [
        'Which tables does a refresh look at?',
        'The account can change while the session lives.',
        'Read the account where you read the family.',
      ],
    },
    {
      id: 'disabled-access',
      when: (f) => f.claim === 'accessEnds' && f.status === 200,
      why: 'A disabled account refreshes no more, and its access tokens open everything as before, until they expire or what a process remembers of the account does.',
      hints: [
        'The access token was used before the account was disabled, and again on the same replica.',
        'What is kept between two requests, and for how long?',
        'Two seconds are allowed; anything that is kept longer has to be told.',
      ],
    },
  ],
})
