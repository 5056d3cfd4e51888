import * as z from 'zod'
import { editorSchemas } from './schema.ts'

/** The schemas as JSON Schema (draft 2020-12) texts, for editors; by the name of their file. */
export function editorSchemaTexts(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(editorSchemas).map(([name, schema]) => [
      name,
      `${JSON.stringify({ title: `Full-Stack Workbook: ${name}`, ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) }, null, 2)}\n`,
    ]),
  )
}
