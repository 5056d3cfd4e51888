import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withLock } from './lock.ts'
import { parseProgress } from './parse.ts'
import { lessonSeen } from './record.ts'
import { emptyProgress, PROGRESS_SCHEMA } from './schema.ts'
import { backupOf, readProgress, updateProgress } from './store.ts'

/** So often the writer is killed. */
const KILLS = Number(process.env.PROGRESS_KILLS ?? 20)
const COUNTER = '/kill/counter/'
const T = '2026-11-22T10:00:00.000Z'

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'progress-'))
  file = path.join(dir, 'workspace', 'progress.json')
})
afterEach(async () => {
  await chmod(path.join(dir, 'workspace'), 0o755).catch(() => {})
  await rm(dir, { recursive: true, force: true })
})

const see = (page: string) => updateProgress(file, (p) => lessonSeen(p, page, T))
const pagesOf = async () => Object.keys((await readProgress(file)).progress.lessons).sort()
const names = async () => (await readdir(path.dirname(file))).sort()

function writer(...words: string[]) {
  const script = fileURLToPath(new URL('./fixtures/writer.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, file, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk
  })
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const first = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
  const last = () => Number(said.trim().split('\n').at(-1) ?? 0)
  return { child, closed, first: Promise.race([first, closed]), last, errors: () => errors }
}

describe('reading and writing', () => {
  test('no file is no progress, and reading makes none', async () => {
    expect(await readProgress(file)).toEqual({ progress: emptyProgress(), notes: [] })
    expect(existsSync(path.dirname(file))).toBe(false)
  })
  test('a change is there for the next reader; the version before it is the backup', async () => {
    await see('/a/one/')
    await see('/a/two/')
    expect(await pagesOf()).toEqual(['/a/one/', '/a/two/'])
    expect(Object.keys(JSON.parse(await readFile(backupOf(file), 'utf8')).lessons)).toEqual(['/a/one/'])
    expect(await names()).toEqual(['progress.backup.json', 'progress.json', 'progress.lock'])
  })
  test('a change that changes nothing leaves file and backup alone', async () => {
    await see('/a/one/')
    await see('/a/two/')
    const backup = await readFile(backupOf(file), 'utf8')
    await updateProgress(file, (p) => structuredClone(p))
    expect(await readFile(backupOf(file), 'utf8')).toBe(backup)
  })
  test('fields of a later workbook of the same schema outlive a change', async () => {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, JSON.stringify({ ...emptyProgress(), mood: 'good' }))
    await see('/a/one/')
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ mood: 'good', lessons: { '/a/one/': {} } })
  })
})

describe('a file that cannot be read', () => {
  const bad: [string, (whole: string) => string][] = [
    ['cut in half', (whole) => whole.slice(0, whole.length / 2)],
    ['empty', () => ''],
    ['no JSON', () => 'not json at all'],
    ['other JSON', () => '[1, 2]'],
    [
      'of a wrong shape',
      () => JSON.stringify({ ...emptyProgress(), lessons: { '/a/one/': { firstSeen: 'yesterday' } } }),
    ],
  ]
  test.each(bad)('%s: the version before is used, the file is kept, and both are said', async (_name, spoil) => {
    await see('/a/one/')
    await see('/a/two/')
    const spoilt = spoil(await readFile(file, 'utf8'))
    await writeFile(file, spoilt)
    const read = await readProgress(file)
    expect(Object.keys(read.progress.lessons)).toEqual(['/a/one/'])
    expect(read.notes.join(' ')).toMatch(
      /progress\.json cannot be read \(.+\): your progress comes from progress\.backup\.json/,
    )
    // Reading changes nothing.
    expect(await readFile(file, 'utf8')).toBe(spoilt)

    const { notes } = await see('/a/three/')
    expect(await pagesOf()).toEqual(['/a/one/', '/a/three/'])
    const kept = (await names()).find((name) => name.startsWith('progress.unreadable-')) ?? ''
    expect(await readFile(path.join(path.dirname(file), kept), 'utf8')).toBe(spoilt)
    expect(notes.join(' ')).toContain(kept)
  })
  test('and its backup too: begins anew, and both are kept', async () => {
    await see('/a/one/')
    await see('/a/two/')
    await writeFile(file, '{')
    await writeFile(backupOf(file), '{{')
    expect((await readProgress(file)).notes.join(' ')).toContain('begins anew')
    await see('/a/three/')
    await see('/a/four/')
    expect(await pagesOf()).toEqual(['/a/four/', '/a/three/'])
    const kept = (await names()).filter((name) => name.includes('unreadable'))
    const texts = await Promise.all(kept.map((name) => readFile(path.join(path.dirname(file), name), 'utf8')))
    expect(texts.sort()).toEqual(['{', '{{'])
  })
  test('removed: the version before is used, and this is said', async () => {
    await see('/a/one/')
    await see('/a/two/')
    await rm(file)
    expect(await readProgress(file)).toMatchObject({ notes: [expect.stringContaining('progress.json is gone')] })
    await see('/a/three/')
    expect(await pagesOf()).toEqual(['/a/one/', '/a/three/'])
  })
})

