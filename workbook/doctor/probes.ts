/** The five probes of lab L00. Each finds out one thing, changes nothing, and says what to do. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { dumpPage, findChromium } from './browser.ts'
import type { Finding } from './judge.ts'

const run = promisify(execFile)

type Probe = (needContainers: boolean) => Promise<Finding>

/** Oldest Compose that knows `!override`, which the grader's settings are given with. */
const COMPOSE_MINIMUM = [2, 24]

/** Runs all five. `needContainers`: false on the process transport. */
export function runProbes(needContainers: boolean): Promise<Finding[]> {
  return Promise.all(probes.map((probe) => probe(needContainers)))
}

const docker: Probe = async (need) => {
  const base = { id: 'docker', title: 'Docker engine' } as const
  const version = await output('docker', [
    'version',
    '--format',
    '{{.Server.Version}} ({{.Server.Os}}/{{.Server.Arch}})',
  ])
  if (version !== undefined) return { ...base, state: 'ok', found: version }
  if (!need) return { ...base, state: 'not-needed', found: 'no engine answers; labs run as processes' }
  return {
    ...base,
    state: 'missing',
    found: 'no engine answers',
    fix: 'Install Docker Engine or Docker Desktop and start it. Without Docker the labs run as processes: --runtime process',
  }
}

const compose: Probe = async (need) => {
  const base = { id: 'compose', title: 'Docker Compose' } as const
  const version = await output('docker', ['compose', 'version', '--short'])
  const [major = 0, minor = 0] = (version ?? '').replace(/^v/, '').split('.').map(Number)
  const enough =
    major > (COMPOSE_MINIMUM[0] ?? 0) || (major === COMPOSE_MINIMUM[0] && minor >= (COMPOSE_MINIMUM[1] ?? 0))
  if (version !== undefined && enough) return { ...base, state: 'ok', found: version }
  if (!need) return { ...base, state: 'not-needed', found: version ?? 'not there; labs run as processes' }
  return {
    ...base,
    state: 'missing',
    found: version ?? 'not there',
    fix: `Install the Compose plug-in, version ${COMPOSE_MINIMUM.join('.')} or newer.`,
  }
}

const browser: Probe = async () => {
  const base = { id: 'browser', title: 'A browser that checks can drive' } as const
  const fix =
    'Install Chromium by your system’s packages, or: npx playwright install chromium. WORKBOOK_CHROMIUM names one in another place.'
  const chromium = findChromium()
  if (chromium === undefined) return { ...base, state: 'missing', found: 'no Chromium', fix }
  const word = randomBytes(6).toString('hex')
  const page = await serving(word, (port) => dumpPage(chromium, `http://127.0.0.1:${port}/`)).catch(
    (error: Error) => error.message,
  )
  if (!page.includes(word))
    return {
      ...base,
      state: 'missing',
      found: `${chromium} does not load a page: ${page.split('\n')[0]?.slice(0, 120)}`,
      fix,
    }
  return { ...base, state: 'ok', found: (await output(chromium, ['--version'])) ?? chromium }
}

const labLocalhost: Probe = async () => {
  const base = { id: 'lab-localhost', title: 'Names under lab.localhost lead to this machine' } as const
  const chromium = findChromium()
  if (chromium === undefined)
    return { ...base, state: 'missing', found: 'not tried: no browser', fix: 'Mend the browser probe first.' }
  const word = randomBytes(6).toString('hex')
  const page = await serving(word, (port) => dumpPage(chromium, `http://app.lab.localhost:${port}/`)).catch(
    (error: Error) => error.message,
  )
  if (page.includes(word))
    return { ...base, state: 'ok', found: 'app.lab.localhost loads from this machine in the browser' }
  return {
    ...base,
    state: 'missing',
    found: 'app.lab.localhost does not load in the browser',
    fix: 'RFC 6761 reserves localhost names for this machine; a proxy or a policy of the browser answers for them here. Take *.localhost out of it.',
  }
}

const localCa: Probe = async (need) => {
  const base = { id: 'local-ca', title: 'A local certificate authority' } as const
  if (!need) return { ...base, state: 'not-needed', found: 'the edge with TLS runs in containers' }
  const fix =
    'Install OpenSSL 3 (the command openssl): the labs with TLS make their own authority with it. Nothing is added to your system’s trust.'
  if ((await output('openssl', ['version'])) === undefined)
    return { ...base, state: 'missing', found: 'no openssl command', fix }
  try {
    return { ...base, state: 'ok', found: await tryAuthority() }
  } catch (error) {
    return { ...base, state: 'missing', found: (error as Error).message.split('\n')[0] ?? '', fix }
  }
}

const probes: Probe[] = [docker, compose, browser, labLocalhost, localCa]

/** Makes an authority and a certificate of it, serves with it, and connects trusting that authority alone. */
async function tryAuthority(): Promise<string> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'workbook-ca-'))
  const name = 'app.lab.localhost'
  const file = (n: string) => path.join(dir, n)
  try {
    await writeFile(file('ext'), `subjectAltName=DNS:${name}\n`)
    const openssl = (words: string[]) => run('openssl', words, { cwd: dir })
    await openssl([
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-days',
      '2',
      '-subj',
      '/CN=Workbook probe',
    ])
    await openssl([
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'leaf.key',
      '-out',
      'leaf.csr',
      '-subj',
      `/CN=${name}`,
    ])
    await openssl([
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'leaf.crt',
      '-days',
      '1',
      '-extfile',
      'ext',
    ])
    const [key, cert, ca] = await Promise.all(['leaf.key', 'leaf.crt', 'ca.crt'].map((f) => readFile(file(f))))
    const server = https.createServer({ key, cert }, (_req, res) => res.end('ok'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      const protocol = await new Promise<string>((resolve, reject) => {
        const req = https.get(
          { host: '127.0.0.1', servername: name, port, ca, timeout: 5_000, agent: false },
          (res) => {
            const used = (res.socket as import('node:tls').TLSSocket).getProtocol()
            res.resume().on('end', () => resolve(used ?? 'TLS'))
          },
        )
        req.on('error', reject).on('timeout', () => req.destroy(new Error('no TLS answer in 5 s')))
      })
      return `made one, and ${name} answers with ${protocol}`
    } finally {
      server.close()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Serves one word on a loopback port while `use` runs. */
async function serving<T>(word: string, use: (port: number) => Promise<T>): Promise<T> {
  const server = http.createServer((_req, res) => res.setHeader('content-type', 'text/html').end(`<p>${word}</p>`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use((server.address() as AddressInfo).port)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function output(command: string, words: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, words, { timeout: 10_000 })
    return stdout.trim() === '' ? undefined : stdout.trim()
  } catch {
    return undefined
  }
}
