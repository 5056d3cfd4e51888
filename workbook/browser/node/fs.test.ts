import * as node from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { isRefused, outcome } from './fixtures/same.ts'
import page from './fs.ts'
import { dropFile, putFile, setFiles } from './fs-tree.ts'

const root = node.mkdtempSync(join(tmpdir(), 'page-fs-'))
afterAll(() => node.rmSync(root, { recursive: true }))

const FILES: Record<string, string | Uint8Array> = {
  'a.txt': 'ü text',
  'b/c.sql': 'SELECT 1',
  'b/d/e.bin': Uint8Array.of(0, 255),
  'b/f.pem': 'key',
  'long.txt': '0123456789'.repeat(1000),
}

beforeEach(() => {
  node.rmSync(root, { recursive: true })
  node.mkdirSync(root)
  for (const [name, content] of Object.entries(FILES)) {
    node.mkdirSync(join(root, name, '..'), { recursive: true })
    node.writeFileSync(join(root, name), content)
  }
  setFiles(Object.fromEntries(Object.entries(FILES).map(([name, content]) => [join(root, name), content])))
})

const at = (name: string): string => join(root, name)
const kind = (stats: node.Stats | undefined): unknown =>
  stats && [
    stats.isFile(),
    stats.isDirectory(),
    stats.isSymbolicLink(),
    stats.isFile() ? stats.size : 0,
    stats.mtime instanceof Date,
  ]
const dirent = (one: node.Dirent): unknown => [one.name, one.isFile(), one.isDirectory(), one.parentPath]

/** Each uses one function of the three forms; `fs` is either side. */
const CALLS: Record<string, [name: string, args: unknown[], show?: (value: never) => unknown][]> = {
  readFile: [
    ['readFile', [at('a.txt')]],
    ['readFile', [at('a.txt'), 'utf8']],
    ['readFile', [at('a.txt'), { encoding: 'hex' }]],
    ['readFile', [at('none')]],
    ['readFile', [at('b')]],
    ['readFile', [at('a.txt/x')]],
    ['readFile', [5.5]],
    ['readFile', ['a\0b']],
    ['readFile', [at('b//./c.sql'), 'utf8']],
    ['readFile', [new URL(`file://${at('a.txt')}`), 'utf8']],
    ['readFile', [Buffer.from(at('a.txt')), 'latin1']],
  ],
  readdir: [
    ['readdir', [at('b')]],
    ['readdir', [root]],
    ['readdir', [at('none')]],
    ['readdir', [at('a.txt')]],
    ['readdir', [root, { recursive: true }], (all: string[]) => [...all].sort()],
    ['readdir', [at('b'), { withFileTypes: true }], (all: node.Dirent[]) => all.map(dirent)],
  ],
  stat: [
    ['stat', [at('a.txt')], kind],
    ['stat', [at('b')], kind],
    ['stat', [at('none')], kind],
    ['stat', [at('a.txt/x')], kind],
  ],
  lstat: [
    ['lstat', [at('a.txt')], kind],
    ['lstat', [at('none')], kind],
  ],
  access: [
    ['access', [at('a.txt')]],
    ['access', [at('none')]],
    ['access', [at('a.txt'), 4]],
  ],
  realpath: [
    ['realpath', [at('b/../a.txt')]],
    ['realpath', [at('none')]],
  ],
  writeFile: [
    ['writeFile', [at('new.txt'), 'new']],
    ['writeFile', [at('a.txt'), Uint8Array.of(1)]],
    ['writeFile', [at('none/x'), 'x']],
    ['writeFile', [at('b'), 'x']],
    ['writeFile', [at('a.txt'), 'x', { flag: 'wx' }]],
    ['writeFile', [at('a.txt/x'), 'x']],
    ['writeFile', [at('n'), '6162', 'hex']],
    ['writeFile', [at('n'), 5]],
  ],
  appendFile: [
    ['appendFile', [at('a.txt'), 'more']],
    ['appendFile', [at('new'), 'first']],
  ],
  mkdir: [
    ['mkdir', [at('new')]],
    ['mkdir', [at('b')]],
    ['mkdir', [at('none/x')]],
    ['mkdir', [at('p/q/r'), { recursive: true }]],
    ['mkdir', [at('b'), { recursive: true }]],
  ],
  unlink: [
    ['unlink', [at('a.txt')]],
    ['unlink', [at('none')]],
  ],
  rmdir: [
    ['rmdir', [at('b')]],
    ['rmdir', [at('none')]],
    ['rmdir', [at('a.txt')]],
  ],
  rm: [
    ['rm', [at('a.txt')]],
    ['rm', [at('b'), { recursive: true }]],
    ['rm', [at('none')]],
    ['rm', [at('none'), { force: true }]],
  ],
  rename: [
    ['rename', [at('a.txt'), at('b/a.txt')]],
    ['rename', [at('b'), at('moved')]],
    ['rename', [at('none'), at('x')]],
    ['rename', [at('a.txt'), at('none/x')]],
    ['rename', [at('a.txt'), at('b/c.sql')]],
  ],
  copyFile: [
    ['copyFile', [at('a.txt'), at('b/copy')]],
    ['copyFile', [at('none'), at('x')]],
    ['copyFile', [at('a.txt'), at('none/x')]],
  ],
}

