/** A learner's machine for one test: a checkout of its own with an empty workspace, and the workbook serving it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test as base } from '@playwright/test'
import { findLab } from '../../workbook/catalog/index.ts'
import { freePort } from '../../workbook/doctor/ports.ts'
import { contextOf } from '../../workbook/session/context.ts'
import { stopLab } from '../../workbook/session/labs.ts'
import type { RunReport } from '../../workbook/session/report.ts'
import { makeHome } from '../../workbook/verify/checkout.ts'
import { buildState } from '../../workbook/workspace/materialise.ts'
import { dist, root } from '../pages.ts'

export interface Learner {
  /** `http://127.0.0.1:…` of the workbook. */
  origin: string
  /** Absolute path of a file in the copy of L01. */
  file: (name: string) => string
  /** Files in which reference and starter differ. */
  differing: () => string[]
  /** Writes the reference's files over the copy, as somebody who works in an editor does. */
  solve: () => Promise<void>
  /** The newest result that was kept. */
  lastReport: () => Promise<RunReport>
  /** Ends the workbook: as Ctrl-C does, or as a crash. */
  stop: (how: 'SIGTERM' | 'SIGKILL') => Promise<void>
  /** Starts it again, at the same address. */
  start: () => Promise<void>
}

export const test = base.extend<{ learner: Learner }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's needs from this pattern
  learner: async ({}, use) => {
    const home = makeHome()
    const port = await freePort()
    const lab = await findLab(home, 'L01')
    const workspace = path.join(home, 'workspace', lab.folder)
    const [starter, solution] = await Promise.all(
      (['starter', 'solution'] as const).map((kind) => buildState(home, lab, { kind }, 'express')),
    )
    const text = (name: string) => solution?.get(name)?.content.toString('utf8')
    const names = new Set([...(starter?.keys() ?? []), ...(solution?.keys() ?? [])])
    const differing = [...names].filter((name) => text(name) !== starter?.get(name)?.content.toString('utf8'))
    let child: ChildProcess | undefined
    const start = async () => {
      child = spawn(
        process.execPath,
        [
          '--disable-warning=ExperimentalWarning',
          path.join(root, 'e2e', 'journeys', 'serve.ts'),
          home,
          dist,
          String(port),
        ],
        // Each journey has ports of its own: two run at once.
        { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, API_PORT: String(await freePort()) } },
      )
      const ready = child
      await new Promise<void>((resolve, reject) => {
        ready.stdout?.once('data', () => resolve())
        ready.once('exit', (code) => reject(new Error(`the workbook ended with ${code}`)))
      })
    }
    const stop = async (how: 'SIGTERM' | 'SIGKILL') => {
      const ending = child
      child = undefined
      if (ending === undefined || ending.exitCode !== null) return
      const gone = new Promise((resolve) => ending.once('exit', resolve))
      ending.kill(how)
      await gone
    }
    await start()
    await use({
      origin: `http://127.0.0.1:${port}`,
      file: (name) => path.join(workspace, name),
      differing: () => differing,
      async solve() {
        for (const name of differing) {
          const file = path.join(workspace, name)
          const content = text(name)
          await mkdir(path.dirname(file), { recursive: true })
          if (content === undefined) await rm(file)
          else await writeFile(file, content)
        }
      },
      lastReport: async () =>
        JSON.parse(await readFile(path.join(home, '.workbook', 'results', lab.folder, 'latest.json'), 'utf8')),
      stop,
      start,
    })
    await stop('SIGTERM')
    const context = await contextOf(home, new AbortController().signal, () => {})
    await stopLab(context, lab)
    await rm(home, { recursive: true, force: true })
  },
})

export { expect } from '@playwright/test'
