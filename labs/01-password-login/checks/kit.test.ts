import { describe, expect, test } from 'vitest'
import { type Exchange, type Kit, PreconditionFailed, type Rng } from '../../../workbook/grader/index.ts'
import {
  capital,
  createdStatus,
  loginAnswer,
  median,
  newAccount,
  refusalTime,
  registered,
  registration,
  strong,
  swapCase,
  tokenOf,
  word,
} from './kit.ts'

/** A stream of its own: the grader's is not for checks to import. */
function rngOf(seed: number): Rng {
  let state = seed
  const int = (from: number, to: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return from + ((state >>> 8) % (to - from + 1))
  }
  return {
    int,
    pick: (list) => list[int(0, list.length - 1)] as never,
    shuffle: (list) => {
      const copy = [...list]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(0, i)
        ;[copy[i], copy[j]] = [copy[j] as never, copy[i] as never]
      }
      return copy
    },
    text: (length, alphabet = 'abc') => Array.from({ length }, () => alphabet[int(0, alphabet.length - 1)]).join(''),
  }
}

type Sent = { path: string; body: unknown }
function kitOf(answer: (path: string) => Partial<Exchange>, signUp: 'open' | 'email-loop' = 'open') {
  const sent: Sent[] = []
  let serial = 0
  const post = async (path: string, options?: { json?: unknown }) => {
    sent.push({ path, body: options?.json })
    return { method: 'POST', url: `http://h/api${path}`, requestHeaders: {}, ms: 12, at: 0, ...answer(path) }
  }
  const kit = { http: { post }, rng: rngOf(7), unique: () => `u${serial++}`, course: { signUp } } as unknown as Kit
  return { kit, sent }
}
const status = (code: number, json?: unknown): Partial<Exchange> => ({
  response: { status: code, headers: {}, headerNames: [], body: JSON.stringify(json) ?? '', json },
})

describe('a strong password', () => {
  const many = Array.from({ length: 300 }, (_, i) => strong(rngOf(i)))
  test('has 20 to 28 characters, of all four kinds, in ASCII, without spaces and without the word depot', () => {
    for (const password of many) {
      expect(password).toMatch(/^[\x21-\x7e]{20,28}$/)
      for (const kind of [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/]) expect(password).toMatch(kind)
      expect(password).not.toMatch(/depot/i)
    }
    expect(new Set(many.map((p) => p.length)).size).toBeGreaterThan(5)
  })
  test('is another each time', () => {
    expect(new Set(many).size).toBe(many.length)
    const rng = rngOf(1)
    expect(strong(rng)).not.toBe(strong(rng))
  })
  test.each([15, 128])('has %i characters where so many are asked for', (length) => {
    expect(strong(rngOf(3), length)).toHaveLength(length)
  })
})

describe('an account', () => {
  test('has an address that no other has, also from the same stream', () => {
    const { kit } = kitOf(() => status(201))
    const emails = Array.from({ length: 50 }, () => newAccount(kit).email)
    expect(new Set(emails).size).toBe(50)
    for (const email of emails) expect(email).toMatch(/^[a-z]{4}\.u\d+@[a-z]{6}\.example$/)
  })
  test('has a password that holds neither its name nor its address', () => {
    const { kit } = kitOf(() => status(201))
    for (let i = 0; i < 50; i++) {
      const { email, password, displayName } = newAccount(kit)
      for (const part of [displayName, email.split('@')[0] ?? '']) expect(password.toLowerCase()).not.toContain(part)
    }
  })
  test('takes what it is given', () => {
    expect(newAccount(kitOf(() => status(201)).kit, { password: 'p' }).password).toBe('p')
  })
  test('that is registered was sent to register', async () => {
    const { kit, sent } = kitOf(() => status(201))
    const account = await registered(kit)
    expect(sent).toEqual([{ path: '/auth/register', body: account }])
  })
  test('that cannot be registered blames the check that grades that', async () => {
    const { kit } = kitOf(() => status(500, { code: 'x' }))
    await expect(registered(kit)).rejects.toBeInstanceOf(PreconditionFailed)
    await expect(registered(kit)).rejects.toMatchObject({
      provedBy: 'C01',
      evidence: { expected: '201', received: '500 {"code":"x"}' },
    })
    await expect(registered(kit, {}, 'C08')).rejects.toMatchObject({ provedBy: 'C08' })
  })
  test('is made with 202 where the folder declares the e-mail loop, and with nothing else', async () => {
    expect(createdStatus(kitOf(() => ({}), 'email-loop').kit)).toBe(202)
    await expect(registered(kitOf(() => status(202), 'email-loop').kit)).resolves.toBeDefined()
    await expect(registered(kitOf(() => status(201), 'email-loop').kit)).rejects.toBeInstanceOf(PreconditionFailed)
    await expect(registered(kitOf(() => status(202)).kit)).rejects.toBeInstanceOf(PreconditionFailed)
  })
  test('whose answer is asked for gives it, or blames the same check', async () => {
    const { kit } = kitOf(() => status(201, { id: 7 }))
    const answer = await registration(kit, newAccount(kit))
    expect(answer.response).toMatchObject({ status: 201, json: { id: 7 } })
    const refusing = kitOf(() => status(409)).kit
    await expect(registration(refusing, newAccount(refusing))).rejects.toMatchObject({ provedBy: 'C01' })
    await expect(registration(refusing, newAccount(refusing), 'C08')).rejects.toMatchObject({ provedBy: 'C08' })
  })
})

