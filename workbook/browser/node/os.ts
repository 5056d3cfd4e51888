import { refusedAll } from './refuse.ts'

/** What a program asks of its machine. A page knows next to nothing of it, and says so with plain values. */
export const EOL = '\n'
export const devNull = '/dev/null'
export const hostname = (): string => 'page'
export const platform = (): string => 'browser'
export const type = (): string => 'Browser'
export const arch = (): string => 'wasm'
export const machine = (): string => 'wasm'
export const release = (): string => '0'
export const version = (): string => ''
export const endianness = (): 'LE' => 'LE'
export const homedir = (): string => '/home/page'
export const tmpdir = (): string => '/tmp'
export const availableParallelism = (): number => globalThis.navigator?.hardwareConcurrency ?? 1
export const cpus = (): { model: string; speed: number }[] =>
  Array.from({ length: availableParallelism() }, () => ({ model: 'unknown', speed: 0 }))
export const loadavg = (): [number, number, number] => [0, 0, 0]
export const networkInterfaces = (): Record<string, never> => ({})
export const uptime = (): number => performance.now() / 1000
export const totalmem = (): number => 0
export const freemem = (): number => 0
export const userInfo = (): { username: string; uid: number; gid: number; shell: null; homedir: string } => ({
  username: 'page',
  uid: -1,
  gid: -1,
  shell: null,
  homedir: homedir(),
})
/** The signals that a program can listen to, with Linux's numbers. */
export const constants = {
  signals: { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGUSR1: 10, SIGUSR2: 12, SIGTERM: 15 },
}
export const { getPriority, setPriority } = refusedAll('os', ['getPriority', 'setPriority'], 'a Worker has no priority')

const module = {
  EOL,
  devNull,
  hostname,
  platform,
  type,
  arch,
  machine,
  release,
  version,
  endianness,
  homedir,
  tmpdir,
  availableParallelism,
  cpus,
  loadavg,
  networkInterfaces,
  uptime,
  totalmem,
  freemem,
  userInfo,
  constants,
  getPriority,
  setPriority,
}

export { module as 'module.exports' }
export default module
