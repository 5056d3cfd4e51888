/** The docker command line: run it, read it, and tell its troubles apart. */
import { execFile } from 'node:child_process'
import { EnvironmentTrouble } from '../types.ts'

export interface DockerResult {
  code: number
  stdout: string
  stderr: string
}

/** Runs `docker …`; a non-zero exit is a result, not an error. */
export function docker(
  words: readonly string[],
  options: { signal?: AbortSignal; timeout?: number; cwd?: string; env?: Record<string, string> } = {},
): Promise<DockerResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'docker',
      words,
      {
        maxBuffer: 64_000_000,
        timeout: options.timeout ?? 600_000,
        ...(options.cwd ? { cwd: options.cwd } : {}),
        env: {
          ...process.env,
          ...options.env,
          COMPOSE_ANSI: 'never',
          COMPOSE_PROGRESS: 'plain',
          BUILDKIT_PROGRESS: 'plain',
          DOCKER_CLI_HINTS: 'false',
        },
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (error, stdout, stderr) => {
        if (options.signal?.aborted) return reject(options.signal.reason)
        if (error && (error as NodeJS.ErrnoException).code === 'ENOENT')
          return reject(noDocker('The docker command is not installed.'))
        resolve({ code: error ? (child.exitCode ?? 1) : 0, stdout, stderr })
      },
    )
    child.stdin?.end()
  })
}

/** As `docker`, and a failure is environment trouble with the last lines of its output. */
export async function dockerOk(
  words: readonly string[],
  what: string,
  options: Parameters<typeof docker>[1] = {},
): Promise<string> {
  const result = await docker(words, options)
  if (result.code === 0) return result.stdout
  if (engineGone(result.stderr)) throw noDocker('The Docker engine does not answer.')
  const log = `${result.stdout}\n${result.stderr}`
    .split('\n')
    .map((l) => l.trimEnd())
    .filter((l) => l !== '')
    .slice(-12)
  throw new EnvironmentTrouble(
    `${what} failed (docker exit ${result.code}).`,
    'The last lines of its output are above.',
    log,
  )
}

/** Version of the engine, when it answers within 5 s. */
export async function engineVersion(): Promise<string | undefined> {
  try {
    const result = await docker(['version', '--format', '{{.Server.Version}}'], { timeout: 5_000 })
    return result.code === 0 && result.stdout.trim() !== '' ? result.stdout.trim() : undefined
  } catch {
    return undefined
  }
}

/** Is the compose plug-in there, and which version? */
export async function composeVersion(): Promise<string | undefined> {
  try {
    const result = await docker(['compose', 'version', '--short'], { timeout: 5_000 })
    return result.code === 0 ? result.stdout.trim() : undefined
  } catch {
    return undefined
  }
}

export function noDocker(message: string): EnvironmentTrouble {
  return new EnvironmentTrouble(message, 'Start Docker and run this again, or go without it: --runtime process')
}

const engineGone = (stderr: string) =>
  /Cannot connect to the Docker daemon|error during connect|Is the docker daemon running/i.test(stderr)