/** All that is in the folder, by the given side. */
const listed = (fs: typeof node): unknown =>
  (fs.readdirSync(root, { recursive: true }) as string[])
    .sort()
    .map((name) => [name, fs.statSync(at(name)).isFile() ? fs.readFileSync(at(name), 'hex') : 'folder'])

test('every function is compared', () => {
  const triples = Object.keys(CALLS).flatMap((name) => [name, `${name}Sync`])
  const more = ['existsSync', 'statSync', 'createReadStream', 'ReadStream', 'Stats', 'Dirent', 'mkdtemp', 'mkdtempSync']
  const functions = Object.entries(page).filter(([, value]) => typeof value === 'function' && !isRefused(value))
  expect(functions.map(([name]) => name).filter((name) => ![...triples, ...more].includes(name))).toEqual([])
})

for (const form of ['sync', 'promise', 'callback'] as const) {
  test.each(
    Object.values(CALLS)
      .flat()
      .map(
        ([name, args, show]) => [name, args.map((one) => String(one).replace(root, '')).join(' '), args, show] as const,
      ),
  )(`${form} %s %s`, async (name, _, args, show = (value: unknown) => value) => {
    const run = (fs: typeof node) => async () => {
      const value =
        form === 'sync'
          ? Reflect.get(fs, `${name}Sync`)(...args)
          : form === 'promise'
            ? await Reflect.get(fs.promises, name)(...args)
            : await new Promise((resolve, reject) =>
                Reflect.get(fs, name)(...args, (error: unknown, result: unknown) =>
                  error ? reject(error) : resolve(result),
                ),
              )
      return (show as (value: unknown) => unknown)(value)
    }
    expect(await outcome(run(page as never))).toEqual(await outcome(run(node)))
    expect(listed(page as never)).toEqual(listed(node))
  })
}

test('the rest', async () => {
  for (const name of ['a.txt', 'none', 'b', 'a.txt/x']) {
    expect(page.existsSync(at(name))).toBe(node.existsSync(at(name)))
    expect(kind(page.statSync(at(name), { throwIfNoEntry: false }) as never)).toEqual(
      kind(node.statSync(at(name), { throwIfNoEntry: false })),
    )
  }
  const made = page.mkdtempSync(at('tmp-'))
  expect(made).toMatch(/tmp-.{6}$/)
  expect(page.existsSync(made)).toBe(true)
})

test.each([
  ['long.txt', {}],
  ['long.txt', { start: 5, end: 12 }],
  ['long.txt', { encoding: 'utf8', highWaterMark: 100 }],
  ['none', {}],
] as const)('a stream of %s', async (name, options) => {
  const read = (fs: typeof node) => async () => {
    const stream = fs.createReadStream(at(name), options)
    const pieces: string[] = []
    for await (const piece of stream) pieces.push(`${typeof piece} ${piece}`)
    return [stream.path, stream.bytesRead, pieces]
  }
  expect(await outcome(read(page as never))).toEqual(await outcome(read(node)))
})

test('changes from outside, as a lab rotates its keys', async () => {
  const before = page.statSync(at('b/f.pem'))?.mtimeMs ?? 0
  putFile(at('b/f.pem'), 'other')
  putFile(at('keys/new.pem'), 'new')
  expect(await page.promises.readFile(at('b/f.pem'), 'utf8')).toBe('other')
  expect(page.statSync(at('b/f.pem'))?.mtimeMs).toBeGreaterThanOrEqual(before)
  expect(page.readdirSync(at('keys'))).toEqual(['new.pem'])
  dropFile(at('b'))
  expect(page.existsSync(at('b/c.sql'))).toBe(false)
  expect(() => page.watch()).toThrow(/fs.watch is not offered in the page/)
})
