/** An engine that can be stopped without harm to anybody: a socket of its own before the real one. */
import { execFile } from 'node:child_process'
import net from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { engineVersion } from '../stack/container/docker.ts'

const run = promisify(execFile)

export interface Engine {
  /** What to set `DOCKER_HOST` to. */
  host: string
  /** Stops: connections break, none is taken any more, and the containers that mention `mine` are killed as a daemon's are. */
  stop(mine: string): Promise<void>
  /** Breaks all connections, and takes none any more, as soon as a request's first line matches. Told to whoever waits. */
  breakAt(request: RegExp): Promise<void>
}

/** Address of the real engine's socket. */
function socketOf(): string | undefined {
  const host = process.env.DOCKER_HOST
  if (host === undefined || host === '') return '/var/run/docker.sock'
  return host.startsWith('unix://') ? host.slice('unix://'.length) : undefined
}

/** Why no engine can be put before the real one here; undefined where it can. */
export async function noEngine(): Promise<string | undefined> {
  if ((await engineVersion()) === undefined) return 'Docker does not answer'
  return socketOf() === undefined ? 'the engine is not behind a socket of this machine' : undefined
}

/** @param folder where the socket is made: a short path, since the name of a socket is limited to about 100 characters */
export async function startEngine(folder: string): Promise<Engine> {
  const file = path.join(folder, 'engine.sock')
  const open = new Set<net.Socket>()
  let seen: (text: string) => void = () => {}
  const server = net.createServer({ allowHalfOpen: true }, (near) => {
    const far = net.connect({ path: socketOf() ?? '', allowHalfOpen: true })
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      socket.on('error', () => {
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (chunk: Buffer) => seen(chunk.toString('latin1')))
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(file, resolve)
  })
  const shut = () => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  return {
    host: `unix://${file}`,
    stop: async (mine) => {
      shut()
      await killAll(mine)
    },
    breakAt: (request) =>
      new Promise((resolve) => {
        seen = (text) => {
          if (!request.test(text)) return
          seen = () => {}
          shut()
          resolve()
        }
      }),
  }
}

/** Ids of the containers whose programs lie in a folder, and the projects that they are of. */
async function containersOf(folder: string): Promise<{ id: string; project: string }[]> {
  const label = (name: string) => `{{.Label "com.docker.compose.project${name}"}}`
  const format = ['{{.ID}}', label('.working_dir'), label('')].join('\t')
  const { stdout } = await run('docker', ['ps', '-a', '--format', format]).catch(() => ({ stdout: '' }))
  return stdout
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([, dir]) => dir?.startsWith(folder) === true)
    .map(([id = '', , project = '']) => ({ id, project }))
}

async function killAll(folder: string): Promise<void> {
  const ids = (await containersOf(folder)).map(({ id }) => id)
  // One that is not running cannot be killed; that is no trouble.
  if (ids.length > 0) await run('docker', ['kill', ...ids]).catch(() => {})
}

/** Takes away the stacks whose programs lie in a folder. */
export async function removeContainers(folder: string): Promise<void> {
  const projects = new Set((await containersOf(folder)).map(({ project }) => project))
  for (const project of projects)
    await run('docker', ['compose', '-p', project, 'down', '-v', '--remove-orphans', '-t', '2']).catch(() => {})
}
