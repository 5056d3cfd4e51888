/**
 * The script of the sandboxed frame. The frame has an origin of its own that nothing else has, and a policy that lets its Workers reach no address: it makes
 * Workers of script texts, and ends them. It never runs a program itself.
 */
import { type FrameNews, type FrameOrder, HELLO } from '../protocol.ts'

const workers = new Map<number, Worker>()

function serve(port: MessagePort): void {
  const tell = (news: FrameNews) => port.postMessage(news)
  port.onmessage = ({ data, ports }: MessageEvent<FrameOrder>) => {
    if (data.kind === 'end') {
      workers.get(data.id)?.terminate()
      workers.delete(data.id)
      return
    }
    const { id, name, script } = data
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
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
