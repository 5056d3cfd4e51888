/** The database of the learner's copy. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { dockerOk, engineVersion } from '../stack/container/docker.ts'
import { dataFolder } from '../stack/postgres/server.ts'
import { type Context, stackName, workspaceOf } from './context.ts'
import { withLabLock } from './lab-lock.ts'
import { refuseIfRunning } from './running.ts'

/**
 * Forgets the database of the learner's copy, on both transports. Files stay. Migrations that were applied and changed since are then no trouble any more.
 * @throws UsageError while the lab runs
 */
export const forgetData = (context: Context, lab: Lab): Promise<void> =>
  withLabLock(context, lab, 'reset --data', async () => {
    await refuseIfRunning(context, lab, workspaceOf(context.root, lab))
    await dropData(context, lab)
  })

/** The same for who holds the lock and knows that nothing runs. */
export async function dropData(context: Context, lab: Lab): Promise<void> {
  const dir = workspaceOf(context.root, lab)
  await rm(dataFolder(context.places, stackName(context.root, lab, dir)), { recursive: true, force: true })
  if (existsSync(path.join(dir, 'compose.yaml')) && (await engineVersion()) !== undefined)
    await dockerOk(
      ['compose', '--project-directory', dir, '-f', path.join(dir, 'compose.yaml'), 'down', '-v'],
      'Removing the database of the containers',
    )
}
