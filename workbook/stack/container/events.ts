/** Health events of a Compose project, as the engine tells them. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { docker } from './docker.ts'

export interface HealthEvent {
  service: string
  container: string
  healthy: boolean
}

export const projectFilter = (project: string) => `label=com.docker.compose.project=${project}`

export interface HealthEvents {
  /** The engine is gone, or was never there: nothing comes any more. */
  readonly ended: boolean
  close(): void
}

/** Listens until closed. An engine that goes away ends it quietly. */
export function listenToHealth(project: string, onEvent: (event: HealthEvent) => void): HealthEvents {
  const label = projectFilter(project)
  const words = ['events', '--filter', 'event=health_status', '--filter', label, '--format', '{{json .}}']
  const child = spawn('docker', words, { stdio: ['ignore', 'pipe', 'ignore'] })
  let ended = false
  const end = () => {
    ended = true
  }
  child.on('error', end)
  child.on('exit', end)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = healthEventOf(line)
    if (event !== undefined) onEvent(event)
  })
  return {
    get ended() {
      return ended
    },
    close: () => child.kill(),
  }
}

/** Each container with the time of its start: another one, or the same started again, is another text. */
export async function startsOf(filter: string): Promise<string[]> {
  const ids = (await docker(['ps', '-q', '--filter', filter], { timeout: 10_000 })).stdout.split('\n').filter(Boolean)
  if (ids.length === 0) return []
  const result = await docker(['inspect', '--format', '{{.Id}} {{.State.StartedAt}}', ...ids], { timeout: 10_000 })
  return result.stdout.split('\n').filter(Boolean)
}

/** One line of `docker events`, if it is a health event of a Compose service. */
export function healthEventOf(line: string): HealthEvent | undefined {
  let event: { Action?: unknown; Actor?: { ID?: unknown; Attributes?: Record<string, unknown> } }
  try {
    event = JSON.parse(line)
  } catch {
    return undefined
  }
  const state = /^health_status:\s*(\w+)$/.exec(String(event?.Action))?.[1]
  const service = event?.Actor?.Attributes?.['com.docker.compose.service']
  const container = event?.Actor?.ID
  if (state === undefined || typeof service !== 'string' || typeof container !== 'string') return undefined
  return { service, container, healthy: state === 'healthy' }
}
