/**
 * The browser transport judges as Node does: the reference passes, the starter gets what is recorded for it, and each mutant fails its check with the very
 * message that is committed for the process transport. Labs run whole, in Chromium, on a page without headers of its own.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'
import * as z from 'zod'
import { notInThePage } from '../../workbook/browser/host/kits.ts'
import { pageFilesOf, pageLabOf } from '../../workbook/browser/lab.ts'
import type { Plant } from '../../workbook/browser/node/fixtures/plants.ts'
import type { Files } from '../../workbook/browser/protocol.ts'
import { findLab, type Lab, readData } from '../../workbook/catalog/index.ts'
import type { AnyCheck } from '../../workbook/grader/core/check.ts'
import { loadChecks, selectChecks } from '../../workbook/grader/load.ts'
import { judgeMutant } from '../../workbook/verify/judge.ts'
import { transcriptOf } from '../../workbook/verify/transcript.ts'
import { loadMutant, mutantIds, type StateName, tracksOfMutant } from '../../workbook/workspace/states.ts'
import { root } from '../pages.ts'
import type { Graded } from './harness.ts'
import { type BarePage, serveBarePage } from './serve.ts'

const labs = await Promise.all(['L01', 'L03'].map((id) => findLab(root, id)))
const SEED = 'a11ce5'

const test = base.extend<object, { server: BarePage; lab: Page }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's needs from this pattern
    async ({}, use) => {
      const server = await serveBarePage(root, labs)
      await use(server)
      await server.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  // One page for many programs, as a learner has it: each run leaves it as it was.
  lab: [
    async ({ browser, server }, use) => {
      const page = await browser.newPage()
      await page.goto(server.url)
      await page.evaluate('ready')
      await use(page)
      await page.close()
    },
    { scope: 'worker' },
  ],
})

async function grade(page: Page, lab: Lab, state: StateName, ids: string[]): Promise<Graded> {
  const files = await pageFilesOf(root, lab, state)
  const graded = await once(page, lab, files, ids)
  // A machine that was too slow to tell says nothing of the program.
  return graded.results.some((r) => r.verdict === 'env') ? once(page, lab, files, ids) : graded
}

function once(page: Page, lab: Lab, files: Files, ids: string[]): Promise<Graded> {
  return page.evaluate(
    ([meta, texts, wanted, seed]) =>
      (globalThis as unknown as { grade(...words: unknown[]): Promise<Graded> }).grade(meta, texts, wanted, seed),
    [pageLabOf(lab), files, ids, SEED] as const,
  )
}

/** The mutants of the page's track that a check of the page kills. */
async function mutantsOf(lab: Lab, checks: string[]) {
  const all = await Promise.all((await mutantIds(root, lab)).map((id) => loadMutant(root, lab, id)))
  return all.filter((m) => checks.includes(m.killedBy) && tracksOfMutant(lab, m).includes('express'))
}

/** A check, and those that it needs. */
const withNeeds = (checks: AnyCheck[], id: string) => selectChecks(checks, [id]).map((c) => c.id)

const here = (checks: AnyCheck[]) => checks.filter((c) => notInThePage(c) === undefined)

for (const lab of labs) {
  const checks = await loadChecks(lab)
  const eligible = here(checks).map((c) => c.id)
  const mutants = await mutantsOf(lab, eligible)
  test.describe(lab.id, () => {
    test.setTimeout(120_000)

    test('the reference passes all that is graded in the page', async ({ lab: page }) => {
      const { results, failed } = await grade(page, lab, { kind: 'solution' }, eligible)
      expect(failed).toBeUndefined()
      const designed = (id: string) => checks.find((c) => c.id === id)?.onlyFor !== undefined
      const others = results.filter((r) => r.verdict !== 'pass' && !(r.verdict === 'not-run' && designed(r.id)))
      expect(others.map((r) => `${r.id}: ${r.verdict} ${r.reason ?? r.failure?.received ?? ''}`)).toEqual([])
      expect(results.map((r) => r.id).sort()).toEqual([...eligible].sort())
    })

    test('the starter gets the verdicts that are recorded for it', async ({ lab: page }) => {
      const file = path.join(lab.dir, 'starter', 'verdicts.yaml')
      const recorded = await readData(file, file, z.record(z.string(), z.string()))
      const { results } = await grade(page, lab, { kind: 'starter' }, eligible)
      const found = Object.fromEntries(results.map((r) => [r.id, r.verdict]))
      expect(found).toEqual(Object.fromEntries(eligible.map((id) => [id, recorded[id]])))
    })

    test.describe('mutants', () => {
      for (const mutant of mutants) {
        const { id } = mutant
        test(id, async ({ lab: page }) => {
          const { results, failed } = await grade(page, lab, { kind: 'mutant', id }, withNeeds(checks, mutant.killedBy))
          expect(failed).toBeUndefined()
          const complaints = judgeMutant(mutant, results, () => false)
          expect(complaints.map((c) => `${c.check}: ${c.text}`)).toEqual([])
          const killer = results.find((r) => r.id === mutant.killedBy)
          const committed = await readFile(path.join(mutant.dir, 'transcript.txt'), 'utf8')
          expect(killer === undefined ? '' : transcriptOf(killer)).toBe(committed)
        })
      }
    })
  })
}

test.describe('a planted difference to Node', () => {
  test.setTimeout(120_000)
  const plants: [what: string, lab: string, seen: string[], plant: Plant][] = [
    [
      'random bytes that are none',
      'L03',
      ['C01'],
      {
        file: 'crypto-random.ts',
        from: 'const bytes = fill(Buffer.alloc(size))',
        to: 'const bytes = Buffer.alloc(size)',
      },
    ],
    [
      'a status that is another one',
      'L01',
      ['C01'],
      {
        file: 'http-message.ts',
        from: 'this.writeHead(this.statusCode)\n',
        to: 'this.writeHead(this.statusCode === 201 ? 200 : this.statusCode)\n',
      },
    ],
  ]
  for (const [what, id, seen, plant] of plants)
    test(`is seen: ${what}`, async ({ browser }) => {
      const lab = labs.find((one) => one.id === id)
      if (lab === undefined) throw new Error(`There is no ${id}.`)
      const server = await serveBarePage(root, [lab], plant)
      const page = await browser.newPage()
      try {
        await page.goto(server.url)
        await page.evaluate('ready')
        const { results } = await grade(page, lab, { kind: 'solution' }, seen)
        expect(results.map((r) => `${r.id} ${r.verdict}`)).toEqual(seen.map((one) => `${one} fail`))
      } finally {
        await page.close()
        await server.close()
      }
    })
})
