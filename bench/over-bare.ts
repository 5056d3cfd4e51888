/** What grading costs beyond the requests that it sends. */
import { request } from 'playwright'
import type { AnyCheck } from '../workbook/grader/core/check.ts'
import type { Exchange } from '../workbook/grader/core/exchange.ts'
import { openKits } from '../workbook/grader/kit/open.ts'
import { runChecks } from '../workbook/grader/run.ts'
import { courseOf } from '../workbook/stack/course.ts'
import type { Stack } from '../workbook/stack/types.ts'

export interface Graded {
  /** Kit opened, checks run, kit closed: milliseconds. */
  ms: number
  exchanges: Exchange[]
}

/** One run of the checks on a stack. Throws where one does not pass: then its time means nothing. */
export async function grade(stack: Stack, checks: AnyCheck[], seed: string): Promise<Graded> {
  const course = await courseOf(stack.dir)
  const exchanges: Exchange[] = []
  const from = performance.now()
  const kits = await openKits({ kind: 'stack', stack }, course, seed)
  const results = await runChecks({
    checks,
    stack,
    kits: {
      ...kits,
      kitFor: (check, watch, signal) =>
        kits.kitFor(
          check,
          (exchange) => {
            exchanges.push(exchange)
            watch(exchange)
          },
          signal,
        ),
    },
    course,
    seed,
    signal: AbortSignal.timeout(120_000),
    onResult: () => {},
  })
  await kits.close()
  const red = results.find((r) => r.verdict !== 'pass' && r.verdict !== 'not-run')
  if (red !== undefined)
    throw new Error(`${red.id} is ${red.verdict} for the reference: ${red.failure?.received ?? red.reason}`)
  return { ms: performance.now() - from, exchanges }
}

/** Sends recorded requests by Playwright's request client, four at a time, as the checks did, in their order. Milliseconds. */
export async function replay(exchanges: readonly Exchange[]): Promise<number> {
  const from = performance.now()
  const client = await request.newContext()
  const queue = exchanges.toSorted((a, b) => a.at - b.at)
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let e = queue.shift(); e !== undefined; e = queue.shift()) {
        const data = e.requestBody
        await client.fetch(e.url, {
          method: e.method,
          headers: e.requestHeaders,
          failOnStatusCode: false,
          ...(data === undefined ? {} : { data }),
        })
      }
    }),
  )
  await client.dispose()
  return performance.now() - from
}
