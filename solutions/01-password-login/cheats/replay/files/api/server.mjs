import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const record = JSON.parse(readFileSync('recording.json', 'utf8'))
const next = new Map()

createServer((req, res) => {
  req.resume()
  const key = `${req.method} ${req.url.split('?')[0]}`
  const known = record.filter((entry) => entry.key === key)
  const at = next.get(key) ?? 0
  next.set(key, at + 1)
  const entry = known[at % known.length] ?? { status: 200, headers: [], body: '{}' }
  res.writeHead(entry.status, entry.headers).end(entry.body)
}).listen(process.env.PORT, process.env.HOST)
