import { describe, expect, test } from 'vitest'
import type { CheckResult } from '../grader/core/verdict.ts'
import { transcriptOf, wordsOf } from './transcript.ts'

const failed = (received: string, did = 'register'): CheckResult => ({
  id: 'C05',
  title: 'Length',
  level: 'core',
  verdict: 'fail',
  ms: 1234,
  planned: 1,
  asserted: 0,
  requests: 1,
  clauses: ['password.2'],
  failure: {
    claim: 'x',
    clause: 'password.2',
    did,
    expected: '422',
    received,
    diagnosis: 'd',
    why: 'Because.',
    hints: ['one', 'two', 'three'],
    curl: 'curl http://127.0.0.1:4711/',
    log: ['a line'],
  },
})

describe('the transcript of a mutant', () => {
  test('holds evidence and hints, and neither time nor log nor request', () => {
    expect(transcriptOf(failed('201'))).toBe(
      'FAIL     C05   Length\n  Did       register\n  Expected  422  (clause password.2)\n  Received  201\n  Why       Because.\n  Hint 1    one\n  Hint 2    two\n  Hint 3    three\n',
    )
  })
  test('is the same for two runs that drew other values', () => {
    const one = failed(
      '201 {"id":"2f1c…(36)","email":"babe.1a2b3c4d0@nono.example","displayName":"Ba Be","expiresIn":900}',
    )
    const two = failed(
      '201 {"id":"77aa…(36)","email":"zuzu.ffffffff9z@kiki.example","displayName":"Zo Zu","expiresIn":900}',
    )
    expect(transcriptOf(one)).toBe(transcriptOf(two))
    expect(transcriptOf(failed('unknown 7 ms, known 63 ms; median ratio 0.11'))).toBe(
      transcriptOf(failed('unknown 12 ms, known 80 ms; median ratio 0.15')),
    )
    expect(transcriptOf(failed('2 times 500, 1 times 201, 7 times 409'))).toBe(
      transcriptOf(failed('1 times 201, 9 times 500')),
    )
    expect(transcriptOf(failed('kids k0123456789, kabcdef0123; ended 94 s ago; aud "bobo-api" (GET /api/me)'))).toBe(
      transcriptOf(failed('kids kffff000000, k1111111111; ended 81 s ago; aud ["zu-api","x"] (GET /api/me)')),
    )
  })
  test('is the same for a token that came in the body and one that came in a cookie, and at another age', () => {
    expect(transcriptOf(failed('200 {"accessToken":"eyJh…(790)","expiresIn":240,"refreshToken":"aB3_…(43)"}'))).toBe(
      transcriptOf(failed('200 {"accessToken":"eyJi…(788)","expiresIn":240}')),
    )
    expect(transcriptOf(failed('401', 'Refreshed 9.1 s after the sign-in'))).toBe(
      transcriptOf(failed('401', 'Refreshed 10.4 s after the sign-in')),
    )
    expect(transcriptOf(failed('62 bits at most: 12 of 24 places vary'))).toBe(
      transcriptOf(failed('57 bits at most: 11 of 23 places vary')),
    )
  })
  test('differs where the server answered something else', () => {
    expect(transcriptOf(failed('201 {}'))).not.toBe(transcriptOf(failed('422 {}')))
  })
  test('counts the words of the message without its hints', () => {
    expect(wordsOf(transcriptOf(failed('201')))).toBe(13)
  })
})
