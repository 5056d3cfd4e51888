/** What this machine is like, gathered without changing anything. What it means is for `judge.ts` to say. */
import { execFile } from 'node:child_process'
import { readFile, statfs } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { isFree, ownerOfPort } from './ports.ts'
import { findPython, type PythonSearch } from './python.ts'

const run = promisify(execFile)

export interface Facts {
  platform: NodeJS.Platform
  arch: string
  /** Version of the WSL kernel, where this is Windows. */
  wsl: string | undefined
  /** Does the checkout lie on a Windows drive (`/mnt/c`), where file events are lost and files are slow? */
  onWindowsDrive: boolean
  /** Value of git's core.autocrlf: `true` rewrites the line ends of shell scripts and compose files. */
  autocrlf: string | undefined
  engine: { version: string; arch: string; memory: number; clockSkewMs: number } | undefined
  ports: { port: number; free: boolean; owner: string | undefined }[]
  /** Bytes free where the workbook keeps its state. */
  diskFree: number
  memory: { total: number; available: number }
  python: PythonSearch
  /** Containers of labs that ended and were left, and volumes of labs. */
  stale: { containers: string[]; volumes: string[] }
}

/** @param root the checkout */
export async function gatherFacts(root: string, ports: number[]): Promise<Facts> {
  const [engine, disk, release, autocrlf, stale, portFacts, python] = await Promise.all([
    engineFacts(),
    statfs(root),
    readFile('/proc/sys/kernel/osrelease', 'utf8').catch(() => ''),
    output('git', ['-C', root, 'config', '--get', 'core.autocrlf']),
    staleThings(),
    Promise.all(ports.map(portFact)),
    findPython(),
  ])
  return {
    platform: process.platform,
    arch: process.arch,
    wsl: /microsoft/i.test(release) ? release.trim() : undefined,
    onWindowsDrive: /^\/mnt\/[a-z]\//.test(path.resolve(root)),
    autocrlf,
    engine,
    ports: portFacts,
    diskFree: disk.bavail * disk.bsize,
    memory: { total: os.totalmem(), available: await availableMemory() },
    python,
    stale,
  }
}

async function portFact(port: number): Promise<Facts['ports'][number]> {
  const free = await isFree(port)
  return { port, free, owner: free ? undefined : await ownerOfPort(port) }
}

async function engineFacts(): Promise<Facts['engine']> {
  const before = Date.now()
  const text = await output('docker', ['info', '--format', '{{json .}}'])
  if (text === undefined) return undefined
  const info = JSON.parse(text) as {
    ServerVersion?: string
    Architecture?: string
    MemTotal?: number
    SystemTime?: string
  }
  if (!info.ServerVersion) return undefined
  // The engine read its clock at some moment of the call: take the middle.
  const here = (before + Date.now()) / 2
  const there = Date.parse(info.SystemTime ?? '')
  return {
    version: info.ServerVersion,
    arch: info.Architecture ?? '',
    memory: info.MemTotal ?? 0,
    clockSkewMs: Number.isNaN(there) ? 0 : Math.round(there - here),
  }
}

async function staleThings(): Promise<Facts['stale']> {
  const lines = (text: string | undefined) => (text ?? '').split('\n').filter((line) => line !== '')
  const [containers, volumes] = await Promise.all([
    output('docker', [
      'ps',
      '-a',
      '--filter',
      'status=exited',
      '--filter',
      'status=dead',
      '--filter',
      'name=^depot-l',
      '--format',
      '{{.Names}}',
    ]),
    output('docker', [
      'volume',
      'ls',
      '--filter',
      'name=^depot-l',
      '--filter',
      'dangling=true',
      '--format',
      '{{.Name}}',
    ]),
  ])
  return { containers: lines(containers), volumes: lines(volumes) }
}

/** MemAvailable where Linux tells it: free memory alone leaves out what caches would give back. */
async function availableMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '')
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1]
  return kilobytes === undefined ? os.freemem() : Number(kilobytes) * 1024
}

async function output(command: string, words: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, words, { timeout: 10_000, maxBuffer: 10_000_000 })
    return stdout.trim() === '' ? undefined : stdout.trim()
  } catch {
    return undefined
  }
}
