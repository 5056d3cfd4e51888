import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { GraderBug, NotOffered, PreconditionFailed, TooNoisy } from './core/failure.ts'
import { answered, breaks, checkOf, course, grade, living, troubled, works } from './fixtures/fakes.ts'

const two = {
  works: { clause: 'a.1', says: 'it works' },
  refuses: { clause: 'a.2', says: 'it refuses', twin: 'works' },
}
const precondition = (provedBy: string) =>
  new PreconditionFailed(provedBy, { did: 'sign in', expected: '200', received: '401 {}' })

describe('a pass', () => {
  test('needs every claim asserted', async () => {
    const ran = await grade([
      checkOf(
        'C01',
        async (kit) => {
          works(kit)
          kit.expect('refuses').holds(true, { expected: '', received: '' })
        },
        { claims: two },
      ),
    ])
    expect(ran.results).toMatchObject([
      { id: 'C01', verdict: 'pass', planned: 2, asserted: 2, clauses: ['a.1', 'a.2'], title: 'The title of C01' },
    ])
    expect(ran.results[0]).not.toHaveProperty('failure')
  })
  test('is not given where one claim was left out: that is the grader’s mistake, and it is named', async () => {
    const ran = await grade([checkOf('C01', async (kit) => works(kit), { claims: two })])
    expect(ran.of('C01')).toMatchObject({ verdict: 'grader', planned: 2, asserted: 1 })
    expect(ran.of('C01').reason).toContain('refuses')
  })
  test('is not given to a check that asserts nothing', async () => {
    expect((await grade([checkOf('C01', async () => 'fine')])).of('C01').verdict).toBe('grader')
  })
  test('is not given above the budget of requests', async () => {
    const ran = await grade([
      checkOf(
        'C01',
        async (kit) => {
          for (let i = 0; i < 3; i++) await kit.http.get('/x')
          works(kit)
        },
        { budget: { ms: 1_000, requests: 2 } },
      ),
    ])
    expect(ran.of('C01')).toMatchObject({ verdict: 'grader', requests: 3, reason: '3 requests, 2 budgeted' })
  })
  test('is given at the budget of requests', async () => {
    const ran = await grade([
      checkOf(
        'C01',
        async (kit) => {
          for (let i = 0; i < 2; i++) await kit.http.get('/x')
          works(kit)
        },
        { budget: { ms: 1_000, requests: 2 } },
      ),
    ])
    expect(ran.of('C01')).toMatchObject({ verdict: 'pass', requests: 2 })
  })
})

