/** What a check may use of the running system. The same on every transport. */
import type { CourseJson } from '../../catalog/index.ts'
import type { Exchange } from './exchange.ts'
import type { Rng } from './rng.ts'

/** Options of one request. */
export interface RequestOptions {
  headers?: Record<string, string>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is; set the content type yourself. */
  raw?: string
  /** Bearer token. */
  token?: string
  /** Milliseconds until the request counts as hanging; 10,000 if not set. */
  timeout?: number
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

/** Holds writers at a point where they race. */
export interface Gate {
  /**
   * Shuts all tables for writers, runs `act` (which sends requests and does not wait for their answers), waits until the number of
   * waiting writers stands still or 1 s is over, then opens.
   * @returns what `act` returned, and how many writers were waiting at most
   */
  hold<T>(act: () => T): Promise<{ value: T; waiters: number }>
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
  sql: Sql
  logs: Logs
  given: Given
  gate: Gate
  rng: Rng
  /** A word that no earlier run has used, for e-mail addresses and the like. */
  unique(): string
  settings: Settings
  course: CourseJson
  /** Waits for a clock of the contract to pass; the one place where a check may let time go by. */
  clock: { pass(ms: number, why: string): Promise<void> }
}
