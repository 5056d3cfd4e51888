/** A log of the requests that programs get: listens on the ports between the page and its programs. */
import type { Sandbox } from '../../../workbook/browser/host/sandbox.ts'
import type { ProgramNews, ProgramOrder } from '../../../workbook/browser/protocol.ts'
import type { RequestEntry } from './subject.ts'

/** The grader asks under this name whether a program is there; that is no request of a check. */
const PROBE = 'localhost'

/** The same sandbox; what its programs are asked and answer is told as well. */
export function overheard(sandbox: Sandbox, tell: (entry: RequestEntry) => void): Sandbox {
  let serial = 0
  return {
    close: () => sandbox.close(),
    start(name, script) {
      const worker = sandbox.start(name, script)
      const { port } = worker
      const open = new Map<number, { entry: RequestEntry; since: number }>()
      const end = (id: number, change: Pick<RequestEntry, 'status' | 'trouble'>) => {
        const known = open.get(id)
        if (known === undefined) return
        open.delete(id)
        tell({ ...known.entry, ...change, ms: Math.round(performance.now() - known.since) })
      }
      port.addEventListener('message', ({ data }: MessageEvent<ProgramNews>) => {
        if (data.kind === 'answer') end(data.id, { status: data.response.status })
        else if (data.kind === 'no-answer') end(data.id, { trouble: data.message })
        else if (data.kind === 'exited' || data.kind === 'trouble')
          for (const id of [...open.keys()]) end(id, { trouble: 'the program ended' })
      })
      const post = port.postMessage.bind(port) as (message: unknown, options?: unknown) => void
      // Orders go one way, past every listener: they are seen where they are sent.
      port.postMessage = (message: unknown, options?: unknown) => {
        const order = message as ProgramOrder
        if (order.kind === 'request' && !order.request.headers.some(([n, v]) => n === 'host' && v === PROBE)) {
          const { method, url } = order.request
          const entry = { n: ++serial, program: name, method, path: url }
          open.set(order.id, { entry, since: performance.now() })
          tell(entry)
        }
        if (order.kind === 'abandon') end(order.id, { trouble: 'broken off by the client' })
        post(message, options)
      }
      return worker
    },
  }
}
