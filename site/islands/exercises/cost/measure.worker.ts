/** Computes argon2id in a Worker, so that the page stays usable: one hash to warm up, then three. */
import { argon2id } from 'hash-wasm'
import type { Parameters } from './judge.ts'

/** What comes back: the median in milliseconds, or why there is none. */
export type Measured = { ms: number } | { error: string }

const TRIES = 3

async function once({ memoryKiB, passes, lanes }: Parameters): Promise<number> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const started = performance.now()
  await argon2id({
    password: 'correct horse battery staple',
    salt,
    memorySize: memoryKiB,
    iterations: passes,
    parallelism: lanes,
    hashLength: 32,
    outputType: 'binary',
  })
  return performance.now() - started
}

self.onmessage = async ({ data }: MessageEvent<Parameters>) => {
  let answer: Measured
  try {
    // The first one also compiles.
    await once({ memoryKiB: 8 * data.lanes, passes: 1, lanes: data.lanes })
    const all: number[] = []
    for (let i = 0; i < TRIES; i++) all.push(await once(data))
    answer = { ms: all.toSorted((a, b) => a - b)[1] ?? 0 }
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) }
  }
  self.postMessage(answer)
}
