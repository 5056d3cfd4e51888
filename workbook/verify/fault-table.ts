/** The faults, each made for real: what is broken, what has to be said. Used by `verify --full` and by the tests of the command line. */
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endGroup, isAlive } from '../stack/child.ts'
import { engineVersion } from '../stack/container/docker.ts'
import { placesOf } from '../stack/files.ts'
import { apisOf, listStacks, type StackRecord } from '../stack/registry.ts'
import type { Checkout, CommandOptions, Outcome, Running } from './checkout.ts'
import { noEngine, startEngine } from './engine.ts'
import type { Fault, FaultSite, Met } from './faults.ts'

const server = path.join('api', 'src', 'server.ts')
const none = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }
const noDocker = async () => ((await engineVersion()) === undefined ? 'Docker does not answer' : undefined)

/** The words of a check of the solution. */
const check = (site: FaultSite, runtime: 'process' | 'container', dir = site.solution) => [
  'check',
  site.lab,
  '--dir',
  dir,
  '--runtime',
  runtime,
]
const start = (site: FaultSite, runtime: 'process' | 'container') => ['lab', 'start', site.lab, '--runtime', runtime]

const run = async (site: FaultSite, words: string[], options: CommandOptions = {}): Promise<Met> => ({
  outcome: await site.checkout.run(words, options),
})

/** Begins a command, waits for something, does something to it, and waits for its end. */
async function amid(
  site: FaultSite,
  words: string[],
  when: (running: Running) => Promise<unknown>,
  act: (running: Running) => unknown,
  options: CommandOptions = {},
): Promise<Outcome> {
  const running = site.checkout.begin(words, options)
  try {
    const early = running.ended.then(({ code, stdout, stderr }) => {
      throw new Error(`the command ended before that (exit code ${code}): ${stdout}${stderr}`)
    })
    await Promise.race([when(running), early])
    await act(running)
  } catch (error) {
    running.interrupt()
    await running.ended
    throw error
  }
  return running.ended
}

/** The heading stands, so checks run. */
const grading = (running: Running) => running.until(/services healthy/, 120_000)

/** The database of a stack has begun, so its start is in the middle. */
const starting = (site: FaultSite) => async () => {
  const logs = path.join(site.checkout.root, '.workbook', 'logs')
  await until('the log of a database', async () =>
    (await readdir(logs).catch(() => [])).some((name) => existsSync(path.join(logs, name, 'db.log'))),
  )
}

/** Compose is at work on the stack of a run. */
const building = (running: Running) => running.printed(/Building and starting/)

