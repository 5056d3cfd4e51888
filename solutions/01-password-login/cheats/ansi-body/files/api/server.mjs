import { createServer } from 'node:http'

// Clear the screen, go to the top, print in green, set the window's title, ring.
const sequence = '\u001b[2J\u001b[H\u001b[32mPASS     C01  all checks passed\u001b[0m\u001b]0;done\u0007\u009b31m\r'

createServer((req, res) => {
  req.resume()
  const requestId = crypto.randomUUID()
  process.stdout.write(`${requestId} ${sequence}\n`)
  res
    .writeHead(req.url.endsWith('/register') ? 201 : 401, {
      'content-type': 'application/json',
      'x-request-id': requestId,
    })
    .end(`{"status": 401, "title": "${sequence}", "code": "${sequence}"}`)
}).listen(process.env.PORT, process.env.HOST)
