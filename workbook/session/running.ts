/** The stack of the learner's copy, where one runs. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { findRunning } from '../stack/container/adopt.ts'
import { engineVersion } from '../stack/container/docker.ts'
import { findContainerStack } from '../stack/container/stack.ts'
import { findProcessStack } from '../stack/process/stack.ts'
import type { Stack } from '../stack/types.ts'
import { type Context, stackName } from './context.ts'
import { UsageError } from './usage.ts'

/** The stack of the folder that runs, on whichever transport. */
export async function runningStack(context: Context, lab: Lab, dir: string): Promise<Stack | undefined> {
  const name = stackName(context.root, lab, dir)
  const found = await findProcessStack(context.places, name)
  if (found !== undefined) return found
  if (!existsSync(path.join(dir, 'compose.yaml')) || (await engineVersion()) === undefined) return undefined
  if ((await findRunning(dir)) === undefined) return undefined
  const stack = await findContainerStack(context.places, name)
  if (stack === undefined) {
    throw new UsageError(
      `This lab was started by hand (docker compose up) and is running. "npm run check" uses it as it is; to stop it: docker compose down, in ${path.relative(context.root, dir)}`,
    )
  }
  return stack
}

/** Files of a program that runs are not moved away from under it. */
export async function refuseIfRunning(context: Context, lab: Lab, dir: string): Promise<void> {
  if ((await runningStack(context, lab, dir)) !== undefined)
    throw new UsageError(`${lab.id} is running. Stop it first: npm run lab -- stop ${lab.id}`)
}
