import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { replicated, settings } from '../fixtures/replicated.ts'
import type { StackRequest } from '../types.ts'
import { type Overlay, portOf, writeOverride } from './compose.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'compose-'))
})
afterEach(() => rm(dir, { recursive: true }))

const request = { lab: replicated, dir: '/lab', name: 'depot-l09', settings } as StackRequest
const written = async (overlay: Overlay) => {
  const { file } = await writeOverride(dir, request, overlay)
  const text = await readFile(file, 'utf8')
  return { text, services: parse(text, { logLevel: 'error' }).services }
}

test('one program is published at its port, in the place of the learner’s own', async () => {
  const { text, services } = await written({ service: 'api', ports: { published: [4001], target: 3000 } })
  expect(text).toContain('ports: !override ["127.0.0.1:4001:3000"]')
  expect(services.api).toMatchObject({ environment: { GREETING: 'base' } })
  expect(services.api.deploy).toBeUndefined()
  expect(Object.keys(services)).toEqual(['api'])
})
test('several have a port each of a range, and what stands before them has the origin', async () => {
  const { text, services } = await written({
    service: 'api',
    ports: { published: [4001, 4002], target: 3000 },
    edge: { service: 'edge', published: 3000, target: 8080 },
  })
  expect(text).toContain('ports: !override ["127.0.0.1:4001-4002:3000"]')
  expect(text).toContain('ports: !override ["127.0.0.1:3000:8080"]')
  expect(services.api.deploy).toEqual({ replicas: 2 })
})
test('an image that is there is run by every service that is of it', async () => {
  const { services } = await written({
    service: 'api',
    ports: { published: [4001], target: 3000 },
    image: { name: 'depot-l09-api', services: ['api', 'migrate'] },
  })
  expect(services.migrate).toEqual({ image: 'depot-l09-api' })
  expect(services.api.image).toBe('depot-l09-api')
})
test('a service that is not there is told by the name that course.json has for it', () => {
  expect(() => portOf({ services: { api: {} } }, 'edge', 'edge')).toThrow('no service "edge"')
  expect(portOf({ services: { edge: { ports: [{ target: 8080 }] } } }, 'edge', 'edge')).toBe(8080)
})
