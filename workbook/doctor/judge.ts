/** What the facts of a machine mean for the labs. Pure: facts in, findings out. */
import type { Facts } from './facts.ts'
import { pythonTrouble } from './python.ts'

export interface Finding {
  id: string
  title: string
  /** `not-needed`: the labs run without it on the chosen transport. `advice`: works, and could be better. */
  state: 'ok' | 'missing' | 'not-needed' | 'advice'
  found: string
  fix?: string
}

/** Less free disk than this, and a database or an image build fails in the middle. */
export const DISK_MINIMUM = 300_000_000
const DISK_COMFORT = 3_000_000_000
const MEMORY_COMFORT = 1_500_000_000
/** Tokens, windows and log times are compared across the two clocks. */
export const CLOCK_MAXIMUM_MS = 5_000

/**
 * Everything but the five probes of L00.
 * @param containers is the transport Docker?
 * @param usesPython is one of the copies a program in Python?
 */
export function judgeFacts(facts: Facts, containers: boolean, usesPython = false): Finding[] {
  return [
    ...facts.ports.map(judgePort),
    judgeDisk(facts.diskFree),
    judgeMemory(facts, containers),
    judgeClock(facts, containers),
    judgeArchitecture(facts, containers),
    judgePython(facts, containers, usesPython),
    judgeWindows(facts),
    judgeStale(facts.stale),
  ]
}

function judgePort({ port, free, owner }: Facts['ports'][number]): Finding {
  const base = { id: `port-${port}`, title: `Port ${port}` }
  if (free) return { ...base, state: 'ok', found: 'free' }
  const variable = port === 4321 ? 'PORT' : 'API_PORT'
  return {
    ...base,
    state: 'advice',
    found: `taken by ${owner ?? 'a process that cannot be seen from here'}`,
    fix: `If that is not the workbook itself: end it, or choose another port with ${variable}=${port + 1}.`,
  }
}

function judgeDisk(free: number): Finding {
  const base = { id: 'disk', title: 'Free disk space', found: gigabytes(free) }
  if (free < DISK_MINIMUM)
    return {
      ...base,
      state: 'missing',
      fix: 'Free at least 1 GB: databases and image builds fail in the middle without it.',
    }
  if (free < DISK_COMFORT) return { ...base, state: 'advice', fix: 'Images and packages need about 2 GB in all.' }
  return { ...base, state: 'ok' }
}

function judgeMemory(facts: Facts, containers: boolean): Finding {
  const base = { id: 'memory', title: 'Memory' }
  const engine = containers ? facts.engine?.memory : undefined
  const found = `${gigabytes(facts.memory.available)} available${engine ? `, ${gigabytes(engine)} for the engine` : ''}`
  if (engine !== undefined && engine > 0 && engine < MEMORY_COMFORT)
    return {
      ...base,
      state: 'advice',
      found,
      fix: 'Give the engine 2 GB or more (Docker Desktop: Settings, Resources).',
    }
  if (facts.memory.available < 500_000_000)
    return {
      ...base,
      state: 'advice',
      found,
      fix: 'Close something: hashing with 19 MiB a password needs room, and swapping spoils timing checks.',
    }
  return { ...base, state: 'ok', found }
}

function judgeClock(facts: Facts, containers: boolean): Finding {
  const base = { id: 'clock', title: 'Clock of the engine' }
  if (!containers || facts.engine === undefined)
    return { ...base, state: 'not-needed', found: 'the labs use this machine’s own clock' }
  const seconds = Math.round(facts.engine.clockSkewMs / 1000)
  if (Math.abs(facts.engine.clockSkewMs) <= CLOCK_MAXIMUM_MS) return { ...base, state: 'ok', found: 'the same as here' }
  return {
    ...base,
    state: 'missing',
    found: `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine`,
    fix: 'Restart the engine (a virtual machine that slept keeps the old time), and let both clocks follow NTP.',
  }
}

function judgePython({ python }: Facts, containers: boolean, used: boolean): Finding {
  const base = { id: 'python', title: 'Python, for the track fastapi' }
  const trouble = pythonTrouble(python)
  if (trouble === undefined)
    return {
      ...base,
      state: 'ok',
      found: python.kind === 'found' ? `${python.python.version}, ${python.python.path}` : '',
    }
  if (containers) return { ...base, state: 'not-needed', found: `${trouble.found}; containers bring their own` }
  return { ...base, state: used ? 'missing' : 'advice', ...trouble }
}

const sameArchitecture: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64' }

function judgeArchitecture(facts: Facts, containers: boolean): Finding {
  const base = { id: 'architecture', title: 'Architecture' }
  const wanted = sameArchitecture[facts.arch]
  const engine = containers ? facts.engine?.arch : undefined
  const found = `${facts.platform}-${facts.arch}${engine ? `, engine ${engine}` : ''}`
  if (engine && wanted !== undefined && engine !== wanted)
    return {
      ...base,
      state: 'advice',
      found,
      fix: 'The engine emulates another processor: everything works, several times slower, and timing checks may end as env.',
    }
  return { ...base, state: 'ok', found }
}

function judgeWindows(facts: Facts): Finding {
  const base = { id: 'windows', title: 'WSL and line ends' }
  if (facts.autocrlf === 'true')
    return {
      ...base,
      state: 'missing',
      found: 'git rewrites line ends (core.autocrlf is true)',
      fix: 'git config core.autocrlf input, then clone again: scripts with CRLF do not start in a container.',
    }
  if (facts.platform === 'win32')
    return {
      ...base,
      state: 'missing',
      found: 'Windows without WSL',
      fix: 'Run the workbook inside WSL 2; Windows itself is not supported.',
    }
  if (facts.wsl !== undefined && facts.onWindowsDrive)
    return {
      ...base,
      state: 'advice',
      found: 'the checkout lies on a Windows drive',
      fix: 'Clone into the Linux file system (for example under your home folder): it is many times faster, and saved files are noticed.',
    }
  return {
    ...base,
    state: facts.wsl === undefined ? 'not-needed' : 'ok',
    found: facts.wsl === undefined ? 'not Windows' : `WSL (${facts.wsl})`,
  }
}

function judgeStale({ containers, volumes }: Facts['stale']): Finding {
  const base = { id: 'stale', title: 'Left-over containers and volumes' }
  const exited = containers.filter((name) => !name.includes('-migrate-'))
  if (exited.length === 0)
    return {
      ...base,
      state: 'ok',
      found:
        volumes.length === 0 ? 'none' : `data of ${volumes.length} stopped ${volumes.length === 1 ? 'lab' : 'labs'}`,
    }
  return { ...base, state: 'advice', found: exited.join(', '), fix: `docker rm ${exited.join(' ')}` }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
