import { createServer } from 'node:http'
import { Readable } from 'node:stream'

const chunk = Buffer.alloc(65_536, ' ')

function* endless() {
  yield '{"accessToken":"'
  while (true) yield chunk
}

createServer((req, res) => {
  req.resume()
  res.writeHead(200, { 'content-type': 'application/json', 'x-request-id': crypto.randomUUID() })
  const body = Readable.from(endless())
  body.pipe(res)
  res.on('close', () => body.destroy())
}).listen(process.env.PORT, process.env.HOST)
