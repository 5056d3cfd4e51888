/** The packages of the labs, unmodified, on the page's modules, where there is nothing of Node. */
import { generateKeyPairSync } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { type Bundle, bundle, run } from './fixtures/bundle.ts'
import type * as page from './index.ts'

interface Program {
  ask(): Promise<{ status: number; body: string }>
  tokens(pem: string): Promise<unknown>
  refused(): string
  passwords(): Promise<boolean>
  clients(): Promise<string[]>
  native: unknown
  offered: typeof page.offered
}

const here = import.meta.dirname
const SOURCE = `
import '${here}/globals.ts'
import * as http from '${here}/http.ts'
import { setFiles } from '${here}/fs-tree.ts'
import express from 'express'
import jwt from 'jsonwebtoken'
import * as jose from 'jose'
import bcrypt from 'bcryptjs'
import pg from 'pg'
import { createClient } from 'redis'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
export { offered } from '${here}/index.ts'

export async function ask() {
  const app = express()
  app.use(express.json())
  app.post('/login', (req, res) => res.json({ token: jwt.sign(req.body, 'secret', { algorithm: 'HS256', noTimestamp: true }) }))
  createServer(app).listen(3000)
  const body = new TextEncoder().encode('{"sub":"ü"}')
  const headers = [['Host', 'a'], ['Content-Type', 'application/json']]
  const got = await http.deliver(3000, { method: 'POST', url: '/login', headers, body, remoteAddress: '127.0.0.1', remotePort: 1, signal: new AbortController().signal })
  const { token } = JSON.parse(new TextDecoder().decode(got.body))
  return { status: got.status, body: jwt.verify(token, 'secret').sub }
}

export async function tokens(pem) {
  setFiles({ '/keys/one.pem': pem })
  const key = createPrivateKey(await readFile('/keys/one.pem'))
  const token = await new jose.SignJWT({ sub: 'a' }).setProtectedHeader({ alg: 'RS256' }).sign(key)
  return (await jose.jwtVerify(token, createPublicKey(key), { algorithms: ['RS256'] })).payload
}

export function refused() {
  try {
    return jwt.sign({}, globalThis.pem, { algorithm: 'RS256' })
  } catch (error) {
    return error.message
  }
}

export const passwords = async () => bcrypt.compare('pass', await bcrypt.hash('pass', 4))

export const { native } = pg

export async function clients() {
  const pool = new pg.Pool({ host: '127.0.0.1', port: 5432 })
  const redis = createClient({ socket: { reconnectStrategy: false } })
  redis.on('error', () => {})
  return Promise.all([pool.query('SELECT 1'), redis.connect()].map((one) => one.then(() => 'connected', (error) => error.message)))
}
`

let made: Bundle
let program: Program
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })

beforeAll(async () => {
  made = await bundle(SOURCE)
  program = run<Program>(made.code, { pem })
})

test('nothing is left to be found elsewhere, and the size is known', () => {
  expect(made.missing).toEqual([])
  expect(made.code).not.toMatch(/require\("(node:)?[a-z_/]+"\)/)
  // 1.34 MB, 339 kB by gzip, most of it redis and mime-db. Much more would be a table that nobody needs.
  expect(made.code.length).toBeLessThan(1_500_000)
  expect(gzipSync(made.code).length).toBeLessThan(380_000)
})

test('express and jsonwebtoken', async () => {
  expect(await program.ask()).toEqual({ status: 200, body: 'ü' })
})

test('jose with a key of node:crypto out of a file', async () => {
  expect(await program.tokens(String(pem))).toEqual({ sub: 'a' })
})

test('RS256 of jsonwebtoken names jose', () => {
  expect(program.refused()).toMatch(/crypto.createSign is not offered in the page: .*jose/)
})

test('bcryptjs', async () => {
  expect(await program.passwords()).toBe(true)
})

test('pg does without its native half', () => {
  expect(program.native).toBeNull()
})

test('pg and redis tell that nothing listens', async () => {
  expect(await program.clients()).toEqual([
    'connect ECONNREFUSED 127.0.0.1:5432',
    'connect ECONNREFUSED 127.0.0.1:6379',
  ])
})
