import { posix } from 'node:path'
import { compare } from './fixtures/same.ts'
import page from './path.ts'

const PATHS = [
  '',
  '.',
  '..',
  '/',
  '//a',
  'a',
  'a/',
  'a/b',
  '/a/../b/./c',
  '../../a',
  'a.ts',
  '.profile',
  'a/.b.c',
  'a.',
  '/a/b.tar.gz/',
  5,
  undefined,
]
const each = PATHS.map((one) => [one])
const pairs = PATHS.flatMap((one) => PATHS.map((other) => [one, other]))
// `resolve` and `relative` begin at the process's folder, which is the same on both sides of the test.
compare(page, posix, {
  basename: [...each, ['a/b.ts', '.ts'], ['.ts', '.ts'], ['b.ts', 'x']],
  dirname: each,
  extname: each,
  isAbsolute: each,
  normalize: each,
  parse: each,
  format: [
    [{ name: 'a', ext: 'b' }],
    [{ dir: '/a', base: 'b' }],
    [{ root: '/', name: 'a', ext: '.b' }],
    [{ dir: '', name: 'a' }],
    [5],
  ],
  join: [[], ...pairs, ['a', '..', '..', 'b']],
  resolve: [[], ...pairs],
  relative: pairs,
  toNamespacedPath: each,
  _makeLong: each,
})
