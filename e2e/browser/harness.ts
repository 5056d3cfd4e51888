/** Runs in a bare page: labs in the sandbox, driven by the tests. `checksOf` is set by the script that imports this one. */

import type { RunFiles } from '../../workbook/browser/bundle.ts'
import { Data } from '../../workbook/browser/host/data.ts'
import { gradeInPage } from '../../workbook/browser/host/grade.ts'
import { Program, ProgramFailed } from '../../workbook/browser/host/program.ts'
import { openSandbox } from '../../workbook/browser/host/sandbox.ts'
import { type PageLab, StackFailed } from '../../workbook/browser/host/stack.ts'
import type { Files } from '../../workbook/browser/protocol.ts'
import type { CourseJson } from '../../workbook/catalog/index.ts'
import type { AnyCheck } from '../../workbook/grader/core/check.ts'
import type { CheckResult } from '../../workbook/grader/core/verdict.ts'

declare const checksOf: Record<string, AnyCheck[]>

const base = new URL('/_run/', location.href)
const names: Promise<RunFiles> = fetch(new URL('names.json', base)).then((r) => r.json())
const text = async (name: string) => (await fetch(new URL(name, base))).text()
const bytes = async (name: string) => (await fetch(new URL(name, base))).arrayBuffer()

const sandbox = names.then(({ frame }) => openSandbox(new URL(frame, base).href))

async function runtime() {
  const { program, small, data, wasm, initdb, share, cluster, lua } = await names
  const [box, one, two, ...postgres] = await Promise.all([
    sandbox,
    text(program),
    text(data),
    bytes(wasm),
    bytes(initdb),
    bytes(share),
    bytes(cluster),
    bytes(lua),
  ])
  const [w, i, s, c, l] = postgres as [ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer]
  return {
    sandbox: box,
    scripts: { program: one, data: two },
    postgres: { wasm: w, initdb: i, share: s, cluster: c },
    lua: l,
    small: await text(small),
  }
}
const ready = runtime()

export interface Graded {
  results: CheckResult[]
  failed?: { message: string; log: readonly string[] }
  ms: number
}

/** Grades a program under some checks of a lab. */
async function grade(lab: PageLab, files: Files, ids: string[], seed: string): Promise<Graded> {
  const checks = checksOf[lab.id]?.filter((check) => ids.includes(check.id)) ?? []
  const course = JSON.parse(files['course.json'] ?? '{}') as CourseJson
  const started = performance.now()
  const results: CheckResult[] = []
  try {
    await gradeInPage({
      runtime: await ready,
      lab,
      files,
      checks,
      course,
      seed,
      signal: new AbortController().signal,
      onResult: (result) => results.push(result),
    })
    return { results, ms: performance.now() - started }
  } catch (error) {
    if (!(error instanceof StackFailed)) throw error
    return { results, failed: { message: error.message, log: error.log }, ms: performance.now() - started }
  }
}

/** One program without services; what it says and does within a time. */
async function run(files: Files, entry: string, call?: { name: string; args: unknown[]; ms: number }) {
  const { sandbox: box, scripts } = await ready
  const lines: string[] = []
  let dropped = 0
  const program = new Program({
    sandbox: box,
    script: scripts.program,
    name: 'test',
    spec: { files, entry, cwd: '/app', env: {}, services: [] },
    dial: () => {},
    onLines: (some, lost) => {
      lines.push(...some)
      dropped += lost
    },
  })
  try {
    await program.within(program.ran, 15_000)
    const value = call === undefined ? undefined : await program.call(call.name, call.args, call.ms)
    return { value, lines, dropped }
  } catch (error) {
    const { name, message } = error as Error
    return {
      error: { name, message, ...(error instanceof ProgramFailed ? { trouble: error.trouble } : {}) },
      lines,
      dropped,
    }
  } finally {
    program.end()
  }
}

Object.assign(globalThis, { grade, run, ready, Data })
