import { check, type Exchange, type Kit, NotOffered, TooNoisy } from '../../../workbook/grader/index.ts'
import { login, newAccount, registered, strong } from './kit.ts'

/** No check waits longer for a clock. */
const LONGEST_WINDOW = 15

export const throttle = check({
  id: 'C09',
  title: 'Guessing is slowed for one account, and its owner gets back in',
  level: 'core',
  rationale:
    'Without a limit a login form is a guessing machine. With a clumsy one it is a switch that locks any user out.',
  lesson: '01-authentication/02-passwords-now#throttling',
  sources: ['asvs-6.3.1', 'asvs-6.1.1', 'cs-authentication'],
  capabilities: ['http'],
  // A burst of sign-ins has to fit into the window.
  requires: ['real-cost'],
  lane: 'last',
  budget: { ms: 90_000, requests: 80 },
  claims: {
    evaluated: { clause: 'throttle.1', says: 'the first tries are answered as wrong passwords' },
    throttled: { clause: 'throttle.1', says: 'tries beyond LOGIN_MAX are refused with 429', twin: 'evaluated' },
    rightToo: { clause: 'throttle.1', says: 'meanwhile the right password is refused as well', twin: 'released' },
    retryAfter: { clause: 'throttle.2', says: 'a 429 says when to come back' },
    others: { clause: 'throttle.4', says: 'another account signs in meanwhile, from the same client' },
    unknownToo: { clause: 'throttle.5', says: 'an address without an account is throttled alike', twin: 'evaluated' },
    released: { clause: 'throttle.3', says: 'after a quiet window the right password signs in' },
  },
  async run(kit) {
    const { expect, step } = kit
    const { max, window } = limits(kit)
    // One after the other, because a try that is counted twice, once on arrival and once more when it failed, shows only so.
    const clumsy = await registered(kit)
    for (let n = 1; n < max; n++) {
      const answer = await step(`try ${n} of LOGIN_MAX ${max} with a wrong password, one after the other`, () =>
        login(kit, clumsy.email, strong(kit.rng)),
      )
      expect('evaluated').holds(answer.response?.status === 401, {
        did: `Sent wrong password ${n} of LOGIN_MAX ${max} for one account, one after the other`,
        expected: '401',
        received: String(answer.response?.status),
        exchange: answer,
      })
    }
    const [victim, other] = [await registered(kit), await registered(kit)]

    // All at once: a try counts when it arrives, so a counter that is written after the hash lets them all through.
    let wave = await burst(kit, victim.email, victim.password, max)
    if (wave.slow) {
      await kit.clock.pass(
        (window + 0.7) * 1_000,
        'the machine stalled within the window; once more with quiet accounts',
      )
      wave = await burst(kit, victim.email, victim.password, max)
      if (wave.slow)
        throw new TooNoisy(
          `The machine took longer than half of LOGIN_WINDOW (${window} s) for one burst of sign-ins, twice.`,
        )
    }
    const refused = wave.answers.filter((a) => a.response?.status === 429)
    const wrong = wave.answers.filter((a) => a.response?.status === 401)
    const did = `Sent ${wave.answers.length} wrong passwords for one account at once (LOGIN_MAX is ${max})`
    const counts = `${wrong.length} times 401, ${refused.length} times 429${wrong.length + refused.length === wave.answers.length ? '' : `, ${wave.answers.length - wrong.length - refused.length} others`}`
    const odd = wave.answers.find((a) => ![401, 429].includes(a.response?.status ?? 0))
    const evidence = {
      did,
      expected: `${max - 1} or ${max} times 401, 429 for the rest`,
      received: counts,
      ...(odd === undefined ? {} : { exchange: odd }),
    }
    // First, because a sign-in that went through may have reset the count and blurred the rest.
    if (wave.seen && wave.right?.response?.status === 200) expect('rightToo', wave.right).refused([429])
    expect('evaluated').holds(wrong.length >= max - 1, { ...evidence, facts: { tooEarly: true } })
    if (wrong.length > max) {
      const later = await step('one more wrong password after the burst', () =>
        login(kit, victim.email, strong(kit.rng)),
      )
      expect('throttled').holds(false, {
        ...evidence,
        facts: { late: later.response?.status === 429 || refused.length > 0 },
        exchange: later,
      })
    }
    // Neither evaluated nor told 429: another status, or a counter that breaks when tries arrive together.
    expect('throttled').holds(odd === undefined, evidence)
    expect('throttled', refused[0] ?? never()).refused([429], 'rate_limited')
    for (const answer of refused) {
      const value = answer.response?.headers['retry-after'] ?? ''
      expect('retryAfter').holds(saysWhen(value), {
        did,
        expected: 'Retry-After: whole seconds of at least 1, or a date in the future',
        received: value === '' ? 'no Retry-After' : `Retry-After: ${value}`,
        exchange: answer,
      })
    }
    expect('rightToo', wave.right ?? never(), { during: true }).refused([429])
    expect(
      'others',
      await step('sign in to another account meanwhile', () => login(kit, other.email, other.password)),
    ).status(200)

    const unknown = newAccount(kit)
    const unknownWave = await Promise.all(
      Array.from({ length: 2 * max }, () => login(kit, unknown.email, strong(kit.rng))),
    )
    const unknownRefused = unknownWave.filter((a) => a.response?.status === 429)
    expect('unknownToo').holds(unknownRefused.length >= max, {
      did: `Sent ${2 * max} passwords for an address without an account at once`,
      expected: `429 for ${max} of them at least, as for an address with one`,
      received: `${unknownRefused.length} times 429`,
    })

    // Quiet for the victim since its burst; the guard band keeps clear of the edge of the window.
    await kit.clock.pass(wave.lastSent + (window + 0.7) * 1_000 - Date.now(), 'one quiet LOGIN_WINDOW')
    expect(
      'released',
      await step('sign in with the right password after a quiet window', () =>
        login(kit, victim.email, victim.password),
      ),
    ).status(200)
  },
  diagnose: [
    {
      id: 'other-than-429',
      when: (f) => f.claim === 'throttled' && f.status !== undefined && ![200, 401, 429].includes(f.status),
      why: 'Tries beyond the limit are answered with another status than 429. A client cannot tell that it should slow down: it takes a 5xx for an outage and tries again, and your alarm rings for a guesser.',
      hints: [
        'Received shows how many answers had which status.',
        'Repeat the burst and read the log lines of the answers that were neither 401 nor 429.',
        'Being over the limit is an ordinary answer with a status of its own, also when many tries arrive together.',
      ],
    },
    {
      id: 'counted-late',
      when: (f) => f.claim === 'throttled' && f.facts.late === true,
      why: 'Tries that arrive together are not counted in time: all of them are evaluated before the first is on the books. A guessing program sends in parallel as a matter of course.',
      hints: [
        'At which moment of a sign-in is the try counted, and what happens before it?',
        'The slow hash lies between looking at the counter and writing it.',
        'Count on arrival, in one step that also tells whether the limit is reached.',
      ],
    },
    {
      id: 'no-throttle',
      when: (f) => f.claim === 'throttled',
      why: 'Wrong passwords for one account are answered as fast as they are sent, without end. A list of common passwords is tried in minutes.',
      hints: [
        'What does the server remember of a wrong try?',
        'It has to count per e-mail address, within LOGIN_WINDOW.',
        'Tries beyond LOGIN_MAX are answered 429 rate_limited before any hashing.',
      ],
    },
    {
      id: 'no-retry-after',
      when: (f) => f.claim === 'retryAfter',
      why: 'The 429 does not say when to come back. A well-behaved client can only guess, and most guess too soon.',
      hints: [
        'Look at the headers of a 429.',
        'You know when the window ends.',
        'Whole seconds, rounded up, at least 1.',
      ],
    },
    {
      id: 'right-password-passes',
      when: (f) => f.claim === 'rightToo' && f.status === 200,
      why: 'While the account is throttled the right password still signs in. The guesser therefore loses nothing by being throttled: the one guess that counts goes through.',
      hints: [
        'In which order are the limit and the password looked at?',
        'The limit protects only if it does not depend on the password.',
        'Refuse before the password is looked at.',
      ],
    },
    {
      id: 'everyone-locked',
      when: (f) => f.claim === 'others' || (f.claim === 'evaluated' && f.facts.tooEarly === true && f.status === 429),
      why: 'Wrong tries on one account keep another account from signing in. Anybody can then shut the whole service for everybody, with six requests.',
      hints: [
        'What is the key of the counter?',
        'One account’s tries must not be counted together with another’s.',
        'The key is the e-mail address; limits by network address are the edge’s task.',
      ],
    },
    {
      id: 'unknown-unthrottled',
      when: (f) => f.claim === 'unknownToo',
      why: 'An address without an account is never throttled, one with an account is. Six wrong tries tell whether somebody is registered.',
      hints: [
        'Where does the counter live: with the user, or with the address that was sent?',
        'An address without a row has to be counted too.',
        'Count what was asked for, before looking it up.',
      ],
    },
    {
      id: 'never-released',
      when: (f) => f.claim === 'released' && f.status !== 200,
      why: 'After a quiet window the owner is still refused with the right password. A lock that does not open by itself is a weapon: six requests a user, and your support desk is busy.',
      hints: [
        'What ends the throttle, and does it happen without anybody’s help?',
        'Tries expire; a flag does not.',
        'After LOGIN_WINDOW without a try nothing may be left of it.',
      ],
    },
    {
      id: 'too-early',
      when: (f) => f.claim === 'evaluated',
      why: 'The throttle closes before LOGIN_MAX tries, or answers something else than 401 to them. People mistype; the limit is where the settings say.',
      hints: [
        'Compare the counts with LOGIN_MAX.',
        'Is LOGIN_MAX read from the environment?',
        'Is the comparison off by one, or a try counted twice?',
      ],
    },
  ],
})

