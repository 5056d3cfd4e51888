import { check } from '../../../workbook/grader/index.ts'
import {
  type Account,
  afterEnd,
  type Held,
  inTurn,
  login,
  me,
  refresh,
  refreshed,
  refusals,
  registered,
  signedIn,
  signIn,
  usedCodes,
} from './kit.ts'

export const othersOut = check({
  id: 'C10',
  title: 'A new password puts everybody else out',
  level: 'core',
  rationale:
    'People change their password because somebody else may know it. If that somebody stays signed in, the new password is for show.',
  lesson: '01-authentication/04-refresh-rotation#everybody-else-out',
  sources: ['asvs-7.4.3', 'asvs-6.2.3'],
  capabilities: ['http', 'stack'],
  lane: 'shared',
  budget: { ms: 120_000, requests: 120 },
  claims: {
    stranger: { clause: 'family.2', says: 'sessions of other accounts are not touched' },
    kept: { clause: 'password.2', says: 'with a wrong current password nothing changes' },
    changes: { clause: 'password.1', says: 'with the right one it answers 204, and the new password signs in' },
    wrongCurrent: { clause: 'password.2', says: 'a wrong current password is refused', twin: 'changes' },
    oldPassword: { clause: 'password.1', says: 'the old password signs in no more', twin: 'changes' },
    mine: { clause: 'password.1', says: 'the session that asked lives on' },
    othersEnd: { clause: 'password.1', says: 'the other sessions of the account end', twin: 'mine' },
    allAnswers: { clause: 'everyone.1', says: 'signing out everywhere answers 204' },
    allEnd: { clause: 'everyone.1', says: 'it ends every session of the account, this one too', twin: 'stranger' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const turn = inTurn(kit)
    const account = await registered(kit)
    // At both replicas: what one of them remembers of a password is to be forgotten too.
    const session = () => signedIn(kit, { account, http: turn() })
    const mine = await refreshed(kit, await session(), turn())
    const others = [await session(), await refreshed(kit, await session(), turn()), await session()]
    // The same name at another domain is somebody else.
    const [name] = account.email.split('@')
    const namesake = await registered(kit, { email: `${name}@x${rng.text(8, 'abcdefghijkmnopqrstuvwxyz')}.example` })
    const stranger = await signedIn(kit, { account: namesake })
    const newPassword = `${rng.text(12)}${rng.text(8, 'ABCDEFGHJKLMNPQRSTUVWXYZ')}${rng.text(6, '23456789')}!`
    const change = (currentPassword: string) =>
      turn().post('/auth/password', { token: mine.access, json: { currentPassword, newPassword } })

    expect(
      'wrongCurrent',
      await step('change the password with a wrong current one', () => change(`${account.password}x`)),
    ).refused([400, 401, 403, 422], 'invalid_credentials')
    for (const held of [mine, ...others])
      expect('kept', await step('use a session after that', () => me(turn(), held.access))).status(200)
    expect('kept', await step('sign in with the password as it was', () => login(kit, account))).status(200)

    expect('changes', await step('change the password', () => change(account.password))).status(204)
    const renewed: Account = { ...account, password: newPassword }
    expect('changes', await step('sign in with the new password', () => login(kit, renewed))).status(200)
    for (const replica of kit.replicas)
      expect(
        'oldPassword',
        await step('sign in with the old password', () => signIn(replica, account, mine.way)),
      ).refused([401], 'invalid_credentials')
    const ended = async (claim: 'othersEnd' | 'allEnd', what: string, held: Held) => {
      expect(claim, await step(`use the access token of ${what}`, () => afterEnd(kit, held.access)), {
        by: 'access',
      }).refused([401])
      expect(claim, await step(`refresh ${what}`, () => refresh(turn(), held)), { by: 'refresh' }).refused(
        refusals,
        usedCodes,
      )
    }
    for (const held of rng.shuffle(others)) await ended('othersEnd', 'another session of the account', held)
    expect('mine', await step('use the access token of the session that asked', () => me(turn(), mine.access))).status(
      200,
    )
    const answer = await step('refresh the session that asked', () => refresh(turn(), mine))
    expect('mine', answer).status(200)

    const [here, there] = [await signedIn(kit, { account: renewed }), await signedIn(kit, { account: renewed })]
    expect(
      'allAnswers',
      await step('sign out everywhere', () => turn().post('/auth/logout-all', { token: here.access })),
    ).status(204)
    await ended('allEnd', 'the session that asked', here)
    await ended('allEnd', 'another session of the account', there)
    expect('stranger', await step('use the session of another account', () => me(turn(), stranger.access))).status(200)
    expect('stranger', await step('refresh the session of another account', () => refresh(turn(), stranger))).status(
      200,
    )
  },
  diagnose: [
    {
      id: 'current-not-asked',
      when: (f) => f.claim === 'wrongCurrent' && f.status === 204,
      why: 'The password is changed without the current one. Whoever finds an unlocked screen owns the account a minute later.',
      hints: [
        'Send a currentPassword that is wrong.',
        'Where is currentPassword compared with the stored hash?',
        'Verify it as at a sign-in, before anything is written.',
      ],
    },
    {
      id: 'wrong-current-ends-sessions',
      when: (f) => f.claim === 'kept',
      why: 'A refused change of the password had an effect. A typing error, or somebody who guesses, signs people out or changes what they sign in with.',
      hints: [
        'In which order does your code verify, write and end sessions?',
        'Everything that has an effect comes after the verification.',
        'Refuse first.',
      ],
    },
    {
      id: 'others-stay',
      when: (f) => f.claim === 'othersEnd' && f.status === 200,
      why: 'The password is new, and the account’s other sessions live on, to refresh or with the access tokens that they have. The one whom the new password was meant for is among them.',
      hints: [
        'The evidence says whether it was the refresh token or the access token that still works.',
        'What does a change of the password do besides writing a hash?',
        'End every family of the account but the one that asks, in the same transaction.',
      ],
    },
    {
      id: 'asker-thrown-out',
      when: (f) => f.claim === 'mine',
      why: 'Whoever changes the password is signed out by it. People learn not to do it.',
      hints: [
        'Which session does the access token of the request name?',
        'All families of the account end, and one of them is the one that asks.',
        'Spare the family of the request.',
      ],
    },
    {
      id: 'not-everywhere',
      when: (f) => f.claim === 'allEnd' && f.status === 200,
      why: 'After signing out everywhere a session of the account lives.',
      hints: [
        'The evidence says which one, and by which token.',
        'Does the route end all families, or all but one, or refresh tokens alone?',
        'One statement by account; the access tokens follow if they ask for their session.',
      ],
    },
    {
      id: 'everywhere-needs-more',
      when: (f) => f.claim === 'allAnswers',
      why: 'Signing out everywhere is refused to somebody with a good access token, and nothing else to show. Who lost a telephone has just that, on another device.',
      hints: [
        'Send the access token alone, as the evidence does.',
        'What does the route ask for besides the account?',
        'The access token names the account; nothing else is needed to end all of its sessions.',
      ],
    },
    {
      id: 'strangers-thrown-out',
      when: (f) => f.claim === 'stranger',
      why: 'Sessions of another account ended along: somebody who has nothing to do with it is signed out.',
      hints: [
        'The other account has the same name before the @, at another domain. Which condition chooses the rows that end?',
        'Are accounts told apart by their id, or by something that two of them can share?',
        'By the id of the account, and by nothing wider.',
      ],
    },
    {
      id: 'password-not-changed',
      when: (f) => f.claim === 'changes' || f.claim === 'oldPassword',
      why: 'After the change the old password signs in, or the new one does not.',
      hints: [
        'Sign in with both, on both replicas.',
        'What is written to users.password_hash?',
        'The new hash is made and stored as at a registration.',
      ],
    },
  ],
})
