import path from 'node:path'
import { callerDir } from '../../session/context.ts'
import { exportLab } from '../../session/export.ts'
import { UsageError } from '../../session/usage.ts'
import { trackOf } from '../options.ts'
import { type LabAction, noWords, out } from './types.ts'

/** Writes a state of a lab into a folder. */
export const exportState: LabAction = async (context, lab, words, flags) => {
  noWords('export', words)
  if (flags.to === undefined || flags.state === undefined)
    throw new UsageError(
      `export wants --state and --to: npm run lab -- export ${lab.id} --state starter --to ../my-folder`,
    )
  const to = path.resolve(callerDir(), flags.to)
  const count = await exportLab(context, lab, flags.state, trackOf(flags.track), to)
  out(`${count} files written to ${to}`)
  return 0
}
