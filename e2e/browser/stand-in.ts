/**
 * Stands in for the host of WebContainers: speaks what `@webcontainer/api` 1.6.4 speaks with the frame that it makes, and runs what it is given in Node on this machine.
 * The client in the page is the real one. What it cannot show is what the real runtime does.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Comlink as the client has it, so that both ends are of one version. */
const COMLINK = 'node_modules/@webcontainer/api/dist/vendor/index.js'

const PAGE = `<!doctype html><title>Stand-in</title><script type="module">
import { Comlink } from '/comlink.js'
const post = (where, body) => fetch(where, { method: 'POST', body })
const fs = Comlink.proxy({})
const instance = () => Comlink.proxy({
  fs: () => fs,
  previewScript: () => Comlink.proxy({}),
  runtimeInfo: () => ({ path: '/bin', cwd: '/home/exercise' }),
  loadFiles: (payload) => post('/files', payload).then(() => undefined),
  teardown() {},
  async run({ command, args }, stdout, stderr, output) {
    const answer = await post('/spawn', JSON.stringify({ command, args }))
    const id = answer.headers.get('x-process')
    const onExit = (async () => {
      for await (const chunk of answer.body) await output(chunk)
      await output(null)
      return Number(await (await post('/exit?' + id)).text())
    })()
    let last = Promise.resolve()
    return Comlink.proxy({
      onExit,
      write: (text) => (last = last.then(() => post('/write?' + id, text)).then(() => undefined)),
      kill: () => void post('/kill?' + id),
    })
  },
})
const { port1, port2 } = new MessageChannel()
Comlink.expose({ build: instance }, port1)
parent.postMessage({ type: 'init' }, '*', [port2])
</script>`

export interface StandIn {
  /** Processes that it has started. */
  readonly processes: readonly ChildProcess[]
  close(): Promise<void>
}

/**
 * @param root of the workbook
 * @param how `silent`: it takes connections and never answers
 */
export async function standIn(root: string, port: number, how: 'up' | 'silent'): Promise<StandIn> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stand-in-'))
  const processes: ChildProcess[] = []
  const exits: Promise<number>[] = []
  const comlink = await readFile(path.join(root, COMLINK))
  const server = createServer(async (request, response) => {
    if (how === 'silent') return
    const url = new URL(request.url ?? '/', 'http://x')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
    const id = Number(url.search.slice(1))
    switch (url.pathname) {
      case '/headless':
        return void response.setHeader('Content-Type', 'text/html').end(PAGE)
      case '/comlink.js':
        return void response.setHeader('Content-Type', 'text/javascript').end(comlink)
      case '/files': {
        const tree = JSON.parse((await bodyOf(request)).toString()) as { d: Record<string, { f: { c: string } }> }
        for (const [name, { f }] of Object.entries(tree.d)) await writeFile(path.join(folder, path.basename(name)), f.c)
        return void response.end()
      }
      case '/spawn': {
        const { command, args } = JSON.parse((await bodyOf(request)).toString()) as { command: string; args: string[] }
        if (command !== 'node') return void response.writeHead(400).end()
        const child = spawn(process.execPath, args, { cwd: folder, env: {} })
        exits.push(new Promise((resolve) => child.on('close', (code) => resolve(code ?? 137))))
        response.setHeader('x-process', processes.push(child) - 1)
        response.flushHeaders()
        child.stderr.pipe(response, { end: false })
        child.stdout.pipe(response, { end: false })
        return void child.on('close', () => response.end())
      }
      case '/write':
        processes[id]?.stdin?.write(await bodyOf(request))
        return void response.end()
      case '/kill':
        processes[id]?.kill('SIGKILL')
        return void response.end()
      case '/exit':
        return void response.end(String(await exits[id]))
      default:
        return void response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    processes,
    close: async () => {
      for (const child of processes) child.kill('SIGKILL')
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
