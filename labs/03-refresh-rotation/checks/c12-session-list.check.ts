import { createHash } from 'node:crypto'
import * as z from 'zod'
import { check, type Exchange } from '../../../workbook/grader/index.ts'
import { afterEnd, type Held, inTurn, me, refresh, refreshed, refusals, signedIn, usedCodes } from './kit.ts'

const entry = z.object({
  id: z.union([z.string().min(1), z.number()]),
  createdAt: z.iso.datetime({ offset: true }),
  lastUsedAt: z.iso.datetime({ offset: true }),
  current: z.boolean(),
})
type Entry = z.infer<typeof entry>
const shape = '[{id, createdAt, lastUsedAt, current}], times in ISO 8601'

export const sessionList = check({
  id: 'C12',
  title: 'People see their sessions, and end their own alone',
  level: 'core',
  rationale:
    'Who can see "Firefox, yesterday" can end it. The same list, with a foreign id in the address, must not end somebody else’s.',
  lesson: '01-authentication/04-refresh-rotation#session-list',
  sources: ['asvs-7.5.2', 'asvs-8.2.2'],
  capabilities: ['http', 'stack'],
  lane: 'shared',
  budget: { ms: 90_000, requests: 100 },
  claims: {
    lists: { clause: 'sessions.1', says: 'the list has each living session of the account once, and no other' },
    current: { clause: 'sessions.1', says: 'current marks the session that asks, also after a refresh' },
    quiet: { clause: 'sessions.1', says: 'the list holds no token and no hash of one' },
    ends: { clause: 'sessions.2', says: 'deleting a session of one’s own answers 204' },
    ended: { clause: 'sessions.2', says: 'the deleted session ends, with its access tokens', twin: 'alive' },
    foreign: {
      clause: 'sessions.3',
      says: 'the id of somebody else’s session is answered as an unknown one',
      twin: 'ends',
    },
    alive: { clause: 'sessions.3', says: 'somebody else’s session lives on' },
  },
  async run(kit) {
    const { expect, step } = kit
    const turn = inTurn(kit)
    const mine = await signedIn(kit)
    const list = async (held: Held, what: string): Promise<{ entries: Entry[]; answer: Exchange }> => {
      const answer = await step(what, () => turn().get('/auth/sessions', { token: held.access }))
      return { entries: expect('lists', answer).status(200).json(z.array(entry), shape), answer }
    }
    const has = (found: { entries: Entry[]; answer: Exchange }, count: number, did: string) =>
      expect('lists').holds(found.entries.length === count && new Set(found.entries.map((e) => e.id)).size === count, {
        did,
        expected: `${count} ${count === 1 ? 'entry' : 'entries'}, each with an id of its own`,
        received: `${found.entries.length}, with ${new Set(found.entries.map((e) => e.id)).size} ids`,
        exchange: found.answer,
      })
    const marks = (found: { entries: Entry[]; answer: Exchange }, id: Entry['id'] | undefined, did: string) => {
      const marked = found.entries.filter((e) => e.current).map((e) => e.id)
      expect('current').holds(marked.length === 1 && (id === undefined || marked[0] === id), {
        did,
        expected: 'current: true for the session that asks, and for no other',
        received: marked.length === 1 ? 'another session is current' : `${marked.length} sessions are current`,
        exchange: found.answer,
        facts: { marked: marked.length },
      })
      return marked[0] as Entry['id']
    }

    const alone = await list(mine, 'list the sessions of a new account')
    has(alone, 1, 'Listed the sessions of an account that signed in once')
    const own = marks(alone, undefined, 'Looked for the current session')
    const second = await signedIn(kit, { account: mine.account })
    const third = await signedIn(kit, { account: mine.account })
    const stranger = await signedIn(kit)
    const later = await refreshed(kit, mine, turn())
    const all = await list(later, 'list the sessions after two more sign-ins and a refresh')
    has(all, 3, 'Listed the sessions of an account that signed in three times and refreshed once')
    marks(all, own, 'Looked for the current session after a refresh')
    const seen = await list(second, 'list the sessions as another of them')
    const secondId = marks(seen, undefined, 'Looked for the current session as another one')
    expect('current').holds(secondId !== own, {
      did: 'Compared the current session of two sessions',
      expected: 'each sees itself',
      received: 'both see the same one',
      exchange: seen.answer,
    })

    const body = all.answer.response?.body ?? ''
    const secrets = [mine, later, second, third].flatMap((held) => [held.refresh, held.access])
    const leaked = leakOf(body, secrets)
    expect('quiet').holds(leaked === undefined, {
      did: 'Looked in the list for tokens and their SHA-256',
      expected: 'none',
      received: leaked ?? '',
      exchange: all.answer,
    })

    // Somebody else's id.
    const theirs = await list(stranger, 'list the sessions of another account')
    has(theirs, 1, 'Listed the sessions of another account')
    const foreignId = marks(theirs, undefined, 'Looked for the current session of another account')
    const remove = (held: Held, id: Entry['id']) =>
      turn().request('DELETE', `/auth/sessions/${encodeURIComponent(String(id))}`, { token: held.access })
    // An id of the same form that nobody has: what it gets is what a foreign one has to get.
    const unknownId = likeId(String(foreignId), kit.rng)
    const unknown = await step('delete a session that nobody has', () => remove(later, unknownId))
    expect('foreign', unknown, { which: 'unknown' }).refused([404, 403])
    const foreign = await step('delete the session of another account by its id', () => remove(later, foreignId))
    expect('foreign', foreign, { which: 'foreign' }).refused([unknown.response?.status ?? 404])
    expect('alive', await step('use the session of the other account', () => me(turn(), stranger.access))).status(200)
    expect('alive', await step('refresh the session of the other account', () => refresh(turn(), stranger))).status(200)

    // One's own.
    expect('ends', await step('delete another session of one’s own', () => remove(later, secondId))).status(204)
    expect('ended', await step('use its access token', () => afterEnd(kit, second.access))).refused([401])
    expect('ended', await step('refresh it', () => refresh(turn(), second))).refused(refusals, usedCodes)
    has(await list(later, 'list the sessions after that'), 2, 'Listed the sessions after one of three was deleted')
    expect('ends', await step('delete the session that asks', () => remove(later, own))).status(204)
    expect('ended', await step('use its access token', () => afterEnd(kit, later.access))).refused([401])
    has(
      await list(third, 'list the sessions as the one that is left'),
      1,
      'Listed the sessions after two of three were deleted',
    )
  },
  diagnose: [
    {
      id: 'foreign-session-ended',
      when: (f) =>
        (f.claim === 'foreign' && f.facts.which === 'foreign' && (f.status ?? 0) < 400) || f.claim === 'alive',
      why: 'The id of somebody else’s session ends it. Ids stand in logs and lists, and are no secret: anybody with an account can sign out everybody.',
      hints: [
        'Delete a session of another account by its id.',
        'Which condition does the statement have beside the id?',
        'The account belongs into the WHERE: not yours and not there are then the same.',
      ],
    },
    {
      id: 'foreign-told-apart',
      when: (f) => f.claim === 'foreign',
      why: 'An id that somebody else has gets another answer than one that nobody has. Whoever asks learns which sessions exist.',
      hints: [
        'Compare the two answers of the evidence.',
        'At which step does your code notice that the session is not one of the account?',
        'One statement with both conditions cannot tell them apart.',
      ],
    },
    {
      id: 'current-wrong',
      when: (f) => f.claim === 'current',
      why: 'The list marks another session as the current one, or none, or several. People end the one that they sit at.',
      hints: [
        'Compare what is marked before and after a refresh.',
        'Which of the access token’s claims says what session it belongs to?',
        'A session is its family, which a refresh does not change.',
      ],
    },
    {
      id: 'list-of-tokens',
      when: (f) => f.claim === 'lists' && f.status === 200,
      why: 'The list is not one of sessions: a session is missing, or counted for each of its tokens, or ended ones are still there.',
      hints: [
        'Compare the number of entries with the number of sign-ins that live.',
        'Of which rows is the list made: families or tokens? In which state?',
        'One entry a family, and only of those that live.',
      ],
    },
    {
      id: 'list-leaks',
      when: (f) => f.claim === 'quiet',
      why: 'The list shows a token or the hash of one. What a page shows, a script in the page can read.',
      hints: [
        'Received says what was found.',
        'Which columns does the statement select?',
        'An id is enough to name a session.',
      ],
    },
    {
      id: 'own-not-ended',
      when: (f) => f.claim === 'ends',
      why: 'A session of one’s own cannot be ended from the list, be it another one or the one that asks. Whoever sees a strange entry there has to be able to end it, and whoever leaves to end all of them.',
      hints: [
        'Delete each of your sessions by its id, the current one last.',
        'Which of them does your code refuse, and with what reason?',
        'Every living session of the account can be ended by its id.',
      ],
    },
    {
      id: 'deleted-lives',
      when: (f) => f.claim === 'ended' && f.status === 200,
      why: 'The session is gone from the list and still works.',
      hints: [
        'The evidence says whether it was the access token or the refresh token.',
        'What does deleting write, and who reads it?',
        'Deleting a session is signing it out.',
      ],
    },
  ],
})

/** An id of the same form: every hexadecimal digit, or every letter and digit, drawn anew. */
function likeId(id: string, rng: { text(length: number, alphabet?: string): string }): string {
  if (/^\d+$/.test(id)) return String(Number(id) + 1_000_000)
  // A UUID stays one: the digits of version and variant are kept.
  const drawn = [...id].map((c, i) =>
    /[0-9a-f]/.test(c) && i !== 14 && i !== 19 ? rng.text(1, '0123456789abcdef') : c,
  )
  return drawn.join('') === id ? `${id}0` : drawn.join('')
}

/** What of the tokens stands in a text: one itself, or its SHA-256; in words. */
function leakOf(text: string, tokens: string[]): string | undefined {
  for (const token of tokens) {
    if (text.includes(token)) return 'a token'
    const digest = createHash('sha256').update(token).digest()
    if (text.toLowerCase().includes(digest.toString('hex'))) return 'the SHA-256 of a token, in hexadecimal'
    if (text.includes(digest.toString('base64url')) || text.includes(digest.toString('base64')))
      return 'the SHA-256 of a token, in Base64'
  }
  return undefined
}
