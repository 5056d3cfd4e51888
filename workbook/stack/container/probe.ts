/** A second network address: a small container on the lab's network that sends the requests it reads from its input. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { ProbeAnswer, ProbeRequest, SecondSource } from '../types.ts'
import { docker } from './docker.ts'

/** Image that the second address is sent from. */
export const PROBE_IMAGE = 'node:24-trixie-slim'

/** Runs inside the probe: one JSON request a line in, one JSON answer a line out. */
const program = `
const http = require('node:http')
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, url, headers, body, timeout } = JSON.parse(line)
  const done = (answer) => console.log(JSON.stringify({ id, ...answer }))
  const req = http.request(url, { method, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) }, agent: false }, (res) => {
    let text = ''
    res.setEncoding('utf8').on('data', (c) => { text += c; if (text.length > 1e6) req.destroy(new Error('socket hang up')) })
      .on('end', () => done({ status: res.statusCode, headers: res.headers, body: text }))
  })
  const timer = setTimeout(() => req.destroy(new Error('no answer in time')), timeout)
  req.on('close', () => clearTimeout(timer))
  req.on('error', (e) => done({ error: e.message }))
  req.end(body)
}).on('close', () => process.exit(0))
console.log('ready')
`

/** Starts the probe; undefined where its image is not there (it is never pulled in the middle of a run). */
export async function startProbe(network: string, origin: string, label: string): Promise<SecondSource | undefined> {
  if ((await docker(['image', 'inspect', PROBE_IMAGE], { timeout: 10_000 })).code !== 0) return undefined
  const name = `${label}-probe-${randomBytes(3).toString('hex')}`
  const child = spawn(
    'docker',
    [
      'run',
      '-i',
      '--rm',
      '--init',
      '--name',
      name,
      '--network',
      network,
      '--label',
      `full-stack-workbook.run=${label}`,
      '--read-only',
      '--cap-drop',
      'ALL',
      PROBE_IMAGE,
      'node',
      '-e',
      program,
    ],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  )
  const pending = new Map<number, (answer: ProbeAnswer) => void>()
  let serial = 0
  let buffer = ''
  child.stdin.on('error', () => {})
  const ready = new Promise<boolean>((resolve) => {
    child.on('error', () => resolve(false))
    child.on('exit', () => {
      resolve(false)
      for (const done of pending.values()) done({ error: 'the probe ended' })
      pending.clear()
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      buffer += text
      for (let at = buffer.indexOf('\n'); at >= 0; at = buffer.indexOf('\n')) {
        const line = buffer.slice(0, at)
        buffer = buffer.slice(at + 1)
        if (line === 'ready') resolve(true)
        else settle(line)
      }
    })
  })
  const settle = (line: string) => {
    const { id, ...answer } = JSON.parse(line) as ProbeAnswer & { id: number }
    pending.get(id)?.(answer)
    pending.delete(id)
  }
  if (!(await ready)) return undefined
  return {
    kind: 'probe',
    origin,
    send: (request: ProbeRequest) =>
      new Promise<ProbeAnswer>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve({ error: 'the probe ended' })
        const id = serial++
        pending.set(id, resolve)
        child.stdin.write(`${JSON.stringify({ id, ...request })}\n`)
      }),
    close: async () => {
      child.stdin.end()
      await docker(['rm', '-f', name], { timeout: 15_000 })
    },
  }
}
