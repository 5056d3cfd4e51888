import { expect, test } from 'vitest'
import { courseJsonSchema } from './schema.ts'
import { commandsOf, trackDefaults } from './tracks.ts'

const of = (course: object) => commandsOf(courseJsonSchema.parse(course))

test('each track has its commands, and a framework of the learner’s own those of the first', () => {
  expect(of({})).toEqual({ api: trackDefaults.express.api, migrate: trackDefaults.express.migrate })
  expect(of({ track: 'fastapi' }).api).toEqual(['python', '-m', 'app'])
  expect(of({ track: 'other' })).toEqual(of({ track: 'express' }))
})

test('course.json overrides each of them by itself', () => {
  const api = ['python', '-m', 'uvicorn', 'app.asgi:app']
  expect(of({ track: 'fastapi', run: { api } })).toEqual({ api, migrate: trackDefaults.fastapi.migrate })
})
