/** Which Redis a lab on the process transport uses: the caller's, a server that is installed, or one in JavaScript. Changes nothing. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { EnvironmentTrouble } from '../types.ts'
import type { RedisAddress } from './client.ts'

const run = promisify(execFile)

/** Oldest version with all that a lab may ask for: GETDEL, and GET as an option of SET. */
const MINIMUM = [6, 2] as const

export type RedisSource =
  | { kind: 'url'; about: string; address: Omit<RedisAddress, 'database'> }
  | { kind: 'server'; about: string; command: string }
  | { kind: 'package'; about: string }

/**
 * REDIS_URL, else valkey-server or redis-server on PATH, else the package js-redis-server.
 * @throws EnvironmentTrouble where REDIS_URL is none
 */
export async function findRedis(env: NodeJS.ProcessEnv = process.env): Promise<RedisSource> {
  const given = env.REDIS_URL?.trim()
  if (given) return { kind: 'url', ...ofUrl(given) }
  for (const command of ['valkey-server', 'redis-server']) {
    const version = await versionOf(command, env)
    if (version !== undefined) return { kind: 'server', about: `${command} ${version}`, command }
  }
  return { kind: 'package', about: 'js-redis-server, in memory' }
}

function ofUrl(text: string): { about: string; address: Omit<RedisAddress, 'database'> } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'redis:' || url.hostname === '')
    throw new EnvironmentTrouble(
      'REDIS_URL is no address of a Redis that can be used here.',
      'It has the form redis://127.0.0.1:6379, with redis://:password@… where one is asked for. Without it a Redis is started for the lab.',
    )
  const { username, password } = url
  const port = Number(url.port || 6379)
  return {
    about: `that of REDIS_URL, ${url.hostname}:${port}`,
    address: {
      host: url.hostname,
      port,
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    },
  }
}

/** `8.1.3`; undefined where the command is not there or too old. */
async function versionOf(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { stdout } = await run(command, ['--version'], { timeout: 5_000, env }).catch(() => ({ stdout: '' }))
  const version = /\bv=(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  const enough = major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])
  return enough ? version : undefined
}
