/** A running lab, the same to everybody whatever it runs on. */
import type { Lab, Settings as SettingsData } from '../catalog/index.ts'
import type { Attacker } from './attacker.ts'

export type Transport = 'container' | 'process'

/** The state of one service, for status and preflight. */
export interface ServiceState {
  name: string
  state: 'healthy' | 'running' | 'starting' | 'unhealthy' | 'exited' | 'missing'
  /** Extra words: an exit code, a port. */
  detail?: string
}

/** One line-oriented SQL connection: each call runs one statement and gives its rows. */
export interface SqlConnection {
  query(text: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** An answer of Redis. An error is thrown instead. */
export type RedisReply = string | number | null | RedisReply[]

/** The grader's own way to a Redis: to look into it, and to hold back whoever writes. */
export interface RedisAccess {
  /** Sends one command; the gate does not hold it. @throws Error with the words of an error reply */
  send(...words: string[]): Promise<RedisReply>
  /** Holds back every command that may write, until `open`; by itself it opens after a few seconds. Always true: it is there. */
  shut(): Promise<boolean>
  /** How many connections are held back now. */
  waiting(): Promise<number>
  open(): Promise<void>
  close(): Promise<void>
}

export interface Stack {
  readonly transport: Transport
  /** Compose project or process group name: `depot-l01`. */
  readonly name: string
  /** The folder whose code runs. */
  readonly dir: string
  /** Digest of the folder when the program was started; empty where it is not known. */
  readonly digest: string
  /** `http://127.0.0.1:3000` */
  readonly origin: string
  /** Addresses of the programs of the API one by one; the origin alone where there is one program. */
  readonly replicas: readonly string[]
  /** Environment of the API that the grader relies on. */
  readonly env: Readonly<Record<string, string>>
  /** Path of the blocklist in force on this machine, when known. */
  readonly blocklistFile: string | undefined
  /** Folder of the signing keys in force on this machine, where the settings have one. */
  readonly keysDir: string | undefined
  services(): Promise<ServiceState[]>
  /** Connection as owner of the database, out of the checks' reach. */
  owner(): Promise<SqlConnection>
  /** A place in the output of the services, to read on from. */
  mark(): Promise<LogMark>
  /** Output of all programs of the API since the mark, oldest first; the last megabytes where it is very long. */
  logs(mark: LogMark): Promise<string[]>
  /** Does every program of the API run and answer its readiness path? `false`: in words what happened, and to which. */
  alive(): Promise<{ alive: true } | { alive: false; detail: string; log: string[] }>
  /** Starts the API anew after it died or hung; false where that did not help. */
  revive(): Promise<boolean>
  /** Takes up changed files, on the same address: the program is started anew, on containers from an image built anew. */
  restart(signal: AbortSignal): Promise<void>
  /** Stops every program of the API (SIGTERM, then SIGKILL) and starts it as it is, on the same address; false where one did not come up. */
  reboot(): Promise<boolean>
  /** The lab's Redis, past the programs; undefined where the lab has none. The caller closes it. */
  redis(): Promise<RedisAccess | undefined>
  /** Sends a signal to every program of the API. */
  signal(name: 'SIGHUP'): Promise<void>
  /** Is it still there, whatever its API does? False once somebody stopped it. */
  present(): Promise<boolean>
  /** Another network address to send requests from: a source address on this machine, or a runner elsewhere on the network. */
  secondSource(): Promise<SecondSource | undefined>
  /** Starts an attacker's server where the API can reach it; undefined where that cannot be had. The caller closes it. */
  attacker(): Promise<Attacker | undefined>
  /** Ends what was started for this object; a stack that a person started by hand was never touched and runs on. */
  close(): Promise<void>
}

export type LogMark = { readonly position: number }

/** How to send from a second address. */
export type SecondSource =
  | { kind: 'local-address'; address: string }
  | { kind: 'probe'; origin: string; send(request: ProbeRequest): Promise<ProbeAnswer>; close(): Promise<void> }

export interface ProbeRequest {
  method: string
  url: string
  headers: Record<string, string>
  body?: string
  timeout: number
}

export interface ProbeAnswer {
  status?: number
  headers?: Record<string, string>
  body?: string
  error?: string
}

/** What a stack is started from. */
export interface StackRequest {
  lab: Lab
  /** Folder with the program. */
  dir: string
  name: string
  settings: SettingsData
  /** Aborts the start; everything begun is undone. */
  signal: AbortSignal
  /** Told in words what is going on. */
  progress: (text: string) => void
}

/**
 * Environment trouble: an engine that is not there, a port in use, a service that never became healthy. Never the
 * learner's fault in the sense of the contract; exit code 3.
 */
export class EnvironmentTrouble extends Error {
  /** What to do about it. */
  readonly remedy: string
  /** Last log lines, where there are some. */
  readonly log: string[]
  constructor(message: string, remedy: string, log: string[] = []) {
    super(message)
    this.name = 'EnvironmentTrouble'
    this.remedy = remedy
    this.log = log
  }
}
