/**
 * The script of the sandboxed frame. The frame has an origin of its own that nothing else has, and a policy that lets its Workers reach no address: it makes
 * Workers of script texts, and ends them. It never runs a program itself.
 */
import { type FrameNews, type FrameOrder, HELLO } from '../protocol.ts'

const workers = new Map<number, Worker>()

/**
 * WebKit starts no Worker of a `blob:` address in a frame of an opaque origin that is sent with `Cross-Origin-Embedder-Policy` (WebKitGTK 2.50, tried); of a `data:`
 * address it does, as all do. Elsewhere the shorter one.
 */
const isIsolated = document.querySelector('meta[name="workbook-isolated"]') !== null

function addressOf(script: string): string {
  if (isIsolated) return `data:text/javascript;charset=utf-8,${encodeURIComponent(script)}`
  return URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
}

function serve(port: MessagePort): void {
  const tell = (news: FrameNews) => port.postMessage(news)
  port.onmessage = ({ data, ports }: MessageEvent<FrameOrder>) => {
    if (data.kind === 'end') {
      workers.get(data.id)?.terminate()
      workers.delete(data.id)
      return
    }
    const { id, name, script } = data
    const url = addressOf(script)
    try {
      const worker = new Worker(url, { name })
      worker.onerror = (event) => tell({ kind: 'died', id, text: event.message || 'the Worker could not be started' })
      worker.postMessage(null, [...ports])
      workers.set(id, worker)
    } catch (error) {
      tell({ kind: 'died', id, text: String(error) })
    } finally {
      URL.revokeObjectURL(url)
    }
  }
}

addEventListener('message', ({ source, data, ports: [port] }) => {
  if (source === parent && data === HELLO && port !== undefined) serve(port)
})
parent.postMessage(HELLO, '*')
