import { describe, expect, test } from 'vitest'
import { judgeParameters, MOST_MEMORY_KIB, nextTry, TARGET_MS, type Try } from './judge.ts'

const owasp = { memoryKiB: 19_456, passes: 2, lanes: 1 }

describe('parameters are judged', () => {
  test.each([
    [{ ...owasp }, 250, 'right'],
    [{ ...owasp }, 200, 'right'],
    [{ ...owasp }, 199, 'fast'],
    [{ ...owasp }, 300, 'right'],
    [{ ...owasp }, 301, 'slow'],
    [{ ...owasp }, undefined, 'unmeasured'],
    [{ ...owasp, memoryKiB: 19_455 }, 250, 'below'],
    [{ memoryKiB: 47_104, passes: 1, lanes: 1 }, 250, 'right'],
    [{ memoryKiB: 47_103, passes: 1, lanes: 1 }, 250, 'below'],
    [{ memoryKiB: 12_288, passes: 3, lanes: 1 }, 250, 'right'],
    [{ memoryKiB: 12_288, passes: 30, lanes: 1 }, 250, 'right'],
    [{ memoryKiB: 31, passes: 1, lanes: 4 }, 250, 'invalid'],
    [{ memoryKiB: 0, passes: 1, lanes: 1 }, 250, 'invalid'],
    [{ memoryKiB: 20_000.5, passes: 2, lanes: 1 }, 250, 'invalid'],
    [{ memoryKiB: Number.NaN, passes: 2, lanes: 1 }, 250, 'invalid'],
  ])('%o at %s ms: %s', (parameters, ms, verdict) => {
    expect(judgeParameters(parameters, ms).verdict).toBe(verdict)
  })
  test('where the floors disagree, each is told, and the stricter decides', () => {
    const { floors, verdict, reasons } = judgeParameters({ memoryKiB: 9_216, passes: 4, lanes: 1 }, 250)
    expect(floors.map(({ met }) => met)).toEqual([true, false])
    expect(verdict).toBe('below')
    expect(reasons[0]).toBe('ASVS 5.0.0, appendix C (May 2025) asks for 12 MiB at 4 passes; here it is 9 MiB.')
  })
  test('a slow device is no reason for less than the floor', () => {
    expect(judgeParameters({ memoryKiB: 4_096, passes: 1, lanes: 1 }, 900).verdict).toBe('below')
  })
  test('the recommendation of RFC 9106 is named, reached or not', () => {
    expect(judgeParameters({ memoryKiB: 65_536, passes: 3, lanes: 4 }, 250).reasons.at(-1)).toMatch(/^It reaches/)
    expect(judgeParameters(owasp, 250).reasons.at(-1)).toMatch(/recommends more/)
  })
})

describe('the next try', () => {
  /** A device on which one MiB in one pass takes so many milliseconds. */
  const device =
    (perMiB: number) =>
    (p: { memoryKiB: number; passes: number; lanes: number }): Try => ({
      ...p,
      ms: (p.memoryKiB / 1024) * p.passes * perMiB,
    })
  const settle = (perMiB: number) => {
    const tried = [device(perMiB)(owasp)]
    for (let i = 0; i < 4; i++) {
      const next = nextTry(tried)
      if (next !== undefined) tried.push(device(perMiB)(next))
    }
    return tried.at(-1) as Try
  }
  test('comes from a try', () => expect(nextTry([])).toBeUndefined())
  test.each([0.05, 0.3, 1, 2, 4])('reaches the target at %s ms for a MiB, within the floors', (perMiB) => {
    const end = settle(perMiB)
    expect(judgeParameters(end, end.ms).verdict).toBe('right')
  })
  test('keeps the passes and changes the memory, where that is enough', () => {
    const next = nextTry([device(1)(owasp)])
    expect(next).toMatchObject({ passes: 2, lanes: 1, reachable: true })
    expect(next?.memoryKiB).toBe(125 * 1024)
    expect(next?.estimateMs).toBe(TARGET_MS)
  })
  test('adds passes where memory is at its end', () => {
    expect(nextTry([device(0.05)(owasp)])).toMatchObject({ memoryKiB: MOST_MEMORY_KIB, passes: 10 })
  })
  test('on a device that is too slow gives the cheapest that the floors allow, and says so', () => {
    const next = nextTry([device(20)(owasp)])
    expect(next).toMatchObject({ memoryKiB: 12_288, passes: 3, reachable: false, estimateMs: 720 })
    expect(judgeParameters(next ?? owasp).verdict).toBe('unmeasured')
  })
  test('a single try that was disturbed does not lead astray', () => {
    const steady = device(1)
    const disturbed = { ...steady(owasp), ms: 900 }
    expect(nextTry([steady(owasp), disturbed, steady(owasp)])?.memoryKiB).toBe(125 * 1024)
  })
})
