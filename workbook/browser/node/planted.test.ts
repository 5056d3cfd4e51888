/** Are the vectors worth anything? A planted difference between a shim and Node turns the tests of its module red; those of other modules stay green. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Plant } from './fixtures/plants.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const here = 'workbook/browser/node'

interface Report {
  testResults: { assertionResults: { status: string; fullName: string }[] }[]
}

/** Titles of the tests that failed, and how many passed. */
async function run(plant: Plant, testFile: string): Promise<{ failed: string[]; passed: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'planted-'))
  const report = path.join(folder, 'report.json')
  const words = ['run', '--root', root, '--config', `${here}/fixtures/planted.config.ts`]
  const env = { ...process.env, WORKBOOK_PLANT: JSON.stringify(plant), WORKBOOK_PLANT_TEST: `${here}/${testFile}` }
  try {
    const said = await new Promise<string>((resolve) =>
      execFile(
        process.execPath,
        [
          path.join(root, 'node_modules', 'vitest', 'vitest.mjs'),
          ...words,
          '--reporter=json',
          `--outputFile=${report}`,
        ],
        { cwd: root, env, maxBuffer: 1e8 },
        (_, stdout, stderr) => resolve(`${stdout}${stderr}`.slice(-2_000)),
      ),
    )
    const text = await readFile(report, 'utf8').catch(() => {
      throw new Error(`No report was written: ${said}`)
    })
    const all = (JSON.parse(text) as Report).testResults.flatMap((file) => file.assertionResults)
    const failed = all.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
    return { failed, passed: all.filter(({ status }) => status === 'passed').length }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe('a planted difference is seen', { timeout: 60_000 }, () => {
  test.each<[what: string, testFile: string, seen: RegExp, plant: Plant]>([
    [
      'an HMAC that leaves out the last byte of its key',
      'crypto.test.ts',
      /hashes/,
      {
        file: 'crypto-hash.ts',
        from: 'hmac.create(found, bytes)',
        to: 'hmac.create(found, bytes.subarray(0, Math.max(1, bytes.length - 1)))',
      },
    ],
    [
      'a comparison that sees no difference in the last byte',
      'crypto.test.ts',
      /timingSafeEqual/,
      {
        file: 'crypto-random.ts',
        from: 'at < a.length; at += 1) different',
        to: 'at < a.length - 1; at += 1) different',
      },
    ],
    [
      'an answer that is chunked where its length is known',
      'http.test.ts',
      /./,
      {
        file: 'http-message.ts',
        from: "if (this._whole !== undefined && !this._removed.has('content-length'))",
        to: 'if (false)',
      },
    ],
  ])('%s', async (_, testFile, seen, plant) => {
    const { failed, passed } = await run(plant, testFile)
    expect(failed).not.toEqual([])
    expect(failed.join('\n')).toMatch(seen)
    // The rest of the module is as it was.
    expect(passed).toBeGreaterThan(failed.length)
  })
})