async function until(what: string, holds: () => Promise<boolean>, ms = 60_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what} did not come within ${ms / 1000} s`)
    await sleep(20)
  }
}

/** The stack that a command started for its run. */
async function recordOf(checkout: Checkout): Promise<StackRecord> {
  const [record] = await listStacks(placesOf(checkout.root))
  if (record === undefined) throw new Error('no stack is on record')
  return record
}

async function killServer(checkout: Checkout): Promise<void> {
  const programs = apisOf(await recordOf(checkout))
  const [first] = programs
  if (first === undefined || !(await isAlive(first))) throw new Error('the API does not run')
  await Promise.all(programs.map((id) => endGroup(id, 'SIGKILL')))
}

async function killDatabase(checkout: Checkout): Promise<void> {
  const { postgres } = await recordOf(checkout)
  if (postgres === undefined || !(await isAlive(postgres))) throw new Error('the database does not run')
  await endGroup(postgres, 'SIGKILL')
}

/** Somebody else's server, for as long as `work` takes. */
async function withPortTaken(work: (port: string) => Promise<Met>): Promise<Met> {
  const other = http.createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  try {
    return await work(String((other.address() as AddressInfo).port))
  } finally {
    other.close()
  }
}

async function onTakenPort(site: FaultSite): Promise<Met> {
  return withPortTaken(async (port) => {
    const outcome = await site.checkout.run(start(site, 'process'), { env: { API_PORT: port } })
    const owner = `Port ${port} is taken by`
    const named = outcome.stderr.includes(owner) && outcome.stderr.includes(`(pid ${process.pid}`)
    return { outcome, wrong: named ? [] : [`does not name the owner, pid ${process.pid}: ${outcome.stderr.trim()}`] }
  })
}

/** A small disk in the place where the workbook keeps what it makes. */
async function onFullDisk(site: FaultSite): Promise<Met> {
  const disk = path.join(site.checkout.root, '.workbook')
  await mkdir(disk, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk])
  try {
    return await run(site, check(site, 'process'))
  } finally {
    execFileSync('umount', [disk])
  }
}

async function noMount(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'a small disk is made by mount -t tmpfs, which is Linux alone'
  if (process.getuid?.() !== 0) return 'a small disk is made by mount, which only root may do'
  const folder = await mkdtemp(path.join(os.tmpdir(), 'workbook-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return undefined
  } catch {
    return 'mount is not allowed here'
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Our clock is 10 minutes ahead, that of the database is right. */
async function onWrongClock(site: FaultSite): Promise<Met> {
  return { outcome: await site.checkout.run(check(site, 'process'), { before: ['faketime', '-m', '-f', '+10m'] }) }
}

const noFaketime = () =>
  new Promise<string | undefined>((resolve) => {
    execFile('faketime', ['-f', '+10m', 'date'], (error) =>
      resolve(error === null ? undefined : 'faketime (libfaketime) is not installed'),
    )
  })

/** The engine of a run stops at some point of it, and is back for the next command, which ends what was left. */
async function onStoppingEngine(site: FaultSite, point: 'start' | 'checks'): Promise<Met> {
  const { checkout } = site
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wb-'))
  const engine = await startEngine(folder)
  try {
    const options = { env: { DOCKER_HOST: engine.host } }
    const when = point === 'start' ? () => engine.breakAt(/^POST \S*\/containers\/create/m) : grading
    const outcome = await amid(site, check(site, 'container'), when, () => engine.stop(checkout.root), options)
    const next = await checkout.run(['lab', 'list'])
    return { outcome, wrong: next.code === 0 ? [] : [`the next command: exit code ${next.code}`] }
  } finally {
    await engine.stop(checkout.root)
    await rm(folder, { recursive: true, force: true })
  }
}

/** A health check that never holds. */
const sick = (compose: string) =>
  compose
    .replace(/test: \["CMD", "pg_isready".*\]/, 'test: ["CMD-SHELL", "echo no room left; exit 1"]')
    .replace('retries: 10\n      start_period: 60s\n      start_interval: 300ms', 'retries: 2\n      start_period: 0s')
    .replace('interval: 5s', 'interval: 500ms')

/** One command beside itself. */
async function twice(site: FaultSite, words: string[], options: CommandOptions = {}): Promise<Met> {
  const [one, other] = await Promise.all([site.checkout.run(words, options), site.checkout.run(words, options)])
  return { outcome: one, wrong: one.code === other.code ? [] : [`exit codes ${one.code} and ${other.code}`] }
}

async function twoStarts(site: FaultSite): Promise<Met> {
  const env = { API_PORT: await freePortOfOurs() }
  const words = start(site, 'process')
  const ended = await Promise.all([site.checkout.run(words, { env }), site.checkout.run(words, { env })])
  await site.checkout.run(['lab', 'stop', site.lab])
  // One lab, one command at a time: the later one is refused at once, or finds it running where it came late enough.
  const began = ended.findIndex((e) => e.code === 0 && /is running \(processes\)/.test(e.stdout))
  const wrong = began === -1 ? ['neither started it'] : []
  return { outcome: ended[began === 0 ? 1 : 0], wrong }
}

async function freePortOfOurs(): Promise<string> {
  let free = ''
  await withPortTaken(async (port) => {
    free = port
    return { outcome: { code: 0, stdout: '', stderr: '', seconds: 0 } }
  })
  return free
}

async function interruptedStart(site: FaultSite): Promise<Met> {
  await rm(path.join(site.checkout.root, '.workbook', 'logs'), { recursive: true, force: true })
  const env = { API_PORT: await freePortOfOurs() }
  return { outcome: await amid(site, start(site, 'process'), starting(site), (r) => r.interrupt(), { env }) }
}

async function interruptedBegin(site: FaultSite): Promise<Met> {
  await rm(path.join(site.checkout.root, '.workbook', 'logs'), { recursive: true, force: true })
  return { outcome: await amid(site, check(site, 'process'), starting(site), (r) => r.interrupt()) }
}

const interrupted = { codes: [130], says: /Stopping\. Cleaning up/, keeps: false, seconds: 60 } as const
const trouble = { codes: [3], keeps: true, seconds: 90 } as const

export const faults: readonly Fault[] = [
  {
    ...trouble,
    id: 'no-engine',
    transport: 'container',
    says: /The Docker engine does not answer\.[\s\S]*No check ran/,
    quick: true,
    meet: (site) => run(site, check(site, 'container'), { env: none }),
  },
  {
    ...trouble,
    id: 'no-engine-at-start',
    transport: 'container',
    keeps: false,
    says: /The Docker engine does not answer\.\nStart Docker/,
    quick: true,
    meet: (site) => run(site, start(site, 'container'), { env: none }),
  },
  {
    ...trouble,
    id: 'engine-stops-in-start',
    transport: 'container',
    says: /The Docker engine does not answer\.[\s\S]*No check ran/,
    quick: false,
    missing: noEngine,
    meet: (site) => onStoppingEngine(site, 'start'),
  },
  {
    ...trouble,
    id: 'engine-stops-in-checks',
    transport: 'container',
    says: /The database, or the engine that the lab runs on, ended during/,
    quick: false,
    missing: noEngine,
    meet: (site) => onStoppingEngine(site, 'checks'),
  },
  {
    ...trouble,
    id: 'port-taken',
    transport: 'process',
    keeps: false,
    says: /End that process, or choose another port: API_PORT=\d+ npm run lab/,
    quick: true,
    meet: onTakenPort,
  },
  {
    id: 'port-taken-check',
    transport: 'process',
    codes: [0],
    keeps: true,
    seconds: 60,
    says: /^1 pass in/m,
    quick: true,
    meet: (site) => withPortTaken((port) => run(site, [...check(site, 'process'), 'C01'], { env: { API_PORT: port } })),
  },
  {
    ...trouble,
    id: 'server-throws',
    transport: 'process',
    says: /boom at start[\s\S]*The API ended during its start[\s\S]*No check ran/,
    seconds: 15,
    quick: true,
    meet: async (site) =>
      run(
        site,
        check(site, 'process', await site.program('throws', server, (t) => `throw new Error('boom at start')\n${t}`)),
      ),
  },
  {
    ...trouble,
    id: 'server-on-another-port',
    transport: 'process',
    says: /The API listens on port \d+, but PORT says \d+[\s\S]*health\.0[\s\S]*No check ran/,
    seconds: 25,
    quick: true,
    meet: async (site) => {
      const elsewhere = (t: string) => t.replace('listen(config.port,', 'listen(config.port + 1,')
      return run(site, check(site, 'process', await site.program('elsewhere', server, elsewhere)))
    },
  },
  {
    ...trouble,
    id: 'server-never-ready',
    transport: 'process',
    says: /last words before it hangs[\s\S]*did not answer \/api\/health\/ready within 30 s[\s\S]*listens nowhere[\s\S]*No check ran/,
    seconds: 60,
    quick: true,
    meet: async (site) => {
      const loop = (t: string) => `console.log('last words before it hangs')\nwhile (Math.PI > 3) {}\n${t}`
      return run(site, check(site, 'process', await site.program('loops', server, loop)))
    },
  },
  {
    ...trouble,
    id: 'database-unhealthy',
    transport: 'container',
    says: /The service db did not become healthy\.[\s\S]*No check ran/,
    seconds: 180,
    quick: false,
    missing: noDocker,
    meet: async (site) => run(site, check(site, 'container', await site.program('sick', 'compose.yaml', sick))),
  },
  {
    ...trouble,
    id: 'disk-full',
    transport: 'process',
    keeps: false,
    says: /Only \d+ MB are free on the disk of .*\n.*Free at least 1 GB[\s\S]*No check ran/,
    quick: false,
    missing: noMount,
    meet: onFullDisk,
  },
  {
    ...trouble,
    id: 'clock-10-minutes-ahead',
    transport: 'process',
    says: /The clock of the database is \d+ s behind the clock of this machine\.[\s\S]*No check ran/,
    quick: false,
    missing: noFaketime,
    meet: onWrongClock,
  },
  { ...interrupted, id: 'interrupt-in-start', transport: 'process', quick: true, meet: interruptedStart },
  { ...interrupted, id: 'interrupt-before-checks', transport: 'process', quick: true, meet: interruptedBegin },
  {
    ...interrupted,
    id: 'interrupt-in-checks',
    transport: 'process',
    quick: true,
    meet: async (site) => ({
      outcome: await amid(site, check(site, 'process'), grading, (r) => r.interrupt()),
    }),
  },
  {
    ...interrupted,
    id: 'interrupt-before-checks-containers',
    transport: 'container',
    quick: false,
    missing: noDocker,
    meet: async (site) => ({
      outcome: await amid(site, check(site, 'container'), building, (r) => r.interrupt()),
    }),
  },
  {
    ...interrupted,
    id: 'interrupt-in-checks-containers',
    transport: 'container',
    quick: false,
    missing: noDocker,
    meet: async (site) => ({
      outcome: await amid(site, check(site, 'container'), grading, (r) => r.interrupt()),
    }),
  },
  {
    id: 'server-killed',
    transport: 'process',
    codes: [0, 1],
    unstable: true,
    keeps: true,
    seconds: 90,
    says: /\d+ pass.* in \d/,
    quick: false,
    meet: async (site) => ({
      outcome: await amid(site, check(site, 'process'), grading, () => killServer(site.checkout)),
    }),
  },
  {
    ...trouble,
    id: 'database-killed',
    transport: 'process',
    says: /The database, or the engine that the lab runs on, ended during/,
    quick: false,
    meet: async (site) => ({
      outcome: await amid(site, check(site, 'process'), grading, () => killDatabase(site.checkout)),
    }),
  },
  {
    id: 'two-checks-at-once',
    transport: 'process',
    codes: [0],
    keeps: true,
    seconds: 90,
    says: /^2 pass in/m,
    quick: false,
    meet: (site) => twice(site, [...check(site, 'process'), 'C01', 'C05']),
  },
  {
    id: 'two-starts-at-once',
    transport: 'process',
    codes: [0, 3],
    keeps: false,
    seconds: 60,
    says: /was running already|Another command is at work on L\d\d: start/,
    quick: false,
    meet: twoStarts,
  },
]
