/** Programs in a WebContainer, by the interface of the sandbox of the page: whoever runs a program does not see which of the two it is. */
import type { Sandbox, SandboxWorker } from '../host/sandbox.ts'
import type { ProgramOrder } from '../protocol.ts'
import { linesOf, NEWS, ORDERS, readerOf } from './lines.ts'

/** What of a WebContainer is needed (`@webcontainer/api`). */
export interface Container {
  mount(tree: Record<string, { file: { contents: string } }>): Promise<void>
  spawn(
    command: string,
    args: string[],
  ): Promise<{ exit: Promise<number>; input: WritableStream<string>; output: ReadableStream<string>; kill(): void }>
  teardown(): void
}

const AGENT = 'agent.mjs'

/** @param container one that is up */
export function containerSandbox(container: Container): Sandbox {
  let mounted: { script: string; done: Promise<void> } | undefined
  const mount = (script: string): Promise<void> => {
    if (mounted?.script !== script)
      mounted = { script, done: container.mount({ [AGENT]: { file: { contents: script } } }) }
    return mounted.done
  }
  return {
    start: (_name, script) => startIn(container, () => mount(script)),
    close: () => container.teardown(),
  }
}

function startIn(container: Container, mount: () => Promise<void>): SandboxWorker {
  const { port1, port2 } = new MessageChannel()
  const died = Promise.withResolvers<string>()
  let ended = false
  let kill = () => {}
  let serial = 0
  const work = async () => {
    await mount()
    const process = await container.spawn('node', [AGENT])
    kill = () => process.kill()
    if (ended) return kill()
    const writer = process.input.getWriter()
    port2.onmessage = ({ data }: MessageEvent<ProgramOrder>) => {
      for (const line of linesOf(ORDERS, ++serial, data)) void writer.write(line).catch(() => {})
    }
    const take = readerOf(NEWS, (news) => {
      if (!ended) port2.postMessage(news)
    })
    let last = ''
    const reading = process.output.pipeTo(
      new WritableStream({
        write: (piece) => {
          take(piece)
          last = (last + piece).slice(-2_000)
        },
      }),
    )
    const [code] = await Promise.all([process.exit, reading.catch(() => {})])
    // What Node says of the agent itself, before any of its news.
    const words = last.includes(NEWS) ? '' : `: ${last.trim()}`
    died.resolve(`the process ended with exit code ${code}${words}`)
  }
  work().catch((error: unknown) => died.resolve(error instanceof Error ? error.message : String(error)))
  return {
    port: port1,
    died: died.promise,
    end: () => {
      ended = true
      kill()
      port1.close()
      port2.close()
    },
  }
}
