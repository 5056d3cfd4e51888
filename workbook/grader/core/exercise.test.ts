import { describe, expect, test } from 'vitest'
import { type Call, CallTrouble, type ExerciseResult, exerciseCheck, gradeExercise, timelineOf } from './exercise.ts'

const doubles = exerciseCheck({
  id: 'C01',
  title: 'Doubles',
  rationale: 'x',
  lesson: 'm/p#a',
  budgetMs: 200,
  claims: {
    two: { says: 'twice the number comes back' },
    text: { says: 'a text is refused', twin: 'two' },
  },
  async run({ call, expect: claim, rng, step }) {
    const n = rng.int(1, 1000)
    claim('two', await step(`double ${n}`, () => call('double', n)), { n }).returns((v) => v === n * 2, String(n * 2))
    claim('text', await step('double a text', () => call('double', 'x'))).refused()
  },
  diagnose: [
    { id: 'same', when: (f) => f.value === f.facts.n, why: 'It is the same.', hints: ['a', 'b', 'c'] },
    { id: 'threw', when: (f) => f.thrown?.name === 'RangeError', why: 'It threw.', hints: ['a', 'b', 'c'] },
  ],
})
const after = exerciseCheck({
  ...doubles,
  id: 'C02',
  claims: { never: { says: 'it holds' } },
  needs: [doubles],
  run: async ({ expect: claim }) => claim('never').holds(true, { expected: '', received: '' }),
  diagnose: [],
})

const calling =
  (double: (value: unknown) => unknown): Call =>
  async (_name, value) => {
    try {
      return { value: await double(value) }
    } catch (error) {
      if (error instanceof CallTrouble) throw error
      return { thrown: { name: (error as Error).name, message: (error as Error).message } }
    }
  }
const right = (value: unknown) => {
  if (typeof value !== 'number') throw new TypeError('a number')
  return value * 2
}

async function grade(call: Call, checks = [doubles, after] as const, seed = '1') {
  const results: ExerciseResult[] = []
  for await (const result of gradeExercise(checks, call, seed)) results.push(result)
  return results
}

describe('a check of an exercise', () => {
  test('passes where every claim was asserted and held', async () => {
    const [first, second] = await grade(calling(right))
    expect(first).toMatchObject({ id: 'C01', verdict: 'pass', planned: 2, asserted: 2, requests: 2, level: 'core' })
    expect(second?.verdict).toBe('pass')
  })
  test('fails with what was done, expected and received, and the first diagnosis that fits', async () => {
    const [first] = await grade(calling((value) => value))
    expect(first?.failure).toMatchObject({
      claim: 'two',
      did: expect.stringMatching(/^double \d+$/),
      expected: expect.stringMatching(/^\d+$/),
      received: expect.stringMatching(/^returned \d+$/),
      diagnosis: 'same',
      why: 'It is the same.',
      hints: ['a', 'b', 'c'],
    })
  })
  test('what is refused has to throw, and what was thrown can be told', async () => {
    const [lenient] = await grade(calling((value) => (typeof value === 'number' ? value * 2 : 0)))
    expect(lenient?.failure).toMatchObject({ claim: 'text', expected: 'an error', received: 'returned 0' })
    const [strict] = await grade(
      calling(() => {
        throw new RangeError('no')
      }),
    )
    expect(strict?.failure).toMatchObject({ diagnosis: 'threw', received: 'threw RangeError: no' })
  })
  test('without a diagnosis that fits the claim itself is told', async () => {
    const [first] = await grade(calling(() => 0))
    expect(first?.failure).toMatchObject({
      diagnosis: 'unrecognised',
      why: 'It does not hold that twice the number comes back.',
    })
  })
  test('what needs a failed check is blocked by it', async () => {
    const [, second] = await grade(calling((value) => value))
    expect(second).toMatchObject({ verdict: 'blocked', blockedBy: 'C01' })
  })
  test('that leaves a claim out, or throws, is our bug', async () => {
    const silent = exerciseCheck({ ...doubles, run: async () => {} })
    expect((await grade(calling(right), [silent, after]))[0]).toMatchObject({
      verdict: 'grader',
      reason: 'the check ended without asserting two, text',
    })
    const broken = exerciseCheck({
      ...doubles,
      run: async () => {
        throw new Error('oops')
      },
    })
    expect((await grade(calling(right), [broken, after]))[0]).toMatchObject({ verdict: 'grader', reason: 'oops' })
  })
  test('whose claims or diagnoses do not fit each other is refused when it is made', () => {
    expect(() => exerciseCheck({ ...doubles, claims: {} as never })).toThrow('asserts nothing')
    expect(() => exerciseCheck({ ...doubles, diagnose: [...doubles.diagnose, ...doubles.diagnose] })).toThrow(
      'two diagnoses are called same',
    )
  })
})

describe('a function that was not reached', () => {
  test.each([
    ['load', 'does-not-load', 'a file that can be loaded'],
    ['no-export', 'no-such-export', 'an exported function of that name'],
    ['no-copy', 'not-plain-data', 'plain data'],
    ['timeout', 'does-not-return', 'an answer'],
  ] as const)('%s: one failure, and the rest waits', async (kind, diagnosis, expected) => {
    const results = await grade(async () => {
      throw new CallTrouble(kind, 'line 3')
    })
    expect(results).toMatchObject([
      { verdict: 'fail', failure: { diagnosis, expected, received: 'line 3' } },
      { verdict: 'blocked', blockedBy: 'C01' },
    ])
  })
  test('one that never answers ends with the budget', async () => {
    const [first] = await grade(() => new Promise(() => {}))
    expect(first?.failure).toMatchObject({ diagnosis: 'does-not-return', received: 'no answer in 0.2 s' })
  })
})

test('the seed decides what is drawn, and what several checks share is made once', async () => {
  const drawn = async (seed: string) => {
    const seen: unknown[] = []
    await grade(
      calling((value) => {
        seen.push(value)
        return right(value)
      }),
      [doubles, after],
      seed,
    )
    return seen[0]
  }
  expect(await drawn('a')).toBe(await drawn('a'))
  expect(await drawn('a')).not.toBe(await drawn('b'))
  let made = 0
  const sharing = {
    ...doubles,
    run: async ({ once }: Parameters<typeof doubles.run>[0]) => void (await once('k', async () => made++)),
  }
  await grade(calling(right), [exerciseCheck(sharing), exerciseCheck({ ...sharing, id: 'C03' })] as never)
  expect(made).toBe(1)
})

test('a timeline stands in columns', () => {
  expect(
    timelineOf([
      { at: 1, who: 'tab A', sent: 'R1', got: '200 R2', note: 'the reply is lost' },
      { at: 12, who: 'thief', sent: 'R1', got: '401' },
    ]),
  ).toEqual([' 1 s  tab A  R1  200 R2  the reply is lost', '12 s  thief  R1  401'])
})
