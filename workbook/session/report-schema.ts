import { jsonSchemaText } from '../catalog/json-schema.ts'
import { runReportSchema } from './report.ts'

/** The result document as JSON Schema, by the name of its file in `docs/schema/`. */
export const reportSchemaTexts = (): Record<string, string> => ({ result: jsonSchemaText('result', runReportSchema) })
