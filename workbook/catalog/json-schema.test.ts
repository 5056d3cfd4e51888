import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { editorSchemaTexts } from './json-schema.ts'

interface Node {
  type?: string
  enum?: string[]
  required?: string[]
  properties?: Record<string, Node>
  additionalProperties?: unknown
  items?: Node
  description?: string
  $schema?: string
  title?: string
}

const texts = editorSchemaTexts()
const schemaOf = (name: string) => JSON.parse(texts[name] ?? '') as Node

describe('schemas for editors', () => {
  test.each(Object.keys(texts))('%s is JSON Schema 2020-12 that can be read back', (name) => {
    const schema = schemaOf(name)
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
    expect(schema.type).toBe('object')
    expect(schema.title).toContain(name)
    expect(() => z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])).not.toThrow()
  })
  test('there is one for each kind of file', () => {
    expect(Object.keys(texts).sort()).toEqual([
      'alternate',
      'cheat',
      'course',
      'exercise',
      'exercise-mutants',
      'exercise-products',
      'goals',
      'lab',
      'lesson',
      'module',
      'mutant',
    ])
  })
  test('a field with a default may be left out, one without may not', () => {
    const lab = schemaOf('lab')
    expect(lab.required).toContain('contract')
    expect(lab.required).not.toContain('requires')
    expect(schemaOf('course').required ?? []).toEqual([])
  })
  test('an unknown field is marked, except in frontmatter, which the site extends', () => {
    expect(schemaOf('lab').additionalProperties).toBe(false)
    expect(schemaOf('lab').properties?.contract?.items?.additionalProperties).toBe(false)
    expect(schemaOf('lesson').additionalProperties).not.toBe(false)
  })
  test('words to choose from and descriptions reach the editor', () => {
    expect(schemaOf('course').properties?.signUp?.enum).toEqual(['open', 'email-loop'])
    expect(schemaOf('lab').properties?.hours?.description).toMatch(/reading not included/)
  })
  test('the schema accepts what the reader accepts, and refuses a wrong word', () => {
    const course = z.fromJSONSchema(schemaOf('course') as Parameters<typeof z.fromJSONSchema>[0])
    expect(course.safeParse({ track: 'other', signUp: 'email-loop' }).success).toBe(true)
    expect(course.safeParse({ track: 'django' }).success).toBe(false)
  })
})
