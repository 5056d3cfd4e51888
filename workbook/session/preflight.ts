/** What must hold before anything is started or graded. Trouble is told here, so that no check is blamed for it. */
import { mkdir, statfs } from 'node:fs/promises'
import { CLOCK_MAXIMUM_MS, DISK_MINIMUM } from '../doctor/judge.ts'
import type { Places } from '../stack/files.ts'
import { EnvironmentTrouble, type Stack } from '../stack/types.ts'

/**
 * Room for what a run writes: logs, databases, images.
 * @throws EnvironmentTrouble
 */
export async function needDisk(places: Places): Promise<void> {
  for (const folder of [places.state, places.shared]) {
    await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOSPC') throw diskFull(0, folder)
      throw error
    })
    const { bavail, bsize } = await statfs(folder)
    if (bavail * bsize < DISK_MINIMUM) throw diskFull(bavail * bsize, folder)
  }
}

function diskFull(free: number, folder: string): EnvironmentTrouble {
  return new EnvironmentTrouble(
    `Only ${(free / 1e6).toFixed(0)} MB are free on the disk of ${folder}.`,
    'Free at least 1 GB and run this again; npm run doctor shows more.',
  )
}

/**
 * The clock of the database against ours: throttle windows and token lives are measured across the two.
 * @throws EnvironmentTrouble
 */
export async function needOneTime(stack: Stack): Promise<void> {
  const connection = await stack.owner()
  try {
    const before = Date.now()
    const [row] = await connection.query('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms')
    const skew = Number(row?.ms) - (before + Date.now()) / 2
    if (Math.abs(skew) <= CLOCK_MAXIMUM_MS) return
    const seconds = Math.round(Math.abs(skew) / 1000)
    throw new EnvironmentTrouble(
      `The clock of the database is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the clock of this machine.`,
      'Let both follow NTP; a virtual machine of an engine that slept keeps the old time until the engine is restarted.',
    )
  } finally {
    await connection.close()
  }
}
