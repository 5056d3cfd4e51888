/** Ports of this machine: free ones, and who holds a taken one. */
import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import net from 'node:net'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Can we listen there ourselves? */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}

/** So many free loopback ports in a row, the first of them. */
export async function freePorts(count: number): Promise<number[]> {
  for (let tries = 0; tries < 50; tries++) {
    const first = await freePort()
    const row = Array.from({ length: count }, (_, i) => first + i)
    if (
      row.every((port) => port <= 65_535) &&
      (await Promise.all(row.slice(1).map((port) => isFree(port)))).every(Boolean)
    )
      return row
  }
  throw new Error(`no ${count} free ports in a row`)
}

/** The process that listens on a port, in words: `node (pid 4711)`. Undefined when it cannot be told (another user's, perhaps). */
export async function ownerOfPort(port: number): Promise<string | undefined> {
  const owners = process.platform === 'linux' ? await linuxOwners(port) : await lsofOwners(port)
  return owners[0]
}

/** Ports on which a leader of a group or a session, or a member of it, listens (Linux; elsewhere none are known). */
export async function portsOfGroup(pid: number): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const sockets = await listeningSockets()
  const ports: number[] = []
  for (const member of await groupMembers(pid)) {
    for (const inode of await socketsOf(member)) {
      const port = sockets.get(inode)
      if (port !== undefined && !ports.includes(port)) ports.push(port)
    }
  }
  return ports
}

async function linuxOwners(port: number): Promise<string[]> {
  const inodes = new Set([...(await listeningSockets())].filter(([, p]) => p === port).map(([inode]) => inode))
  if (inodes.size === 0) return []
  const owners: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (!(await socketsOf(Number(pid))).some((inode) => inodes.has(inode))) continue
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim()
    const line = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim()
    owners.push(`${name} (pid ${pid}${line === '' ? '' : `: ${line.length > 80 ? `${line.slice(0, 77)}…` : line}`})`)
  }
  return owners
}

async function lsofOwners(port: number): Promise<string[]> {
  try {
    const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])
    const pid = /^p(\d+)/m.exec(stdout)?.[1]
    const name = /^c(.+)/m.exec(stdout)?.[1]
    return pid === undefined ? [] : [`${name ?? '?'} (pid ${pid})`]
  } catch {
    return []
  }
}

/** Inode to port of every listening TCP socket. */
async function listeningSockets(): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(file, 'utf8').catch(() => '')
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      // State 0A is LISTEN.
      if (fields[3] === '0A' && fields[1] !== undefined && fields[9] !== undefined)
        found.set(fields[9], Number.parseInt(fields[1].split(':')[1] ?? '', 16))
    }
  }
  return found
}

async function socketsOf(pid: number): Promise<string[]> {
  const dir = `/proc/${pid}/fd`
  const names = await readdir(dir).catch(() => [])
  const links = await Promise.all(names.map((name) => readlink(`${dir}/${name}`).catch(() => '')))
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
}

async function groupMembers(group: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const members = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      // The command may hold spaces and brackets; the fields follow its last bracket: state, ppid, pgrp, session.
      const [, , pgrp, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(pgrp) === group || Number(session) === group ? Number(pid) : undefined
    }),
  )
  return members.filter((pid) => pid !== undefined)
}
