import http from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Attacker, startLocalAttacker } from './attacker.ts'

let attacker: Attacker
beforeEach(async () => {
  attacker = await startLocalAttacker()
})
afterEach(() => attacker.close())

const ask = (path: string) =>
  new Promise<{ status: number | undefined; type: string | undefined; body: string }>((resolve, reject) => {
    http
      .get(new URL(path, attacker.origin), { agent: false }, (res) => {
        let body = ''
        res
          .on('data', (chunk) => (body += chunk))
          .on('end', () => resolve({ status: res.statusCode, type: res.headers['content-type'], body }))
      })
      .on('error', reject)
  })

test('nobody has asked before somebody asks', async () => {
  expect(await attacker.caught()).toEqual([])
})
test('serves what was put up, and writes down who asked for what, found or not', async () => {
  await attacker.serve({ '/jwks.json': { type: 'application/json', body: '{"keys":[]}' } })
  await attacker.serve({ '/cert.pem': { type: 'application/x-pem-file', body: 'x' } })
  expect(await ask('/jwks.json')).toEqual({ status: 200, type: 'application/json', body: '{"keys":[]}' })
  expect((await ask('/other?x=1')).status).toBe(404)
  expect(await attacker.caught()).toEqual([
    { method: 'GET', path: '/jwks.json' },
    { method: 'GET', path: '/other?x=1' },
  ])
})
test('its own question comes through and is caught; a server that is gone cannot be reached', async () => {
  expect(await attacker.reach('/ping')).toBe(true)
  expect(await attacker.caught()).toEqual([{ method: 'GET', path: '/ping' }])
  await attacker.close()
  expect(await attacker.reach('/ping')).toBe(false)
})
