import { existsSync } from 'node:fs'
import path from 'node:path'
import { type CourseJson, courseJsonSchema, readData } from '../catalog/index.ts'

/** The learner's declarations; defaults where there is no file. */
export async function courseOf(dir: string): Promise<CourseJson> {
  const file = path.join(dir, 'course.json')
  return existsSync(file) ? readData(file, file, courseJsonSchema) : courseJsonSchema.parse({})
}
