/** What is removed from this machine and what is fetched to it, with an engine that is played by a script. */
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { selfId } from '../stack/child.ts'
import { basesOf, imagesOf } from '../stack/container/compose.ts'
import { PACKAGE_VERSION } from '../stack/postgres/binaries.ts'
import { dataFolder } from '../stack/postgres/server.ts'
import { saveStack } from '../stack/registry.ts'
import { clean, planClean } from './clean.ts'
import { type Course, makeCourse } from './fixtures/course.ts'
import { LabBusy, withLabLock } from './lab-lock.ts'
import { pull } from './pull.ts'
import { resetLab } from './reset.ts'
import { takeSnapshot } from './snapshots.ts'

let c: Course
let bin: string
beforeEach(async () => {
  c = await makeCourse()
  bin = path.join(c.root, 'bin')
  await mkdir(bin)
  vi.stubEnv('PATH', '/nonexistent')
  await resetLab(c.context, c.lab, undefined)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await c.remove()
})

/** An engine that answers a call, named by its first words, with a text, and keeps a list of all calls. What it is not told of fails. */
async function engine(answers: Record<string, string>): Promise<void> {
  await writeFile(
    path.join(bin, 'answers.json'),
    JSON.stringify({ version: '28.0.0', 'compose version': '2.30.0', ...answers }),
  )
  const script = `#!${process.execPath}
const fs = require('node:fs')
const words = process.argv.slice(2).join(' ')
fs.appendFileSync(${JSON.stringify(path.join(bin, 'calls'))}, words + '\\n')
const answers = JSON.parse(fs.readFileSync(${JSON.stringify(path.join(bin, 'answers.json'))}, 'utf8'))
const key = Object.keys(answers).filter((k) => words.startsWith(k)).sort((a, b) => b.length - a.length)[0]
if (key === undefined) { process.stderr.write('not played: ' + words + '\\n'); process.exit(1) }
process.stdout.write(answers[key])
`
  await writeFile(path.join(bin, 'docker'), script)
  await chmod(path.join(bin, 'docker'), 0o755)
  vi.stubEnv('PATH', bin)
}
const calls = async () => (await readFile(path.join(bin, 'calls'), 'utf8')).trim().split('\n')
const rows = (...list: string[][]) => list.map((row) => `${row.join('\t')}\n`).join('')
const put = async (file: string) => {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, 'x'.repeat(1_000))
}
const nothing = { 'ps -a': '', 'network ls': '', 'volume ls': '', 'images -q': '' }
const sha = (letter: string) => `sha256:${letter.repeat(64)}`

