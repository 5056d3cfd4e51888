import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dedent, readExcerpt } from './excerpt.ts'

let root: string
const page = 'course/01-x/01-y.mdx'

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'excerpt-'))
  await writeFile(
    path.join(root, 'password.ts'),
    [
      "import x from 'y'",
      '// #region verify',
      '  export function verify() {',
      '    // #region inner',
      '    return true',
      '    // #endregion inner',
      '  }',
      '// #endregion verify',
      'const a = 1',
      'const b = 2',
      '// #region open',
    ].join('\n'),
  )
  await writeFile(
    path.join(root, 'compose.yaml'),
    'services:\n  # #region api\n  api:\n    init: true\n  # #endregion api\n',
  )
})
afterAll(() => rm(root, { recursive: true }))

describe('an excerpt', () => {
  test('is the region, without its markers and its indentation', async () => {
    const { code, lang, firstLine, lastLine } = await readExcerpt(root, page, { file: 'password.ts', region: 'verify' })
    expect(code).toBe('export function verify() {\n  return true\n}')
    expect([lang, firstLine, lastLine]).toEqual(['ts', 3, 7])
  })

  test('knows markers in other comment styles', async () => {
    const { code, lang } = await readExcerpt(root, page, { file: 'compose.yaml', region: 'api' })
    expect([code, lang]).toEqual(['api:\n  init: true', 'yaml'])
  })

  test('is the lines from one text to another', async () => {
    const { code, firstLine } = await readExcerpt(root, page, { file: 'password.ts', from: 'const a', to: 'const b' })
    expect([code, firstLine]).toEqual(['const a = 1\nconst b = 2', 9])
  })
})

describe('a stale excerpt names page, file and region, and the nearest name', () => {
  const refusals = [
    [{ file: 'pasword.ts' }, 'there is no such file. Did you mean "password.ts"?'],
    [{ file: 'src/password.ts' }, 'there is no such file. The folder "." exists and has no "src".'],
    [{ file: 'password.ts', region: 'verfy' }, 'the file has no such region. Did you mean "verify"?'],
    [{ file: 'password.ts', region: 'open' }, 'the region starts in line 11 and has no "#endregion open".'],
    [{ file: 'password.ts', from: 'const c' }, 'no line holds "const c".'],
    [{ file: 'password.ts', from: 'const' }, '2 lines hold "const" (9, 10); say more of the line.'],
    [{ file: 'password.ts', from: 'const b', to: 'const a' }, 'no line from line 10 on holds "const a".'],
    [{ file: '../password.ts' }, 'the file lies outside the project.'],
  ] as const
  for (const [request, sentence] of refusals) {
    test(sentence, async () => {
      const message = await readExcerpt(root, page, request).catch((error: Error) => error.message)
      expect(message).toMatch(/^course\/01-x\/01-y\.mdx: <Excerpt file="/)
      expect(message).toContain(sentence)
    })
  }
})

test('dedent leaves the shape of the code', () => {
  expect(dedent(['', '    a', '', '      b', '   '])).toBe('a\n\n  b')
})
