/** The agent in Node, by the interface of a WebContainer: what differs from the real one is who starts the process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadExercise } from '../../catalog/index.ts'
import { gradeExercise } from '../../grader/index.ts'
import { loadExerciseChecks } from '../../grader/load.ts'
import { bundleAgent } from '../bundle.ts'
import { callOf } from '../host/calls.ts'
import { Endless, Program, ProgramFailed } from '../host/program.ts'
import { linesOf, NEWS, ORDERS, readerOf } from './lines.ts'
import { type Container, containerSandbox } from './sandbox.ts'

describe('a message', () => {
  const there = (value: unknown, change = (text: string) => text): unknown[] => {
    const got: unknown[] = []
    const take = readerOf(ORDERS, (one) => got.push(one))
    const text = change(linesOf(ORDERS, 7, value).join(''))
    // In pieces that end anywhere.
    for (let i = 0; i < text.length; i += 333) take(text.slice(i, i + 333))
    return got
  }

  test.each([
    ['nothing', undefined],
    ['numbers that JSON does not have', [Number.NaN, -0, Number.POSITIVE_INFINITY, 12n]],
    ['a date', new Date(1_700_000_000_000)],
    ['bytes', new Uint8Array([0, 1, 255])],
    ['a map and a set', new Map([['a', new Set([1, undefined])]])],
    ['characters of every kind', 'é 日 \u{1f511} \u0001< \n \r \u2028 "\\'],
    ['what is long', { text: 'x é '.repeat(3_000) }],
    ['a field without a value', { a: undefined, b: null }],
  ])('comes whole: %s', (_, value) => {
    expect(there(value)).toStrictEqual([value])
  })

  test('comes whole through a terminal that echoes and ends lines in two characters', () => {
    const value = { text: 'y'.repeat(5_000) }
    expect(there(value, (text) => `${linesOf(NEWS, 1, 'echo').join('')}$ ${text.replaceAll('\n', '\r\n')}`)).toEqual([
      value,
    ])
  })

  test('is of lines that a terminal takes, in ASCII', () => {
    for (const line of linesOf(NEWS, 1, 'é'.repeat(9_000))) {
      expect(line.length).toBeLessThan(1_000)
      expect(line.startsWith(NEWS)).toBe(true)
      expect(line.slice(NEWS.length)).toMatch(/^[\x20-\x7e]+\n$/)
    }
  })

  test('keeps what an error is', () => {
    const [error] = there(new RangeError('too much')) as [Error]
    expect([error.name, error.message]).toEqual(['RangeError', 'too much'])
  })

  test('is refused as postMessage refuses it', () => {
    for (const value of [() => {}, { deep: [Symbol('x')] }]) {
      let name = ''
      try {
        linesOf(NEWS, 1, value)
      } catch (error) {
        name = (error as Error).name
      }
      expect(name).toBe('DataCloneError')
    }
  })
})

describe('a program in Node', () => {
  let folder = ''
  let agent = ''
  const children: ChildProcess[] = []
  const container: Container = {
    mount: async (tree) => {
      for (const [name, { file }] of Object.entries(tree)) await writeFile(path.join(folder, name), file.contents)
    },
    spawn: async (command, args) => {
      const child = spawn(command === 'node' ? process.execPath : command, args, { cwd: folder })
      children.push(child)
      const output = Readable.toWeb(child.stdout).pipeThrough(new TextDecoderStream() as never)
      return {
        exit: new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 137))),
        input: Writable.toWeb(child.stdin) as WritableStream<string>,
        output: output as ReadableStream<string>,
        kill: () => void child.kill('SIGKILL'),
      }
    },
    teardown: () => {},
  }
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'container-'))
    agent = await bundleAgent()
  }, 60_000)
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  const start = (files: Record<string, string>, entry = Object.keys(files)[0] ?? '') =>
    new Program({
      sandbox: containerSandbox(container),
      script: agent,
      name: 'test',
      spec: { files, entry, cwd: '/app', env: {}, services: [] },
      dial: () => {},
    })

  test.each([
    ['X1.3', 'jwt-policy'],
    ['X1.4', 'rotation-timeline'],
  ])('%s has the verdicts that it has elsewhere: its solution, and its starter', async (_, slug) => {
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    const exercise = await loadExercise(root, slug)
    const checks = await loadExerciseChecks(exercise)
    const graded = async (state: string) => {
      const files = Object.fromEntries(
        await Promise.all(
          exercise.files.map(
            async (name) => [name, await readFile(path.join(exercise.dir, state, name), 'utf8')] as const,
          ),
        ),
      )
      const program = start(files)
      await program.ran
      const told: string[] = []
      for await (const { id, verdict, failure } of gradeExercise(checks, callOf(program, 5_000), '7f3a19'))
        told.push(`${id} ${verdict} ${failure?.diagnosis ?? ''}`.trim())
      program.end()
      return told
    }
    expect(await graded('solution')).toEqual(checks.map(({ id }) => `${id} pass`))
    const starter = await graded('starter')
    expect(starter[0]).toMatch(/ pass$/)
    expect(starter.filter((one) => one.includes(' fail '))).not.toEqual([])
    expect(starter.filter((one) => !/ (pass|fail|blocked)\b/.test(one))).toEqual([])
  })

  test('has Node’s own modules', async () => {
    const program = start({
      'a.ts': `import { createSign, generateKeyPairSync } from 'node:crypto'
export const signed = () => createSign('sha256').update('x').sign(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey).length`,
    })
    await program.ran
    expect(await program.call('signed', [], 5_000)).toEqual({ value: 256 })
    program.end()
  })

  test('prints into the log, and its errors have the places of its own files', async () => {
    const program = start({
      'a.ts': `console.log('one\\ntwo', { three: 3 })\nexport function f() {\n  throw new Error('no')\n}`,
    })
    await program.ran
    expect(program.lines).toEqual(['one', 'two { three: 3 }'])
    expect(await program.call('f', [], 5_000)).toEqual({
      thrown: { name: 'Error', message: 'no', stack: ['at f (/app/a.ts:3:9)'] },
    })
    program.end()
  })

  test.each([
    ['a mistake', 'export const a: = 1', { kind: 'syntax', line: 1 }],
    ['a module that is not there', `import x from 'lodash'`, { kind: 'unknown-import' }],
    ['an error at the top', `const a = 1\nthrow new Error('oh')`, { kind: 'threw', line: 2, message: 'Error: oh' }],
    ['its own end', 'process.exit(3)', { kind: 'threw', message: 'the program ended with exit code 3' }],
  ])('that does not run says why: %s', async (_, text, trouble) => {
    const program = start({ 'a.ts': text })
    const error = await program.ran.catch((one: unknown) => one)
    expect(error).toBeInstanceOf(ProgramFailed)
    expect((error as ProgramFailed).trouble).toMatchObject(trouble)
  })

  test('that never ends is ended', async () => {
    const program = start({ 'a.ts': 'export const f = () => { while (true) {} }' })
    await program.ran
    await expect(program.call('f', [], 500)).rejects.toBeInstanceOf(Endless)
    const child = children.at(-1)
    await expect.poll(() => child?.signalCode).toBe('SIGKILL')
  })

  test('that is not there says what the process said', async () => {
    const program = new Program({
      sandbox: containerSandbox(container),
      script: 'console.log("no agent"); process.exit(9)',
      name: 'test',
      spec: { files: {}, entry: 'a.ts', cwd: '/app', env: {}, services: [] },
      dial: () => {},
    })
    await expect(program.ran).rejects.toThrow('the process ended with exit code 9: no agent')
  })
})
