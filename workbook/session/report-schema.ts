import { jsonSchemaText } from '../catalog/json-schema.ts'
import { progressSchema } from '../progress/schema.ts'
import { runReportSchema } from './report.ts'

/** The documents that the workbook itself writes, as JSON Schema, by the name of their file in `docs/schema/`. */
export const reportSchemaTexts = (): Record<string, string> => ({
  result: jsonSchemaText('result', runReportSchema),
  progress: jsonSchemaText('progress', progressSchema),
})
