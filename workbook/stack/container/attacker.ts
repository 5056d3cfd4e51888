/** The attacker's server as a container on the lab's network, for an API that is a container there. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Attacker, Caught } from '../attacker.ts'
import { docker } from './docker.ts'
import { PROBE_IMAGE } from './probe.ts'

const PORT = 8080

/** Runs inside: one JSON command a line in, one JSON answer a line out. Answers come after all requests that were caught before. */
const program = `
const documents = new Map()
const caught = []
const server = require('node:http').createServer((req, res) => {
  caught.push({ method: req.method, path: req.url })
  req.resume()
  const document = documents.get(req.url)
  res.writeHead(document ? 200 : 404, { 'content-type': document ? document.type : 'text/plain' })
  res.end(document && document.body)
})
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, serve } = JSON.parse(line)
  for (const [path, document] of Object.entries(serve || {})) documents.set(path, document)
  console.log(JSON.stringify({ id, caught }))
}).on('close', () => process.exit(0))
server.listen(${PORT}, () => console.log('ready'))
`

/** Asks from inside the API's own network, with its names and routes. */
const asking = `
const req = require('node:http').get(process.argv[1], { timeout: 2000 }, () => process.exit(0))
req.on('timeout', () => process.exit(1)).on('error', () => process.exit(1))
`

/**
 * Starts it; undefined where its image is not there (it is never pulled in the middle of a run).
 * @param network of the lab
 * @param api container whose network `reach` asks from
 */
export async function startContainerAttacker(
  network: string,
  api: string,
  label: string,
): Promise<Attacker | undefined> {
  if ((await docker(['image', 'inspect', PROBE_IMAGE], { timeout: 10_000 })).code !== 0) return undefined
  const name = `keys-${randomBytes(4).toString('hex')}`
  const marks = ['--label', `full-stack-workbook.run=${label}`]
  const least = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']
  const words = ['run', '-i', '--rm', '--init', '--name', name, '--network', network, ...marks, ...least]
  const child = spawn('docker', [...words, PROBE_IMAGE, 'node', '-e', program], { stdio: ['pipe', 'pipe', 'ignore'] })
  const pending = new Map<number, (caught: Caught[]) => void>()
  let ended = false
  let serial = 0
  let buffer = ''
  child.stdin.on('error', () => {})
  const ready = new Promise<boolean>((resolve) => {
    const end = () => {
      ended = true
      resolve(false)
      for (const done of pending.values()) done([])
      pending.clear()
    }
    child.on('error', end)
    child.on('exit', end)
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
    const { id, caught } = JSON.parse(line) as { id: number; caught: Caught[] }
    pending.get(id)?.(caught)
    pending.delete(id)
  }
  const tell = (serve?: object): Promise<Caught[]> =>
    new Promise((resolve) => {
      // An attacker that is gone has caught nothing, and cannot be reached either: `reach` tells.
      if (ended) return resolve([])
      const id = serial++
      pending.set(id, resolve)
      child.stdin.write(`${JSON.stringify({ id, serve })}\n`)
    })
  if (!(await ready)) return undefined
  const origin = `http://${name}:${PORT}`
  return {
    origin,
    serve: async (documents) => void (await tell(documents)),
    caught: () => tell(),
    reach: async (path) => {
      const inside = ['run', '--rm', '--network', `container:${api}`, ...marks, ...least]
      const words = [...inside, PROBE_IMAGE, 'node', '-e', asking, new URL(path, origin).href]
      return (await docker(words, { timeout: 20_000 })).code === 0
    },
    close: async () => {
      child.stdin.end()
      await docker(['rm', '-f', name], { timeout: 15_000 })
    },
  }
}
