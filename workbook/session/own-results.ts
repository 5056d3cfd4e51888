/** What is known of each check on the learner's own copy, from the results that are kept. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import { readJson } from '../stack/files.ts'
import { type Context, workspaceOf } from './context.ts'
import { RESULT_SCHEMA, type RunReport } from './report.ts'

/** The newest verdict of a check, and the run that it is of. */
export interface OwnResult {
  result: CheckResult
  /** When the run ended, ISO 8601. */
  at: string
  transport: RunReport['transport']
  seed: string
}

/** Reads the kept results of one lab. Runs of other folders and of servers behind --url are kept beside them, and are none of the learner's copy. */
export class OwnResults {
  readonly #folder: string
  readonly #target: string
  #read: { stamp: string; results: OwnResult[] } | undefined

  constructor(context: Context, lab: Lab) {
    this.#folder = path.join(context.places.state, 'results', lab.folder)
    this.#target = path.relative(context.root, workspaceOf(context.root, lab))
  }

  /** Changes with each result that is kept; empty where there is none. */
  async stamp(): Promise<string> {
    return (await this.#names()).at(-1) ?? ''
  }

  /** Files by time, the newest last. Not `latest.json`, which is written before the file that is read here. */
  async #names(): Promise<string[]> {
    return (await readdir(this.#folder).catch(() => [])).filter((name) => /^\d{4}-.*\.json$/.test(name)).sort()
  }

  /** The newest verdict of each check, in no order. */
  async all(): Promise<OwnResult[]> {
    const names = await this.#names()
    const stamp = names.at(-1) ?? ''
    if (this.#read?.stamp === stamp) return this.#read.results
    const found = new Map<string, OwnResult>()
    for (const name of names.reverse()) {
      const report = await readJson<RunReport>(path.join(this.#folder, name))
      if (report?.schema !== RESULT_SCHEMA || report.target !== this.#target) continue
      const { transport, seed } = report
      for (const result of report.checks)
        if (!found.has(result.id)) found.set(result.id, { result, at: timeOf(name), transport, seed })
    }
    const results = [...found.values()]
    this.#read = { stamp, results }
    return results
  }
}

/** A file of the kept results is named by its time, with hyphens where file systems take no colons. */
const timeOf = (name: string) => name.replace(/\.json$/, '').replace(/T(\d\d)-(\d\d)-(\d\d)/, 'T$1:$2:$3')