describe('a failed claim', () => {
  test('is told with claim, clause, act, what was expected and received, diagnosis and command', async () => {
    const exchange = answered(500, 'oops')
    const ran = await grade([
      checkOf(
        'C01',
        async (kit) => {
          const answer = await kit.step('ask for x', async () => exchange)
          kit.expect('works', answer).status(200)
        },
        { diagnose: [{ id: 'own', when: (f) => f.status === 500, why: 'Because.', hints: ['a', 'b', 'c'] }] },
      ),
    ])
    expect(ran.of('C01')).toMatchObject({
      verdict: 'fail',
      failure: {
        claim: 'works',
        clause: 'a.1',
        did: 'ask for x (GET /api/x)',
        expected: '200',
        received: '500 no content type: oops',
        diagnosis: 'own',
        why: 'Because.',
        hints: ['a', 'b', 'c'],
        curl: expect.stringContaining('http://127.0.0.1:1/api/x'),
        log: [],
      },
    })
  })
  test('carries the log lines of its request, and no others', async () => {
    const exchange = answered(500, '', { 'x-request-id': 'req-123456' })
    const ran = await grade([checkOf('C01', async (kit) => breaks(kit, exchange))], {
      logs: ['{"requestId":"other"}', '{"requestId":"req-123456","msg":"a\u001b[31m"}'],
    })
    expect(ran.of('C01').failure?.log).toEqual(['{"requestId":"req-123456","msg":"a\\x1b[31m"}'])
  })
  test('without an exchange is told with the title of the check as its act', async () => {
    const failure = (await grade([checkOf('C01', async (kit) => breaks(kit))])).of('C01').failure
    expect(failure?.did).toBe('The title of C01')
    expect(failure).not.toHaveProperty('curl')
  })
  test('hides terminal sequences and tokens in what was received, and cuts it', async () => {
    const received = `\u001b[31m ${'A'.repeat(40)} ${'word '.repeat(200)}`
    const ran = await grade([
      checkOf('C01', async (kit) => kit.expect('works').holds(false, { expected: 'x', received })),
    ])
    expect(ran.of('C01').failure?.received).toMatch(/^\\x1b\[31m AAAA…/)
    expect(ran.of('C01').failure?.received.length).toBeLessThan(340)
  })
})

describe('what a check throws', () => {
  test('a TypeError is the grader’s mistake', async () => {
    const ran = await grade([
      checkOf('C01', async () => {
        throw new TypeError('x is undefined')
      }),
    ])
    expect(ran.of('C01')).toMatchObject({ verdict: 'grader', reason: expect.stringContaining('x is undefined') })
  })
  test('an assertion on an unknown claim is the grader’s mistake', async () => {
    const ran = await grade([
      checkOf('C01', async (kit) => kit.expect('invented').holds(true, { expected: '', received: '' })),
    ])
    expect(ran.of('C01')).toMatchObject({ verdict: 'grader', reason: expect.stringContaining('invented') })
  })
  test('something that is no Error, thrown before the first await, is the grader’s mistake', async () => {
    const ran = await grade([
      checkOf('C01', () => {
        throw 'a text'
      }),
    ])
    expect(ran.of('C01')).toMatchObject({ verdict: 'grader', reason: 'a text' })
  })
  test('NotOffered is "not run", with the reason', async () => {
    const ran = await grade([
      checkOf('C01', async () => {
        throw new NotOffered('no second address')
      }),
    ])
    expect(ran.of('C01')).toMatchObject({ verdict: 'not-run', reason: 'no second address' })
  })
  test('TooNoisy is nobody’s fault', async () => {
    const ran = await grade([
      checkOf('C01', async () => {
        throw new TooNoisy('the machine was too slow')
      }),
    ])
    expect(ran.of('C01')).toMatchObject({ verdict: 'env', reason: 'the machine was too slow' })
  })
  test('a diagnosis that throws spoils its own check and no other', async () => {
    const ran = await grade([
      checkOf('C01', async (kit) => breaks(kit), {
        diagnose: [
          {
            id: 'bad',
            when: () => {
              throw new TypeError('no exchange')
            },
            why: 'w',
            hints: ['a', 'b', 'c'],
          },
        ],
      }),
      checkOf('C02', async (kit) => works(kit)),
    ])
    expect(ran.results.map((r) => [r.id, r.verdict])).toEqual([
      ['C01', 'grader'],
      ['C02', 'pass'],
    ])
  })
})

describe('a check that needs another', () => {
  const token = checkOf('C01', async (kit) => {
    works(kit)
    return 'a token'
  })
  test('gets its value, whatever the order in the list', async () => {
    let seen: unknown
    const user = checkOf(
      'C02',
      async (kit) => {
        seen = kit.needs.token
        works(kit)
      },
      { needs: { token } },
    )
    const ran = await grade([user, token])
    expect(seen).toBe('a token')
    expect(ran.results.map((r) => r.id)).toEqual(['C02', 'C01'])
    expect(ran.told.map((r) => r.id)).toEqual(['C01', 'C02'])
    expect(ran.results.every((r) => r.verdict === 'pass')).toBe(true)
  })
  test('is blocked by it, and does not run, where that one failed; what needs the blocked one is blocked too', async () => {
    let ran2 = false
    const first = checkOf('C01', async (kit) => breaks(kit))
    const second = checkOf(
      'C02',
      async () => {
        ran2 = true
      },
      { needs: { first } },
    )
    const third = checkOf('C03', async (kit) => works(kit), { needs: { second } })
    const ran = await grade([first, second, third])
    expect(ran2).toBe(false)
    expect(ran.of('C02')).toMatchObject({ verdict: 'blocked', blockedBy: 'C01', reason: 'it needs C01' })
    expect(ran.of('C03')).toMatchObject({ verdict: 'blocked', blockedBy: 'C02' })
  })
  test('in the lane of timing waits for it, also where it stands later in the list', async () => {
    const late = checkOf('C09', async (kit) => works(kit), { lane: 'alone' })
    const early = checkOf('C02', async (kit) => works(kit), { lane: 'alone', needs: { late } })
    const ran = await grade([early, late])
    expect(ran.results.map((r) => r.verdict)).toEqual(['pass', 'pass'])
  })
  test('in a circle is the grader’s mistake and does not hang', async () => {
    const a = checkOf('C01', async (kit) => works(kit))
    const b = checkOf('C02', async (kit) => works(kit), { needs: { a } })
    Object.assign(a, { needs: { b } })
    await expect(grade([a, b])).rejects.toThrow(GraderBug)
  })
})

describe('a precondition that another check grades', () => {
  test('blocks where that check failed', async () => {
    const ran = await grade([
      checkOf('C01', async (kit) => breaks(kit)),
      checkOf('C02', async () => Promise.reject(precondition('C01'))),
    ])
    expect(ran.of('C02')).toMatchObject({ verdict: 'blocked', blockedBy: 'C01', reason: 'it builds on C01' })
    expect(ran.of('C02')).not.toHaveProperty('failure')
  })
  test('is a failure of its own where that check passed', async () => {
    const ran = await grade([
      checkOf('C01', async (kit) => works(kit)),
      checkOf('C02', async () => Promise.reject(precondition('C01'))),
    ])
    expect(ran.of('C02')).toMatchObject({ verdict: 'fail', failure: { expected: '200', received: '401 {}' } })
  })
  test.each([
    ['shared', 30],
    ['alone', 0],
    ['last', 0],
  ] as const)('waits for that check where it ends later, in the lane %s', async (lane, ms) => {
    for (const good of [true, false]) {
      const ran = await grade([
        checkOf(
          'C01',
          async (kit) => {
            await sleep(ms)
            if (good) works(kit)
            else breaks(kit)
          },
          { lane },
        ),
        checkOf('C02', async () => Promise.reject(precondition('C01'))),
      ])
      expect(ran.of('C02').verdict).toBe(good ? 'fail' : 'blocked')
      expect(ran.told.map((r) => r.id)).toEqual(['C01', 'C02'])
      expect(ran.results.map((r) => r.id)).toEqual(['C01', 'C02'])
    }
  })
  test('fails where that check is not among the selected', async () => {
    expect((await grade([checkOf('C02', async () => Promise.reject(precondition('C01')))])).of('C02').verdict).toBe(
      'fail',
    )
  })
  test('fails where the check grades it itself', async () => {
    expect((await grade([checkOf('C01', async () => Promise.reject(precondition('C01')))])).of('C01').verdict).toBe(
      'fail',
    )
  })
  test('of two checks that build on each other ends with both told', async () => {
    const ran = await grade([
      checkOf('C01', async () => Promise.reject(precondition('C02'))),
      checkOf('C02', async () => Promise.reject(precondition('C01'))),
    ])
    expect(ran.told).toHaveLength(2)
    expect(ran.results.map((r) => r.verdict)).toContain('fail')
  })
  test('that fails by itself is explained in a whole sentence', async () => {
    const failure = (await grade([checkOf('C01', async () => Promise.reject(precondition('C01')))])).of('C01').failure
    expect(failure?.why).not.toMatch(/that \.|undefined/)
  })
})

describe('not every check runs', () => {
  test('one that the transport does not offer is "not run", with the reason', async () => {
    const ran = await grade([checkOf('C01', async (kit) => works(kit))], { offers: () => 'needs sql' })
    expect(ran.of('C01')).toMatchObject({ verdict: 'not-run', reason: 'needs sql', asserted: 0 })
  })
  test('one of another declared design is "not run", with the reason', async () => {
    const onlyFor = (c: typeof course) => (c.signUp === 'email-loop' ? undefined : 'for signUp "email-loop" only')
    const loop = checkOf('C13', async (kit) => works(kit), { onlyFor })
    expect((await grade([loop])).of('C13')).toMatchObject({
      verdict: 'not-run',
      reason: 'for signUp "email-loop" only',
    })
    expect((await grade([loop], { course: { ...course, signUp: 'email-loop' } })).of('C13').verdict).toBe('pass')
  })
})

describe('time', () => {
  test('a check that never ends is ended at its budget', async () => {
    const started = performance.now()
    const ran = await grade([
      checkOf('C01', () => new Promise(() => {}), { budget: { ms: 50, requests: 1 } }),
      checkOf('C02', async (kit) => works(kit)),
    ])
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(ran.of('C01')).toMatchObject({
      verdict: 'env',
      reason: expect.stringContaining('longer than its 0.05 s'),
    })
    expect(ran.of('C02').verdict).toBe('pass')
  })
  test('its requests are aborted then, and what they say is the evidence', async () => {
    const ran = await grade(
      [
        checkOf(
          'C01',
          async (kit) => {
            const answer = await kit.http.get('/x')
            kit.expect('works', answer).status(200)
          },
          { budget: { ms: 40, requests: 5 } },
        ),
      ],
      {
        answer: (_path, signal) =>
          new Promise((resolve) => signal.addEventListener('abort', () => resolve(troubled('timeout', 'too slow')))),
      },
    )
    expect(ran.of('C01')).toMatchObject({ verdict: 'fail', failure: { diagnosis: 'hangs', received: 'too slow' } })
  })
})

describe('an interruption', () => {
  test('ends what runs as "not run", tells nothing any more, and starts no further lane', async () => {
    const controller = new AbortController()
    let started = false
    setTimeout(() => controller.abort(), 30)
    const ran = await grade(
      [
        checkOf('C01', () => new Promise(() => {})),
        checkOf(
          'C02',
          async (kit) => {
            started = true
            works(kit)
          },
          { lane: 'last' },
        ),
      ],
      { signal: controller.signal },
    )
    expect(ran.results).toMatchObject([{ id: 'C01', verdict: 'not-run', reason: 'interrupted' }])
    expect(ran.told).toEqual([])
    expect(started).toBe(false)
  })
  test('starts no further check of the shared lane', async () => {
    const controller = new AbortController()
    const begun: string[] = []
    setTimeout(() => controller.abort(), 20)
    await grade(
      Array.from({ length: 12 }, (_, i) =>
        checkOf(`C${i + 10}`, async (kit) => {
          begun.push(kit.expect.name)
          await new Promise(() => {})
        }),
      ),
      { signal: controller.signal },
    )
    expect(begun).toHaveLength(4)
  })
  test('makes no failure of what it broke off', async () => {
    const controller = new AbortController()
    const ran = await grade(
      [
        checkOf('C01', async (kit) => {
          controller.abort()
          breaks(kit)
        }),
      ],
      { signal: controller.signal },
    )
    expect(ran.of('C01').verdict).toBe('not-run')
  })
})

describe('a server that is gone', () => {
  const crash = (id: string, more = {}) =>
    checkOf(id, async (kit) => kit.expect('works', await kit.http.get('/crash')).status(200), more)
  const answer = () => troubled('closed')
  const gone = { alive: false as const, detail: 'The process ended.', log: ['Error: boom'] }

  test('and does not come back blocks the checks that follow, by the one that found it', async () => {
    const ran = await grade(
      [crash('C01'), checkOf('C02', async (kit) => works(kit), { lane: 'alone' }), crash('C03', { lane: 'last' })],
      { answer, stack: { alive: async () => gone, revive: async () => false, present: async () => true } },
    )
    expect(ran.of('C01')).toMatchObject({
      verdict: 'fail',
      failure: { diagnosis: 'closed-connection', log: ['Error: boom'] },
    })
    expect(ran.of('C01').failure?.why).toContain('The process ended.')
    for (const id of ['C02', 'C03']) expect(ran.of(id)).toMatchObject({ verdict: 'blocked', blockedBy: 'C01' })
  })
  test('and comes back fails one check', async () => {
    const ran = await grade([crash('C01'), checkOf('C02', async (kit) => works(kit), { lane: 'alone' })], {
      answer,
      stack: { ...living, alive: async () => gone },
    })
    expect(ran.results.map((r) => r.verdict)).toEqual(['fail', 'pass'])
  })
  test('is brought back once, also where several checks find it gone together', async () => {
    let [now, most, revived] = [0, 0, 0]
    const fine = () => (revived > 0 ? answered(200) : troubled('closed'))
    const ran = await grade([crash('C01'), crash('C02'), crash('C03'), crash('C04')], {
      answer: fine,
      stack: {
        ...living,
        alive: async () => (revived > 0 ? { alive: true } : gone),
        revive: async () => {
          most = Math.max(most, ++now)
          await sleep(20)
          now--
          revived++
          return true
        },
      },
    })
    expect({ most, revived }).toEqual({ most: 1, revived: 1 })
    expect(ran.told).toHaveLength(4)
  })
  test('fails the check that brought it down, and not those that ran beside it', async () => {
    let dead = false
    const killer = checkOf('C01', async (kit) => {
      await sleep(10)
      kit.expect('works', await kit.http.get('/kill')).status(200)
    })
    const innocent = (id: string) =>
      checkOf(id, async (kit) => {
        await sleep(25)
        kit.expect('works', await kit.http.get('/fine')).status(200)
      })
    const ran = await grade([killer, innocent('C02'), innocent('C03')], {
      answer: (path) => {
        if (path === '/kill') dead = true
        return dead ? troubled('closed') : answered(200)
      },
      stack: {
        ...living,
        alive: async () => (dead ? gone : { alive: true }),
        revive: async () => {
          await sleep(30)
          dead = false
          return true
        },
      },
    })
    expect(ran.results.map((r) => r.verdict)).toEqual(['fail', 'pass', 'pass'])
  })
  test('without anybody having been seen to bring it down is not green: failed, then passed', async () => {
    let calls = 0
    const ran = await grade([crash('C01'), crash('C02')], {
      // The first two requests, sent side by side, are one too many for this server.
      answer: () => (++calls <= 2 ? troubled('closed') : answered(200)),
      stack: {
        alive: async () => (calls <= 2 ? gone : { alive: true }),
        revive: async () => true,
        present: async () => true,
      },
    })
    expect(ran.results.map((r) => r.verdict)).toContain('unstable')
    expect(ran.results.map((r) => r.verdict)).not.toContain('fail')
  })
  test('behind a gateway that answers for it is brought back, and fails nobody', async () => {
    let [dead, revived] = [true, 0]
    const asks = (id: string, more = {}) =>
      checkOf(
        id,
        async (kit) => {
          const { response } = await kit.http.get('/fine')
          // The evidence need not be the answer itself.
          kit.expect('works').holds(response?.status === 200, { expected: '200', received: 'something else' })
        },
        more,
      )
    const ran = await grade([asks('C01'), asks('C02'), asks('C03', { lane: 'alone' })], {
      answer: () => answered(dead ? 502 : 200),
      stack: {
        ...living,
        alive: async () => (dead ? gone : { alive: true }),
        revive: async () => {
          dead = false
          revived++
          return true
        },
      },
    })
    expect(revived).toBe(1)
    expect(ran.results.map((r) => r.verdict)).toEqual(['unstable', 'unstable', 'pass'])
  })
  test('and a program that answers 502 itself is no such case: it fails', async () => {
    const ran = await grade([crash('C01'), crash('C02', { lane: 'alone' })], { answer: () => answered(502) })
    expect(ran.results.map((r) => r.verdict)).toEqual(['fail', 'fail'])
    expect(ran.of('C01').failure?.received).toContain('502')
  })
  test('is left alone where it merely closed one connection', async () => {
    let revived = false
    const ran = await grade([crash('C01')], {
      answer,
      stack: {
        ...living,
        alive: async () => ({ alive: true }),
        revive: async () => {
          revived = true
          return true
        },
      },
    })
    expect(revived).toBe(false)
    expect(ran.of('C01')).toMatchObject({ verdict: 'fail', failure: { log: [] } })
  })
  test('and its last words come without control characters and tokens, and not by the megabyte', async () => {
    const ran = await grade([crash('C01')], {
      answer,
      stack: {
        ...living,
        alive: async () => ({ ...gone, log: [`\u001b[2J ${'A'.repeat(50)} ${'word '.repeat(10_000)}`] }),
        revive: async () => true,
      },
    })
    const text = JSON.stringify(ran.of('C01').failure)
    expect(text).toContain('\\\\x1b[2J AAAA…')
    expect(text.length).toBeLessThan(3_000)
  })
})

describe('a stack that is gone', () => {
  const stack = { ...living, present: async () => false }

  test('blames no check: neither the one that found it, nor those that follow', async () => {
    const ran = await grade(
      [
        checkOf('C01', async (kit) => kit.expect('works', await kit.http.get('/')).status(201)),
        checkOf('C02', async () => Promise.reject(new Error('the connection ended')), { lane: 'alone' }),
        checkOf('C03', async (kit) => works(kit), { lane: 'last' }),
      ],
      { stack },
    )
    for (const result of ran.results) {
      expect(result).toMatchObject({ verdict: 'env', reason: expect.stringContaining('ended during the run') })
      expect(result).not.toHaveProperty('failure')
    }
  })
  test('takes no pass away that was reached before', async () => {
    const ran = await grade([checkOf('C01', async (kit) => works(kit))], { stack })
    expect(ran.of('C01').verdict).toBe('pass')
  })
})

describe('lanes', () => {
  test('shared checks run side by side, timing alone, limits last and alone', async () => {
    const log: { id: string; beside: string[] }[] = []
    const running = new Set<string>()
    const of = (id: string, lane: 'shared' | 'alone' | 'last') =>
      checkOf(
        id,
        async (kit) => {
          running.add(id)
          await sleep(10)
          log.push({ id, beside: [...running].filter((r) => r !== id) })
          running.delete(id)
          works(kit)
        },
        { lane },
      )
    const ran = await grade([
      of('L1', 'last'),
      of('A1', 'alone'),
      ...['S1', 'S2', 'S3', 'S4', 'S5', 'S6'].map((id) => of(id, 'shared')),
      of('A2', 'alone'),
      of('L2', 'last'),
    ])
    const beside = (id: string) => log.find((l) => l.id === id)?.beside ?? ['?']
    for (const id of ['A1', 'A2', 'L1', 'L2']) expect(beside(id)).toEqual([])
    expect(beside('S1').length).toBe(3)
    expect(Math.max(...log.map((l) => l.beside.length))).toBe(3)
    expect(log.map((l) => l.id.charAt(0)).join('')).toBe('SSSSSSAALL')
    // Told as they end, given in the order of the list.
    expect(ran.told.map((r) => r.id).slice(-4)).toEqual(['A1', 'A2', 'L1', 'L2'])
    expect(ran.results.map((r) => r.id)).toEqual(['L1', 'A1', 'S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'A2', 'L2'])
  })
})

describe('parts', () => {
  const of = (id: string, lane: 'shared' | 'alone' | 'last', passes = true) =>
    checkOf(id, async (kit) => (passes ? works(kit) : breaks(kit)), { lane })

  test('run one after the other, each in its lanes; results are given in the order of the checks', async () => {
    const checks = [of('S1', 'shared'), of('A1', 'alone'), of('L1', 'last'), of('S2', 'shared')] as const
    const [s1, a1, l1, s2] = checks
    const ran = await grade([...checks], {
      parts: [
        [l1, a1],
        [s1, s2],
      ],
    })
    expect(ran.told.map((r) => r.id)).toEqual(['A1', 'L1', 'S1', 'S2'])
    expect(ran.results.map((r) => r.id)).toEqual(['S1', 'A1', 'L1', 'S2'])
  })
  test('pass values on, and a failure blocks across them', async () => {
    const source = checkOf('C01', async (kit) => {
      works(kit)
      return 'value'
    })
    const broken = of('C02', 'shared', false)
    let got: unknown
    const user = checkOf(
      'C03',
      async (kit) => {
        got = kit.needs.a
        works(kit)
      },
      { needs: { a: source } },
    )
    const blockedOne = checkOf('C04', async (kit) => works(kit), { needs: { a: broken } })
    const ran = await grade([source, broken, user, blockedOne], {
      parts: [
        [source, broken],
        [user, blockedOne],
      ],
    })
    expect(got).toBe('value')
    expect(ran.of('C03').verdict).toBe('pass')
    expect(ran.of('C04')).toMatchObject({ verdict: 'blocked', blockedBy: 'C02' })
  })
  test('a failure that builds on a check of a later part waits for its verdict', async () => {
    const builds = checkOf('C05', async () => {
      throw new PreconditionFailed('C01', { expected: '200', received: '500' })
    })
    const proof = of('C01', 'shared', false)
    const ran = await grade([proof, builds], { parts: [[builds], [proof]] })
    expect(ran.of('C05')).toMatchObject({ verdict: 'blocked', blockedBy: 'C01' })
    expect(ran.told.map((r) => r.id)).toEqual(['C01', 'C05'])
  })
  test.each([
    ['a limit that was met and not passed', of('L1', 'last', false), 1],
    ['a limit that passed', of('L1', 'last'), 0],
    ['a failure of another lane', of('S1', 'shared', false), 0],
  ])('calm after %s, before the next part alone', async (_, first, times) => {
    let calls = 0
    const calm = async () => {
      calls++
    }
    const rest = of('S2', 'shared')
    const end = of('L9', 'last', false)
    await grade([first, rest, end], { parts: [[first], [rest, end]], calm })
    expect(calls).toBe(times)
  })
  test('an abort ends them', async () => {
    const abort = new AbortController()
    const first = checkOf('C01', async (kit) => {
      works(kit)
      abort.abort()
    })
    const ran = await grade([first, of('C02', 'shared')], {
      parts: [[first], [of('C02', 'shared')]],
      signal: abort.signal,
    })
    expect(ran.told).toEqual([])
  })
})
