import * as z from 'zod'
import { exerciseSchemas } from './exercise.ts'
import { editorSchemas } from './schema.ts'

/** The schemas as JSON Schema (draft 2020-12) texts, for editors; by the name of their file. */
export function editorSchemaTexts(): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...editorSchemas, ...exerciseSchemas }).map(([name, schema]) => [
      name,
      jsonSchemaText(name, schema),
    ]),
  )
}

/** One schema as the text of its file. */
export function jsonSchemaText(name: string, schema: z.ZodType): string {
  const body = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return `${JSON.stringify({ title: `Full-Stack Workbook: ${name}`, ...body }, null, 2)}\n`
}
