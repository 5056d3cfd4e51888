/**
 * What the page, the sandboxed frame and the Workers say to each other. The page speaks with each Worker over a port of its own; the frame only makes
 * and ends them.
 */

/** Files of a program: text by path, `/` between folders, none in front. */
export type Files = Readonly<Record<string, string>>

/** To the frame, once, by `window.postMessage`, with the port for `FrameOrder` and `FrameNews`. */
export const HELLO = 'workbook: run'

export type FrameOrder =
  /** Makes a Worker of a script text. The first of the transferred ports is the one that the Worker gets. */
  { kind: 'start'; id: number; name: string; script: string } | { kind: 'end'; id: number }

/** The Worker's script could not be read, or it threw where nobody caught it. */
export type FrameNews = { kind: 'died'; id: number; text: string }

/** Services of the data Worker, by the ports that programs dial. */
export const SERVICES = { postgres: 5432, redis: 6379 } as const
export type Service = keyof typeof SERVICES

/** Bytes of PGlite, fetched by the page: a Worker in the sandbox reaches no address. */
export interface PostgresAssets {
  wasm: ArrayBuffer
  initdb: ArrayBuffer
  /** `pglite.data`: what Postgres reads beside its program. */
  share: ArrayBuffer
  /** An empty cluster as a gzipped tar, made by the same version of PGlite. */
  cluster: ArrayBuffer
}

export type DataOrder =
  /** `redis`: the bytes of its Lua. */
  | { kind: 'open'; id: number; postgres: PostgresAssets | undefined; redis: ArrayBuffer | undefined }
  | { kind: 'accept'; service: Service; port: MessagePort }
  /** Statements of the grader, under a connection of its own; gives the rows of the last one. */
  | { kind: 'sql'; id: number; connection: number; text: string }
  | { kind: 'redis'; id: number; words: string[] }

export type DataNews = { id: number; value: unknown } | { id: number; error: { message: string; code?: string } }

/** A program: its files, what is run, and its world. */
export interface ProgramSpec {
  files: Files
  /** Path of the module that is run. */
  entry: string
  /** Current folder, `/app` for example. Paths of `files` are below it unless they begin with `/`. */
  cwd: string
  env: Readonly<Record<string, string>>
  /** What `process.argv` has after the entry. */
  args?: readonly string[]
  services: readonly Service[]
}

/** A request as it comes to the program; `headers` as they were sent, in order. */
export interface RequestMessage {
  method: string
  url: string
  headers: [name: string, value: string][]
  body: Uint8Array
  remoteAddress: string
}

export interface ResponseMessage {
  status: number
  headers: [name: string, value: string][]
  body: Uint8Array
}

/** Larger answers count as trouble: no answer of a lab comes near it. */
export const BODY_LIMIT = 1_000_000

export type ProgramOrder =
  | { kind: 'run'; spec: ProgramSpec }
  | { kind: 'request'; id: number; port: number; request: RequestMessage }
  /** The client of a request has gone. */
  | { kind: 'abandon'; id: number }
  | { kind: 'call'; id: number; name: string; args: unknown[] }
  | { kind: 'signal'; name: string }
  | { kind: 'write'; path: string; text: string | undefined }

/** Why a program does not run, in the words of the one who wrote it. */
export interface ProgramTrouble {
  kind: 'syntax' | 'unknown-import' | 'threw' | 'not-offered'
  message: string
  /** Where, as far as it is known. Lines and columns count from 1. */
  file?: string
  line?: number
  column?: number
}

export interface Thrown {
  name: string
  message: string
  code?: string
  /** The frames in the program's own files. */
  stack: string[]
}

export type ProgramNews =
  /** Its Worker is there, and its entry is about to be evaluated: from now on time is its own. */
  | { kind: 'begins' }
  /** Its entry was evaluated to the end. */
  | { kind: 'ran'; exitCode: number | undefined }
  | { kind: 'trouble'; trouble: ProgramTrouble }
  | { kind: 'listening'; port: number }
  | { kind: 'exited'; code: number }
  /** Lines that it printed; `dropped` so many were too many. */
  | { kind: 'log'; lines: string[]; dropped: number }
  /** An answer has begun, or grew too large for any client: its status, and how much of its body there was. */
  | { kind: 'begun'; id: number; status: number; bytes: number }
  | { kind: 'answer'; id: number; response: ResponseMessage }
  | { kind: 'no-answer'; id: number; code: string; message: string }
  | { kind: 'returned'; id: number; value: unknown }
  | { kind: 'thrown'; id: number; thrown: Thrown }
  | { kind: 'dial'; service: Service; port: MessagePort }
  /** A port for `crypto.subtle`, where the Worker has none. */
  | { kind: 'subtle'; port: MessagePort }
