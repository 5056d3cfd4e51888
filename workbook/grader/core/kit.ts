/** What a check may use of the running system. The same on every transport. */
import type { CourseJson } from '../../catalog/index.ts'
import type { Exchange } from './exchange.ts'
import type { Rng } from './rng.ts'

/** Options of one request. */
export interface RequestOptions {
  /** A list sends the field several times. */
  headers?: Record<string, string | readonly string[]>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is; set the content type yourself. */
  raw?: string
  /** Bearer token. */
  token?: string
  /** Milliseconds until the request counts as hanging; 10,000 if not set. */
  timeout?: number
  /** The client destroys its connection without reading an answer when this settles; the exchange says so. */
  abandon?: Promise<unknown>
}

/** An ordinary HTTP client. Never throws for what a server does: the exchange says it. */
export interface Http {
  get(path: string, options?: RequestOptions): Promise<Exchange>
  post(path: string, options?: RequestOptions): Promise<Exchange>
  request(method: string, path: string, options?: RequestOptions): Promise<Exchange>
}

export type Row = Record<string, unknown>

/** A read-only view of the whole database. */
export interface Sql {
  /** Rows of one SELECT; values are inlined as literals. */
  query(strings: TemplateStringsArray, ...values: (string | number | boolean | null)[]): Promise<Row[]>
  /** Every row of every table that is not the database's own, as JSON text with the table's name. */
  dump(): Promise<{ table: string; row: string }[]>
}

/** What the services printed. */
export interface Logs {
  /**
   * Output since the run began, once it holds `marker` (polled up to 3 s; then as it is).
   * @returns lines, oldest first
   */
  lines(marker: string): Promise<string[]>
}

/** Changes the world behind the API's back, through a connection that a check cannot reach. */
export interface Given {
  /** Sets `users.disabled_at` of an account. */
  disabled(email: string): Promise<void>
}

/** Where writers are held. */
export type GateStore = 'postgres' | 'redis'

/** Holds writers at a point where they race. */
export interface Gate {
  /**
   * Shuts a store for writers, runs `act` (which sends requests and does not wait for their answers), waits until the number of
   * waiting writers stands still or 1 s is over, then opens. `postgres` (if not set): all tables, SELECT passes. `redis`: every command
   * that may write, scripts included; reading passes.
   * @param enough so many writers are all that can come at first: with fewer than two, stillness tells nothing
   * @param second is run when the first wave stands still, while the gate is shut; then it is waited for stillness once more
   * @returns what `act` and `second` returned, and how many writers were waiting at most
   */
  hold<T, S = undefined>(
    act: () => T,
    options?: { store?: GateStore; enough?: number; second?: () => S },
  ): Promise<{ value: T; second: S; waiters: number }>
}

/** A read-only view of the whole Redis. */
export interface Redis {
  /**
   * Every key with its value as text: of a hash, a list, a set, a sorted set or a stream all fields and members, one a line. Keys in order of
   * their names.
   */
  dump(): Promise<{ key: string; value: string }[]>
}

/** A signing key of the folder that the server reads. */
export interface SigningKey {
  kid: string
  /** The private key as PEM: what is minted with it is as good as the server's own. */
  privateKey: string
}

/** The folder of signing keys, which the grader owns. What a check changes in it is put back after the run. */
export interface Keys {
  /** Every key of the folder, as it is now; `current` is the one that signs. */
  list(): Promise<{ current: SigningKey; all: SigningKey[] }>
  /** Adds a fresh key that does not sign yet. */
  add(): Promise<SigningKey>
  /** Makes a key the one that signs. */
  use(kid: string): Promise<void>
  remove(kid: string): Promise<void>
  /**
   * Makes the server take up the folder, in the way that `course.json` declares: SIGHUP, a restart, or nothing where it looks by itself.
   * @returns that way
   */
  reload(): Promise<'sighup' | 'poll' | 'restart'>
}

/** An attacker's server, where the learner's server can reach it. */
export interface Attacker {
  /** `http://host:port`, as the learner's server would ask it. */
  readonly origin: string
  /** Puts documents up, by path. */
  serve(documents: Record<string, { type: string; body: string }>): Promise<void>
  /** Requests that reached it, oldest first, those of `reach` included. */
  caught(): Promise<{ method: string; path: string }[]>
  /** Asks for a path from where the learner's server runs: does it come through? The twin of "nobody asked". */
  reach(path: string): Promise<boolean>
}

export interface BlocklistEntry {
  text: string
  ending: 'lf' | 'crlf'
}

/** What the grader knows of the running server: its settings in force. */
export interface Settings {
  env: Readonly<Record<string, string>>
  /** Entries of the blocklist in force, with the end of their lines; undefined when unknown (`--url` without `--env-file`). */
  blocklist: readonly BlocklistEntry[] | undefined
}

export interface Kit {
  http: Http
  /** The same client from another network address. */
  elsewhere(): Promise<Http>
  /** Clients of the programs of the API one by one, past the round-robin; one where the lab has one. `--url` has none. */
  replicas: readonly Http[]
  /** Stops all programs of the API (SIGTERM, then SIGKILL) and starts them again on the same addresses; for checks of the lane `last`. */
  restart(): Promise<void>
  sql: Sql
  redis: Redis
  logs: Logs
  given: Given
  gate: Gate
  keys: Keys
  /** An attacker's server of this check's own. */
  attacker(): Promise<Attacker>
  rng: Rng
  /** A word that no earlier run has used, for e-mail addresses and the like. */
  unique(): string
  settings: Settings
  course: CourseJson
  /** Waits for a clock of the contract to pass; the one place where a check may let time go by. */
  clock: { pass(ms: number, why: string): Promise<void> }
}