describe('clean', () => {
  test('removes containers, networks, volumes, images, databases and caches of labs, and nothing that a person wrote', async () => {
    await engine({
      'ps -a': rows(
        ['c1', 'depot-l01-api-1', 'exited', 'depot-l01', c.mine],
        ['c2', 'shop-db-1', 'running', 'shop', '/srv'],
      ),
      'network ls': rows(['n1', 'depot-l01_default', 'depot-l01']),
      'volume ls': rows(['depot-l01_pgdata', 'depot-l01'], ['shop_data', 'shop']),
      'images -q': `${sha('a')}\n${sha('b')}\n${sha('c')}\n${sha('d')}\n`,
      'image inspect --format {{.Id}}': rows(
        [sha('a'), '1000', 'depot-l01', '["depot-l01-api:latest"]'],
        [sha('b'), '1000', 'depot-l01', '[]'],
        [sha('c'), '1000', 'shop', '["shop:latest"]'],
        [sha('d'), '1000', 'depot-l01', '["depot-l01-api:old","my-own-name:1"]'],
      ),
      'rm ': '',
      'network rm': '',
      'volume rm': '',
      'image rm': '',
    })
    const data = dataFolder(c.context.places, 'depot-l01')
    const postgres = path.join(c.context.places.shared, `postgres-${PACKAGE_VERSION}`)
    const { state } = c.context.places
    await put(path.join(data, 'PG_VERSION'))
    await put(path.join(postgres, 'bin', 'postgres'))
    for (const name of ['mirror/x/a', 'verify/a', 'logs/a', 'compile-cache/a', 'postgres-0a1b2c3d/a'])
      await put(path.join(state, name))
    for (const name of ['results/a', 'hints.json', 'state.json', 'progress.json', 'node/a'])
      await put(path.join(state, name))
    const snapshot = await takeSnapshot(c.context, c.lab, undefined)
    const plan = await planClean(c.context)
    expect(plan.running).toEqual([])
    expect(plan.engine.map((t) => `${t.kind} ${t.id.slice(0, 20)}`)).toEqual([
      'container c1',
      'network n1',
      'volume depot-l01_pgdata',
      `image ${sha('a').slice(0, 20)}`,
      `image ${sha('b').slice(0, 20)}`,
    ])
    const result = await clean(c.context, [c.lab], plan)
    expect(result).toEqual({ removed: plan.engine.length + plan.folders.length, failed: [] })
    expect((await calls()).filter((call) => /(^| )rm /.test(call))).toEqual([
      'rm -f -v c1',
      'network rm n1',
      'volume rm depot-l01_pgdata',
      `image rm -f ${sha('a')}`,
      `image rm -f ${sha('b')}`,
    ])
    for (const gone of [
      data,
      postgres,
      ...['mirror', 'verify', 'logs', 'compile-cache', 'postgres-0a1b2c3d'].map((n) => path.join(state, n)),
    ])
      expect(existsSync(gone), gone).toBe(false)
    for (const name of ['results/a', 'hints.json', 'state.json', 'progress.json', 'node/a'])
      expect(existsSync(path.join(state, name)), name).toBe(true)
    expect(await c.read('compose.yaml')).toBeDefined()
    expect(existsSync(path.join(c.root, 'workspace/.snapshots', c.lab.folder, snapshot.name, 'compose.yaml'))).toBe(
      true,
    )
  })
  test('leaves what another checkout on the machine uses', async () => {
    await engine({
      ...nothing,
      'ps -a': rows([
        'c9',
        'depot-l01-api-1',
        'running',
        'depot-l01',
        '/home/other/workbook/workspace/01-password-login',
      ]),
      'volume ls': rows(['depot-l01_pgdata', 'depot-l01'], ['depot-l01-0a1b2c3d_pgdata', 'depot-l01-0a1b2c3d']),
    })
    await put(path.join(c.context.places.shared, 'data', '00000000-depot-l01', 'PG_VERSION'))
    await put(path.join(c.context.places.shared, `postgres-${PACKAGE_VERSION}`, 'bin', 'postgres'))
    const plan = await planClean(c.context)
    expect(plan).toMatchObject({ engine: [], folders: [], running: [] })
    expect(plan.kept.join('\n')).toContain('depot-l01, depot-l01-0a1b2c3d: stacks of other folders on this machine')
    expect(plan.kept.join('\n')).toContain('another checkout on this machine has databases there')
  })
  test('removes nothing while a container runs, or a process of a stack', async () => {
    await engine({ ...nothing, 'ps -a': rows(['c1', 'depot-l01-api-1', 'running', 'depot-l01', c.mine]) })
    await put(path.join(c.context.places.state, 'logs', 'a'))
    const plan = await planClean(c.context)
    expect(plan.running).toEqual(['depot-l01'])
    await expect(clean(c.context, [c.lab], plan)).rejects.toThrow(
      'depot-l01 is running, so nothing is removed. Stop first',
    )
    await engine(nothing)
    expect((await planClean(c.context)).running).toEqual([])
    const { pid, started } = await selfId()
    await saveStack(c.context.places, {
      name: 'depot-l01-run1',
      lab: 'L01',
      transport: 'process',
      dir: c.mine,
      runs: c.mine,
      origin: '',
      env: {},
      digest: '',
      owner: { pid, started },
    })
    await expect(clean(c.context, [c.lab], plan)).rejects.toThrow('depot-l01-run1 is running')
    expect(existsSync(path.join(c.context.places.state, 'logs', 'a'))).toBe(true)
  })
  test('removes nothing while another command changes a lab', async () => {
    await withLabLock(c.context, c.lab, 'start', async () => {
      await expect(clean(c.context, [c.lab], await planClean(c.context))).rejects.toThrow(LabBusy)
    })
  })
  test('says what could not be removed, and goes on', async () => {
    await engine({ ...nothing, 'volume ls': rows(['depot-l01_pgdata', 'depot-l01']) })
    await put(path.join(c.context.places.state, 'logs', 'a'))
    const { failed } = await clean(c.context, [c.lab], await planClean(c.context))
    expect(failed).toEqual(['volume depot-l01_pgdata: not played: volume rm depot-l01_pgdata'])
    expect(existsSync(path.join(c.context.places.state, 'logs', 'a'))).toBe(false)
  })
  test('without an engine: what lies on the disk, and a word about the rest', async () => {
    await put(path.join(c.context.places.state, 'logs', 'a'))
    const plan = await planClean(c.context)
    expect(plan.engine).toEqual([])
    expect(plan.folders.map((f) => [f.kind, path.basename(f.dir), f.bytes])).toEqual([['cache', 'logs', 1_000]])
    expect(plan.kept[0]).toContain('No Docker engine answers')
  })
})

