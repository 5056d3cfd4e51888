/**
 * Random inputs that a run can be repeated with. Each check forks its own stream from the run's seed by its id, so a selection of checks does
 * not change what any of them draws. Not for secrets: keys and canaries come from the platform's generator.
 */
export interface Rng {
  /** Whole number in [from, to]. */
  int(from: number, to: number): number
  pick<T>(list: readonly T[]): T
  shuffle<T>(list: readonly T[]): T[]
  /** `length` characters of `alphabet`. */
  text(length: number, alphabet?: string): string
}

const letters = 'abcdefghijklmnopqrstuvwxyz'

/** A stream that depends on nothing but its words. */
export function rngOf(...words: string[]): Rng {
  const next = sfc32(...hash128(words.join('\u0000')))
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    int,
    pick: (list) => {
      const value = list[int(0, list.length - 1)]
      if (value === undefined) throw new Error('pick from an empty list')
      return value
    },
    shuffle: (list) => {
      const copy = [...list]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(0, i)
        ;[copy[i], copy[j]] = [copy[j] as never, copy[i] as never]
      }
      return copy
    },
    text: (length, alphabet = letters) => Array.from({ length }, () => alphabet[int(0, alphabet.length - 1)]).join(''),
  }
}

/** sfc32 (PractRand's small fast counter): a period of about 2^128, plenty for test inputs. */
function sfc32(a: number, b: number, c: number, d: number): () => number {
  const step = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 16; i++) step()
  return step
}

/** Four 32-bit words from a text (murmur-style mixing). */
function hash128(text: string): [number, number, number, number] {
  const h: [number, number, number, number] = [1779033703, 3144134277, 1013904242, 2773480762]
  const factors = [597399067, 2869860233, 951274213, 2716044179] as const
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i)
    for (let j = 0; j < 4; j++) {
      const n = h[((j + 1) % 4) as 0 | 1 | 2 | 3] ^ Math.imul(h[j as 0 | 1 | 2 | 3] ^ k, factors[j as 0 | 1 | 2 | 3])
      h[j as 0 | 1 | 2 | 3] = n
    }
  }
  return h
}
