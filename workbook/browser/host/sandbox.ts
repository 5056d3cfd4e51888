/** The page's side of the sandboxed frame. */
import { type FrameNews, type FrameOrder, HELLO } from '../protocol.ts'

/** The frame did not come up: scripts or frames are blocked, or its file is not there. */
export class NoSandbox extends Error {}

/** How long the frame may take to say that it is there. */
const FRAME_MS = 10_000

export interface SandboxWorker {
  readonly port: MessagePort
  /** Fulfilled with what the browser says when the script cannot be read. */
  readonly died: Promise<string>
  /** Ends it at once, in whatever loop it is. */
  end(): void
}

export interface Sandbox {
  /** @param script the whole text of a classic script */
  start(name: string, script: string): SandboxWorker
  close(): void
}

/**
 * Puts a hidden frame into the page and waits for it.
 * @param url address of the frame's file, on the page's own origin
 * @throws NoSandbox
 */
export async function openSandbox(url: string): Promise<Sandbox> {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-scripts')
  frame.hidden = true
  frame.title = 'Runs programs of this page'
  const there = Promise.withResolvers<void>()
  const hear = ({ source, data }: MessageEvent) => {
    if (source === frame.contentWindow && data === HELLO) there.resolve()
  }
  window.addEventListener('message', hear)
  const timer = setTimeout(
    () =>
      there.reject(
        new NoSandbox(
          'The frame that programs run in did not answer. Is something in this browser set to block frames?',
        ),
      ),
    FRAME_MS,
  )
  frame.src = url
  document.body.append(frame)
  try {
    await there.promise
  } catch (error) {
    frame.remove()
    throw error
  } finally {
    clearTimeout(timer)
    window.removeEventListener('message', hear)
  }
  const { port1: port, port2 } = new MessageChannel()
  // The frame has no origin that could be named here.
  frame.contentWindow?.postMessage(HELLO, '*', [port2])
  const deaths = new Map<number, (text: string) => void>()
  port.onmessage = ({ data }: MessageEvent<FrameNews>) => deaths.get(data.id)?.(data.text)
  const order = (what: FrameOrder, ports: Transferable[] = []) => port.postMessage(what, ports)
  let serial = 0
  return {
    start: (name, script) => {
      const id = ++serial
      const { port1, port2 } = new MessageChannel()
      const died = Promise.withResolvers<string>()
      deaths.set(id, died.resolve)
      order({ kind: 'start', id, name, script }, [port2])
      return {
        port: port1,
        died: died.promise,
        end: () => {
          order({ kind: 'end', id })
          deaths.delete(id)
          port1.close()
        },
      }
    },
    close: () => {
      frame.remove()
      port.close()
    },
  }
}