/** LOGIN_MAX and LOGIN_WINDOW in force. */
export function limits(kit: Kit): { max: number; window: number } {
  const [max, window] = [Number(kit.settings.env.LOGIN_MAX ?? 5), Number(kit.settings.env.LOGIN_WINDOW ?? 60)]
  if (window > LONGEST_WINDOW)
    throw new NotOffered(`LOGIN_WINDOW is ${window} s, and no check waits longer than ${LONGEST_WINDOW} s`)
  return { max, window }
}

interface Burst {
  answers: Exchange[]
  /** The right password, sent as soon as the first 429 was seen (or at the end). */
  right: Exchange | undefined
  /** A 429 was seen before the right password was sent. */
  seen: boolean
  /** Epoch ms of the last request sent. */
  lastSent: number
  /** The burst took so long that its window may have ended in the middle. */
  slow: boolean
}

async function burst(kit: Kit, email: string, password: string, max: number): Promise<Burst> {
  const { window } = limits(kit)
  const started = Date.now()
  const first = Promise.withResolvers<void>()
  let seen = false
  const sent = Array.from({ length: 2 * max }, async () => {
    const answer = await login(kit, email, strong(kit.rng))
    if (answer.response?.status === 429) {
      seen = true
      first.resolve()
    }
    return answer
  })
  const all = Promise.all(sent)
  await Promise.race([first.promise, all])
  const rightAt = Date.now()
  const before = seen
  const [right, answers] = await Promise.all([login(kit, email, password), all])
  return { answers, right, seen: before, lastSent: rightAt, slow: rightAt - started > window * 500 }
}

function saysWhen(value: string): boolean {
  if (/^\d+$/.test(value)) return Number(value) >= 1
  const date = Date.parse(value)
  return !Number.isNaN(date) && date > Date.now() - 1_000
}

function never(): Exchange {
  throw new Error('no 429 to look at')
}