describe('a token', () => {
  const account = { email: 'a@b.example', password: 'p', displayName: 'd' }
  const good = { accessToken: 't', tokenType: 'bearer', expiresIn: 900 }
  test('comes from signing in', async () => {
    const { kit, sent } = kitOf(() => status(200, good))
    expect(await tokenOf(kit, account)).toBe('t')
    expect(sent).toEqual([{ path: '/auth/login', body: { email: 'a@b.example', password: 'p' } }])
  })
  test('that is refused blames C01', async () => {
    await expect(tokenOf(kitOf(() => status(401)).kit, account)).rejects.toMatchObject({ provedBy: 'C01' })
    const { kit } = kitOf(() => ({ trouble: { kind: 'closed', text: 'closed' } }))
    await expect(tokenOf(kit, account)).rejects.toMatchObject({ provedBy: 'C01', evidence: { received: 'closed' } })
  })
  test.each([{}, null, { ...good, accessToken: '' }, { token: 't' }, undefined])(
    'that is not in the answer (%j) blames C01, which grades the shape, and is no mistake of the grader',
    async (body) => {
      await expect(tokenOf(kitOf(() => status(200, body)).kit, account)).rejects.toBeInstanceOf(PreconditionFailed)
    },
  )
  test('the type of a token is Bearer in any letter case, and its life whole seconds', () => {
    expect(loginAnswer.safeParse({ ...good, tokenType: 'BEARER' }).success).toBe(true)
    for (const wrong of [{ tokenType: 'JWT' }, { expiresIn: 0 }, { expiresIn: 1.5 }, { expiresIn: '900' }])
      expect(loginAnswer.safeParse({ ...good, ...wrong }).success, JSON.stringify(wrong)).toBe(false)
  })
})

describe('the time of a refusal', () => {
  test.each([400, 401, 422])('is that of the answer (%i)', async (code) => {
    expect(await refusalTime(kitOf(() => status(code)).kit, 'a@b.example')).toBe(12)
  })
  test.each([200, 302, 429, 500])('is none where the answer is no refusal (%i)', async (code) => {
    await expect(refusalTime(kitOf(() => status(code)).kit, 'a@b.example')).rejects.toMatchObject({ provedBy: 'C03' })
  })
})

describe('words', () => {
  test('of consonants and vowels in turn', () => {
    expect(word(rngOf(1), 4)).toMatch(/^([b-z][aeiou]){4}$/)
  })
  test('in the other case', () => {
    expect(swapCase('aB1 ü')).toBe('Ab1 Ü')
    expect(swapCase(swapCase('Correct Horse'))).toBe('Correct Horse')
  })
  test('with a capital', () => {
    expect(capital('lumo')).toBe('Lumo')
    expect(capital('')).toBe('')
  })
})

describe('the median', () => {
  test.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[10, 1, 2, 100], 6],
    [[100, 20, 3], 20],
  ])('of %j is %f', (values, middle) => {
    const before = [...values]
    expect(median(values)).toBe(middle)
    expect(values).toEqual(before)
  })
  test('of nothing is no number', () => {
    expect(median([])).toBeNaN()
  })
})
