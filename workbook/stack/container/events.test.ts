import { expect, test } from 'vitest'
import { healthEventOf } from './events.ts'

const line = (action: string, attributes: Record<string, string> = { 'com.docker.compose.service': 'api' }) =>
  JSON.stringify({ Type: 'container', Action: action, Actor: { ID: 'c1', Attributes: attributes } })

test('a health event of a service', () => {
  expect(healthEventOf(line('health_status: healthy'))).toEqual({ service: 'api', container: 'c1', healthy: true })
  expect(healthEventOf(line('health_status: unhealthy'))).toEqual({ service: 'api', container: 'c1', healthy: false })
})

test.each([
  ['another event', line('die')],
  ['a container outside Compose', line('health_status: healthy', {})],
  ['no JSON', 'Error response from daemon'],
  ['JSON of another shape', 'null'],
  ['nothing', ''],
])('%s is none', (_, text) => {
  expect(healthEventOf(text)).toBeUndefined()
})
