import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findLab } from '../../workbook/catalog/index.ts'
import { loadChecks } from '../../workbook/grader/load.ts'
import { parseTranscript } from './transcript.ts'

const output = `Lab L01 password-login · process · seed 7f3a19

FAIL     C02  The database does not give passwords away            88 ms
  Did       registered, then read every table
  Expected  no digest of the password               (clause storage.1)
  Received  users.password_hash holds its MD5
  Why       The hash is fast, so a stolen table is
            read in minutes.
BLOCKED  C04 waits for C02
`

test('a transcript has a line per label, with what continues it', () => {
  expect(parseTranscript(output)).toEqual([
    { label: 'FAIL', text: 'C02  The database does not give passwords away  88 ms' },
    { label: 'Did', text: 'registered, then read every table' },
    { label: 'Expected', text: 'no digest of the password  (clause storage.1)' },
    { label: 'Received', text: 'users.password_hash holds its MD5' },
    { label: 'Why', text: 'The hash is fast, so a stolen table is read in minutes.' },
    { label: 'BLOCKED', text: 'C04 waits for C02' },
  ])
})

test('text that is no failed check is refused', () => {
  expect(() => parseTranscript('PASS C01 fine')).toThrow('not the output of a failed check')
})

test('a word that the terminal cut is whole again', () => {
  const json = `{"id":"${'x'.repeat(90)}"}`
  const long = [
    'FAIL C02 x',
    '  Did       a',
    '  Expected  b',
    '  Received  201',
    `            ${json.slice(0, 68)}`,
    `            ${json.slice(68)}`,
  ]
  expect(parseTranscript(long.join('\n')).at(-1)?.text).toBe(`201 ${json}`)
})

test('the sample on the page is of a check that the lab still has', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const sample = await readFile(path.join(root, 'site/islands/failed-check.txt'), 'utf8')
  const checks = await loadChecks(await findLab(root, 'L01'))
  const [head] = parseTranscript(sample)
  expect(checks.map((check) => `${check.id}   ${check.title}`)).toContain(
    head?.text.replace(/\s+\d+ ms$/, '').replace(/\s+/, '   '),
  )
})
