import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { splitImports } from './lean-starlight.ts'

test('an import of several components becomes one import each, of files that exist, on one line', () => {
  const code = splitImports("import { Aside, Code, Tabs } from '@astrojs/starlight/components'\nconst a = 1\n")
  expect(code.split('\n')).toHaveLength(3)
  const files = [...code.matchAll(/import \w+ from "([^"]+)"/g)].map((match) => match[1] ?? '')
  expect(files.map((file) => file.split('/').at(-1))).toEqual(['Aside.astro', 'Tabs.astro'])
  expect(files.every((file) => existsSync(file))).toBe(true)
  expect(code).toContain("import { Code } from 'astro-expressive-code/components'")
})

test('other imports stay', () => {
  const code = "import { x } from './components'\n"
  expect(splitImports(code)).toBe(code)
})