test('a version to keep is kept, also where only the one before is there', async () => {
  const kept = path.join(dir, 'workspace', 'kept.json')
  await see('/a/one/')
  await see('/a/two/')
  for (const expected of [['/a/one/', '/a/two/'], ['/a/one/']]) {
    await updateProgress(file, () => emptyProgress(), { keep: kept })
    expect(Object.keys(JSON.parse(await readFile(kept, 'utf8')).lessons).sort()).toEqual(expected)
    await rm(file)
    await writeFile(backupOf(file), JSON.stringify(lessonSeen(emptyProgress(), '/a/one/', T)))
  }
})

describe('a file of a newer workbook', () => {
  const newer = JSON.stringify({ schema: PROGRESS_SCHEMA + 1, moods: [] })
  test('is refused and never written over', async () => {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, newer)
    await expect(readProgress(file)).rejects.toThrow(/written by a newer workbook \(schema 2; this one knows 1\)/)
    await expect(see('/a/one/')).rejects.toThrow('newer workbook')
    expect(await readFile(file, 'utf8')).toBe(newer)
  })
  test('neither where only its backup is whole', async () => {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, '{')
    await writeFile(backupOf(file), newer)
    await expect(see('/a/one/')).rejects.toThrow('progress.backup.json was written by a newer workbook')
    expect([await readFile(file, 'utf8'), await readFile(backupOf(file), 'utf8')]).toEqual(['{', newer])
  })
})

describe('a folder that cannot be written', () => {
  test('is told in a sentence', async () => {
    // A file where the folder belongs: refused to root as well.
    await writeFile(path.join(dir, 'workspace'), '')
    await expect(see('/a/one/')).rejects.toThrow(/^Your progress cannot be written in workspace\/ \(/)
  })
  test.skipIf(process.getuid?.() === 0)('because it is read-only: in a sentence, and nothing changes', async () => {
    await see('/a/one/')
    const before = await readFile(file, 'utf8')
    await chmod(path.dirname(file), 0o555)
    await expect(see('/a/two/')).rejects.toThrow('Your progress cannot be written in workspace/')
    expect(await readFile(file, 'utf8')).toBe(before)
  })
  test('because a folder has its name: in a sentence', async () => {
    await mkdir(file, { recursive: true })
    await expect(see('/a/one/')).rejects.toThrow('progress.json cannot be opened (EISDIR).')
  })
})

describe('several at once', () => {
  test('changes of one process come one after another', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => see(`/a/page-${i}/`)))
    expect((await pagesOf()).length).toBe(30)
  })
  test('two processes lose no update of each other', async () => {
    const both = [writer('50'), writer('50')]
    expect(await Promise.all(both.map((w) => w.closed))).toEqual([0, 0])
    expect((await readProgress(file)).progress.lessons[COUNTER]?.heading).toBe('100')
  })
  test('whoever does not let go is not waited for without end', async () => {
    const lock = path.join(dir, 'x.lock')
    await withLock(lock, async () => {
      await expect(withLock(lock, async () => 'in', 100)).rejects.toThrow(
        'Another command has been writing your progress',
      )
    })
    expect(await withLock(lock, async () => 'in', 100)).toBe('in')
  })
})

test(`kill -9 at ${KILLS} random moments: every file can be read, and no acknowledged change is lost`, {
  timeout: 20_000 + KILLS * 3_000,
}, async () => {
  let killed = 0
  for (let i = 0; i < KILLS; i++) {
    const running = writer('100000', 'pages')
    await running.first
    await sleep(Math.random() * 40)
    running.child.kill('SIGKILL')
    await running.closed
    expect(running.errors()).toBe('')
    if (running.child.signalCode === 'SIGKILL') killed++
    // What lies there is whole, without help from the backup.
    const { progress, notes } = await readProgress(file)
    expect(notes).toEqual([])
    expect(Number(progress.lessons[COUNTER]?.heading)).toBeGreaterThanOrEqual(running.last())
    expect(running.last()).toBeGreaterThan(0)
    if (existsSync(backupOf(file))) expect(parseProgress(await readFile(backupOf(file), 'utf8')).kind).toBe('good')
  }
  expect(killed).toBe(KILLS)
  // Nothing piles up, and the next change goes through.
  await see('/a/after/')
  expect((await names()).filter((name) => name.endsWith('.json'))).toEqual(['progress.backup.json', 'progress.json'])
  expect((await names()).length).toBeLessThanOrEqual(5)
})
