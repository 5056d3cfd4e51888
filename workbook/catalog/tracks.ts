/** What differs from track to track, and is not in the track's own files. */
import type { CourseJson, Track } from './schema.ts'

export interface TrackDefaults {
  /** Starts the API, in the folder `api`; it listens on HOST and PORT of the environment. */
  api: readonly string[]
  /** Applies the migrations and ends, in the folder `api`. */
  migrate: readonly string[]
  /** Asks in the API's container whether it is ready: exit code 0 where it is. */
  healthy: readonly string[]
}

export const trackDefaults: Record<Track, TrackDefaults> = {
  express: {
    api: ['node', 'src/server.ts'],
    migrate: ['node', '--run', 'migrate'],
    healthy: [
      'node',
      '-e',
      "fetch('http://127.0.0.1:3000/api/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))",
    ],
  },
  fastapi: {
    api: ['python', '-m', 'app'],
    migrate: ['python', '-m', 'app.migrate'],
    healthy: ['python', '-c', "from urllib.request import urlopen; urlopen('http://127.0.0.1:3000/api/health/ready')"],
  },
}

/** The commands of a folder: what its `course.json` says, else those of its track; another track has those of the first. */
export function commandsOf({ track, run }: CourseJson): Pick<TrackDefaults, 'api' | 'migrate'> {
  const usual = trackDefaults[track === 'other' ? 'express' : track]
  return { api: run.api ?? usual.api, migrate: run.migrate ?? usual.migrate }
}
