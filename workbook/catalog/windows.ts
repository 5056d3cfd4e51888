import type { Lab } from './load.ts'

/** The longest window of a lab's ordinary settings (`…_WINDOW`, whole seconds), in milliseconds: after so long a lock-out is over. 0 where there is none. */
export function longestWindow(lab: Pick<Lab, 'settings'>): number {
  const windows = Object.entries(lab.settings.base?.env ?? {}).filter(([key]) => key.endsWith('_WINDOW'))
  return 1_000 * Math.max(0, ...windows.map(([, value]) => Number(value)).filter(Number.isFinite))
}