describe('the database of containers at a reset', () => {
  const reset = () => resetLab(c.context, c.lab, undefined)
  const downs = async () => (await calls()).filter((call) => call.includes(' down'))
  test('goes with compose.yaml', async () => {
    await engine({ [`compose --project-directory ${c.mine}`]: '' })
    expect(await reset()).toMatchObject({ reason: 'reset' })
    expect(await downs()).toEqual([`compose --project-directory ${c.mine} -f ${c.mine}/compose.yaml down -v`])
  })
  test('goes by its name where compose.yaml, or course.json, cannot be read', async () => {
    await engine({ 'compose -p depot-l01 down -v': '' })
    await c.put('compose.yaml', 'services: [')
    await c.put('course.json', '{')
    expect(await reset()).toMatchObject({ reason: 'reset' })
    expect((await downs()).at(-1)).toBe('compose -p depot-l01 down -v')
    expect(await c.read('compose.yaml')).toContain('name: depot-l01')
  })
  test('stays where its containers belong to another checkout, and this is said', async () => {
    await engine({
      'ps -a --filter label=com.docker.compose.project=depot-l01 ': '/home/other/workspace/01-password-login\n',
    })
    expect(await reset()).toMatchObject({ reason: 'reset' })
    expect(await downs()).toEqual([])
    expect(c.told.join()).toContain('belong to /home/other/workspace/01-password-login')
  })
  test('that cannot be removed leaves the copy as it is', async () => {
    await engine({})
    await c.put('a.txt', 'mine')
    await expect(reset()).rejects.toThrow('Removing the database of the containers failed')
    expect(await c.read('a.txt')).toBe('mine')
    await takeSnapshot(c.context, c.lab, undefined)
    expect(c.told.join()).not.toContain('interrupted')
  })
})

describe('pull', () => {
  const config = JSON.stringify({
    services: {
      db: { image: 'postgres:17' },
      api: { image: 'depot-l01-pull-api', build: { context: 'api' } },
      migrate: { image: 'depot-l01-pull-api' },
    },
  })
  beforeEach(async () => {
    await put(path.join(c.context.places.shared, `postgres-${PACKAGE_VERSION}`, 'bin', 'postgres'))
  })
  const states = async () =>
    Object.fromEntries((await pull(c.context, [c.lab], () => {})).map((item) => [item.what, item.state]))

  test('fetches nothing that is there, and builds the image for the cache', async () => {
    await engine({
      [`compose -p depot-l01-pull --project-directory ${c.mine} -f ${path.join(c.mine, 'compose.yaml')} config`]:
        config,
      [`compose -p depot-l01-pull --project-directory ${c.mine} -f ${path.join(c.mine, 'compose.yaml')} build`]: '',
      'image inspect --format {{.Size}}': '5000\n',
    })
    expect(await states()).toMatchObject({
      'PostgreSQL for the process transport': 'present',
      'image postgres:17': 'present',
      'image node:24-trixie-slim': 'present',
      'build of L01': 'present',
    })
    expect((await calls()).filter((call) => call.startsWith('pull'))).toEqual([])
  })
  test('says which image cannot be fetched and goes on with the next', async () => {
    await engine({
      [`compose -p depot-l01-pull --project-directory ${c.mine} -f ${path.join(c.mine, 'compose.yaml')} config`]:
        config,
      'pull -q postgres:17': '',
    })
    expect(await states()).toMatchObject({ 'image postgres:17': 'fetched', 'image node:24-trixie-slim': 'missing' })
    expect((await calls()).some((call) => call.endsWith(' build'))).toBe(false)
  })
  test('a copy in Python gets its packages, once; without Python they are missing, and what to do is told', async () => {
    await c.put('course.json', '{"track":"fastapi"}')
    await c.put('api/requirements.txt', 'fastapi==1\n')
    vi.stubEnv('WORKBOOK_PYTHON', path.join(c.root, 'none'))
    const [item] = (await pull(c.context, [c.lab], () => {})).filter((i) => i.what === 'Python packages of L01')
    expect(item).toMatchObject({ state: 'missing', fix: expect.stringContaining('Install Python') })
    const python = path.join(c.root, 'python')
    await writeFile(
      python,
      `#!/bin/sh\ncase "$*" in -I*) echo '["${python}",[3,12,1],true]';; "-m venv "*) /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python";; esac\n`,
    )
    await chmod(python, 0o755)
    vi.stubEnv('WORKBOOK_PYTHON', python)
    expect(await states()).toMatchObject({ 'Python packages of L01': 'fetched' })
    expect(await states()).toMatchObject({ 'Python packages of L01': 'present' })
  })
  test('without an engine the images are not needed', async () => {
    expect(await states()).toMatchObject({ 'container images': 'not-needed' })
  })
})

describe('the images of a lab', () => {
  test('those of FROM: no earlier stage, no argument', () => {
    const text =
      'ARG V=1\nFROM --platform=linux/amd64 node:24 AS Build\nfrom build as next\nFROM scratch\nFROM x:$V\n# FROM y\nFROM nginx:1.28\n'
    expect(basesOf(text)).toEqual(['node:24', 'nginx:1.28'])
  })
  test('those of services, without what the lab builds itself', async () => {
    const services = {
      db: { image: 'postgres:17' },
      api: { image: 'mine', build: { context: 'api' } },
      migrate: { image: 'mine' },
    }
    expect(await imagesOf(c.mine, { services })).toEqual(['node:24-trixie-slim', 'postgres:17'])
  })
})
