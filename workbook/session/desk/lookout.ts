/** Keeps an eye on a lab while a page looks at it: its stack, its log, its last result, whoever changes them. */
import path from 'node:path'
import type { Lab } from '../../catalog/index.ts'
import { engineVersion } from '../../stack/container/docker.ts'
import { courseOf } from '../../stack/course.ts'
import { followLogs } from '../../stack/follow.ts'
import { isEmptyFolder } from '../../workspace/materialise.ts'
import { type Context, stackName, workspaceOf } from '../context.ts'
import { statusOf } from '../labs.ts'
import { OwnResults } from '../own-results.ts'
import { filesBehind } from '../update.ts'
import type { Activity, LabEvent, LabState } from './protocol.ts'
import { isKnown } from './translate.ts'
import { within } from './within.ts'

/** Between two looks. One at containers costs several processes. */
const PULSE_MS = { process: 2_000, container: 5_000 } as const
/** The engine is asked for no more often than this. */
const ENGINE_MS = 15_000
/** A course changes when somebody updates it: rarely. The look reads the whole copy. */
const BEHIND_MS = 60_000
/** After so long a look is told without what it waits for: an engine that hangs answers nothing, not even an error. */
const LOOK_MS = 6_000
/** How long the next one waits for the same. */
const AGAIN_MS = 500

const late = `The look at the stack takes longer than ${LOOK_MS / 1000} s: Docker hangs or is very busy. What is shown of it may be old. In a terminal, docker ps shows whether it answers.`

/** What only the engine and the services can tell. */
type Seen = Pick<LabState, 'stack' | 'would' | 'trouble'>

export class Lookout {
  readonly #context: Context
  readonly #lab: Lab
  readonly #activity: () => Activity | undefined
  readonly #tell: (event: LabEvent) => void
  readonly #listeners = new Set<(state: LabState) => void>()
  readonly #results: OwnResults
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<LabState> | undefined
  #told = ''
  #followed: { key: string; stop: AbortController } | undefined
  #seen: Seen = { would: { transport: 'process', why: 'Docker has not answered yet.' } }
  #under: { since: number; seen: Promise<Seen> } | undefined
  #engine: { at: number; version: Promise<string | undefined> } | undefined
  #behind: { at: number; files: Promise<number> } | undefined
  #closed = false

  constructor(context: Context, lab: Lab, activity: () => Activity | undefined, tell: (event: LabEvent) => void) {
    this.#context = context
    this.#lab = lab
    this.#results = new OwnResults(context, lab)
    this.#activity = activity
    this.#tell = tell
  }

  /** Looks now. Two at once share one look. */
  state(): Promise<LabState> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Is told each state that differs from the one before. Gives the way to end it; the last one to go turns out the light. */
  join(onState: (state: LabState) => void): () => void {
    this.#listeners.add(onState)
    if (this.#listeners.size === 1) void this.refresh()
    return () => {
      this.#listeners.delete(onState)
      if (this.#listeners.size === 0) this.#rest()
    }
  }

  /** Looks, tells what changed, and looks again after a while if somebody listens. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer)
    // What was begun before something changed must not be the answer.
    await this.#looking?.catch(() => {})
    const state = await this.state().catch(() => undefined)
    if (this.#listeners.size === 0 || this.#closed) return
    if (state !== undefined) {
      this.#follow(state)
      const text = JSON.stringify(state)
      if (text !== this.#told) {
        this.#told = text
        for (const listener of this.#listeners) listener(state)
      }
    }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.refresh(), PULSE_MS[state?.stack?.transport ?? 'process'])
  }

  /** The newest verdict of each check. */
  results() {
    return this.#results.all()
  }

  close(): void {
    this.#closed = true
    this.#rest()
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#followed?.stop.abort()
    this.#followed = undefined
    this.#told = ''
  }

  async #look(): Promise<LabState> {
    const { root } = this.#context
    const lab = this.#lab
    const dir = workspaceOf(root, lab)
    const exists = !(await isEmptyFolder(dir))
    const [seen, results, course, behind] = await Promise.all([
      this.#lookAtStack(),
      this.#results.stamp(),
      exists ? courseOf(dir).catch(() => undefined) : undefined,
      exists ? this.#filesBehind() : 0,
    ])
    const activity = this.#activity()
    return {
      lab: { id: lab.id, title: lab.title, tracks: [...lab.tracks] },
      copy: {
        exists,
        path: path.relative(root, dir).split(path.sep).join('/'),
        ...(course === undefined ? {} : { track: course.track }),
        ...(behind === 0 ? {} : { behind }),
      },
      ...seen,
      ...(activity === undefined ? {} : { activity: { ...activity } }),
      results,
    }
  }

  async #filesBehind(): Promise<number> {
    if (this.#behind === undefined || Date.now() - this.#behind.at > BEHIND_MS)
      this.#behind = { at: Date.now(), files: filesBehind(this.#context, this.#lab).catch(() => 0) }
    return this.#behind.files
  }

  /** Within the deadline. What hangs is not begun a second time: the next look waits for the same. */
  async #lookAtStack(): Promise<Seen> {
    this.#under ??= {
      since: Date.now(),
      seen: this.#see().finally(() => {
        this.#under = undefined
      }),
    }
    const { since, seen } = this.#under
    const now = await within(seen, Math.max(AGAIN_MS, since + LOOK_MS - Date.now()))
    if (now !== undefined) this.#seen = now
    // Also when it came in the end: the next one may take as long, and a sentence that comes and goes is none.
    return Date.now() - since < LOOK_MS ? this.#seen : { ...this.#seen, trouble: late }
  }

  async #see(): Promise<Seen> {
    const [status, would] = await Promise.all([
      statusOf(this.#context, this.#lab).catch((error: unknown) => {
        if (!isKnown(error)) throw error
        return { trouble: (error as Error).message }
      }),
      this.#would(),
    ])
    if ('trouble' in status) return { ...this.#seen, would, trouble: status.trouble }
    if (status.transport === undefined) return { would }
    return {
      stack: {
        transport: status.transport,
        byHand: status.origin === undefined,
        services: status.services as NonNullable<LabState['stack']>['services'],
        ...(status.origin === undefined ? {} : { origin: status.origin }),
      },
      would,
    }
  }

  async #would(): Promise<LabState['would']> {
    if (this.#engine === undefined || Date.now() - this.#engine.at > ENGINE_MS)
      this.#engine = { at: Date.now(), version: engineVersion() }
    const version = await this.#engine.version
    return version === undefined
      ? { transport: 'process', why: 'Docker does not answer here, so the lab runs as processes of this machine.' }
      : { transport: 'container', why: `Docker answers (engine ${version}).` }
  }

  #follow({ stack }: LabState): void {
    const name = stackName(this.#context.root, this.#lab, workspaceOf(this.#context.root, this.#lab))
    const key = stack === undefined ? '' : `${stack.transport} ${stack.origin ?? ''}`
    if (this.#followed?.key === key) return
    this.#followed?.stop.abort()
    this.#followed = undefined
    if (stack === undefined) return
    const stop = new AbortController()
    this.#followed = { key, stop }
    let fresh = true
    void followLogs(
      this.#context.places,
      { name, transport: stack.transport },
      (lines) => {
        this.#tell({ type: 'log', lines, ...(fresh ? { fresh: true as const } : {}) })
        fresh = false
      },
      stop.signal,
    )
  }
}
