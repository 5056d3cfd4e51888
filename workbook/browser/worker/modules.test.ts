import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { evaluate, type ModuleOptions, TroubleError } from './modules.ts'

const require = createRequire(import.meta.url)
const packages: Record<string, () => unknown> = {
  'node:crypto': () => require('node:crypto'),
  jsonwebtoken: () => require('jsonwebtoken'),
  jose: () => import('jose'),
}

function program(files: Record<string, string>, more: Partial<ModuleOptions> = {}) {
  const options: ModuleOptions = {
    read: (path) => files[path],
    packages: (name) => packages[name],
    offered: Object.keys(packages),
    globals: {},
    ...more,
  }
  return evaluate('/app/main.ts', options)
}

const troubleOf = (files: Record<string, string>) =>
  program(files).then(
    () => expect.unreachable('it ran'),
    (error: unknown) => {
      if (!(error instanceof TroubleError)) throw error
      return error.trouble
    },
  )

test('types go, await stands at the top, imports come first and once', async () => {
  const order: string[] = []
  const exports = await program(
    {
      '/app/main.ts': `
        import { b, type B } from './b.ts'
        import * as again from './lib/c.ts'
        const late: number = await Promise.resolve(1)
        said('main')
        export const sum: B = late + b + again.c`,
      '/app/b.ts': `import { c } from './lib/c.ts'\nexport type B = number\nsaid('b')\nexport const b = c + 1`,
      '/app/lib/c.ts': `await null\nsaid('c')\nexport const c = 10`,
    },
    { globals: { said: (word: string) => order.push(word) } },
  )
  expect(exports.sum).toBe(22)
  expect(order).toEqual(['c', 'b', 'main'])
})

test('a circle of imports works as far as it does in Node', async () => {
  const exports = await program({
    '/app/main.ts': `import { odd } from './odd.ts'\nexport const even = (n: number): boolean => n === 0 || odd(n - 1)\nexport const answer = () => even(10)`,
    '/app/odd.ts': `import { even } from './main.ts'\nexport const odd = (n: number): boolean => n !== 0 && even(n - 1)`,
  })
  expect((exports.answer as () => boolean)()).toBe(true)
})

test('the default of a CommonJS package is all that it exports; its names are there too', async () => {
  const { made, same, hash } = await program({
    '/app/main.ts': `
      import jwt, { sign } from 'jsonwebtoken'
      import * as crypto from 'node:crypto'
      import { createHash } from 'node:crypto'
      export const made = jwt.verify(sign({ a: 1 }, 'secret'), 'secret').a
      export const same = crypto.createHash === createHash && crypto.default.createHash === createHash
      export const hash = createHash('sha256').update('abc').digest('hex').slice(0, 6)`,
  })
  expect([made, same, hash]).toEqual([1, true, 'ba7816'])
})

test('import.meta says where a module lies', async () => {
  const { at } = await program({ '/app/main.ts': `export const at = [import.meta.dirname, import.meta.url]` })
  expect(at).toEqual(['/app', 'file:///app/main.ts'])
})

test('JSON is read', async () => {
  const { n } = await program({
    '/app/main.ts': `import data from './data.json' with { type: 'json' }\nexport const n = data.n`,
    '/app/data.json': '{"n": 3}',
  })
  expect(n).toBe(3)
})

test('a mistake in the language has its line and column', async () => {
  expect(await troubleOf({ '/app/main.ts': 'const a = 1\nconst b = ;\n' })).toMatchObject({
    kind: 'syntax',
    file: '/app/main.ts',
    line: 2,
    column: 11,
  })
})

test('so has one that only the engine sees', async () => {
  expect(await troubleOf({ '/app/main.ts': 'const a = 1\n\nconst a: number = 2\n' })).toMatchObject({
    kind: 'syntax',
    file: '/app/main.ts',
    line: 3,
    column: 7,
  })
})

test('an unknown package: what there is', async () => {
  const trouble = await troubleOf({ '/app/main.ts': `import x from './b.ts'`, '/app/b.ts': `import _ from 'lodash'` })
  expect(trouble).toMatchObject({ kind: 'unknown-import', file: '/app/b.ts' })
  expect(trouble.message).toContain('"lodash" cannot be imported in the page. There are: node:crypto, jsonwebtoken')
})

test('a file without its ending: which one is meant', async () => {
  const trouble = await troubleOf({ '/app/main.ts': `import './b'`, '/app/b.ts': '' })
  expect(trouble.message).toContain('Did you mean /app/b.ts?')
})

test('what a program throws is thrown, with the line of its file', async () => {
  const error = await program({ '/app/main.ts': `const a: string = 'x'\n\nthrow new Error('no ' + a)` }).catch((e) => e)
  expect(error.message).toBe('no x')
  expect(error.stack).toContain('program:/app/main.ts:3:7')
})
