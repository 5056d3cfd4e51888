/** The database of the learner's copy. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { docker, dockerOk, engineVersion } from '../stack/container/docker.ts'
import { dataFolder } from '../stack/postgres/server.ts'
import { projectName } from '../workspace/materialise.ts'
import { type Context, realOf, stackName, workspaceOf } from './context.ts'
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
  if (!existsSync(path.join(dir, 'compose.yaml')) || (await engineVersion()) === undefined) return
  const other = await otherFolder(projectName(lab), realOf(dir))
  if (other !== undefined) {
    context.progress(
      `The containers of ${projectName(lab)} on this machine belong to ${other}: they and their database are left as they are.`,
    )
    return
  }
  const withFile = ['compose', '--project-directory', dir, '-f', path.join(dir, 'compose.yaml'), 'down', '-v']
  if ((await docker(withFile)).code === 0) return
  // A compose.yaml that Compose cannot read is a reason to begin anew, and no reason to refuse it: by its name the project is found without.
  await dockerOk(['compose', '-p', projectName(lab), 'down', '-v'], 'Removing the database of the containers', {
    cwd: context.places.state,
  })
}

/** Another folder that has containers of the project: every checkout on a machine gives it the same name. */
async function otherFolder(project: string, dir: string): Promise<string | undefined> {
  const words = ['ps', '-a', '--filter', `label=com.docker.compose.project=${project}`]
  const format = '{{.Label "com.docker.compose.project.working_dir"}}'
  const { code, stdout } = await docker([...words, '--format', format], { timeout: 20_000 })
  return code === 0 ? stdout.split('\n').find((line) => line !== '' && line !== dir) : undefined
}
