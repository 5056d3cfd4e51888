/** What the page gets of a lab: made in Node, when the site is built. */
import { isUtf8 } from 'node:buffer'
import type { Lab } from '../catalog/index.ts'
import { buildState } from '../workspace/materialise.ts'
import type { StateName } from '../workspace/states.ts'
import type { PageLab } from './host/stack.ts'
import type { Files, Service } from './protocol.ts'

/** The track whose programs run in the page: its language is the browser's. */
const TRACK = 'express'

/** Whether a lab has a program that could run in the page. */
export const runsInPage = (lab: Lab): boolean => lab.tracks.includes(TRACK)

export function pageLabOf(lab: Lab): PageLab {
  const services: readonly (readonly [string, Service])[] = [
    ['db', 'postgres'],
    ['redis', 'redis'],
  ]
  return {
    id: lab.id,
    settings: Object.fromEntries(
      Object.entries(lab.settings).map(([name, { env, blocklist, keys }]) => [
        name,
        { env, ...(blocklist === 'random' ? { blocklist } : {}), ...(keys ? { keys } : {}) },
      ]),
    ),
    replicas: lab.replicas,
    services: services.filter(([name]) => lab.services.includes(name)).map(([, service]) => service),
  }
}

/** Files that a program in the page can read or run: its sources, migrations and data. */
const NEEDED = /^(api\/(src\/|package\.json$)|migrations\/|data\/|course\.json$)/

/** A state of a lab as files of a program in the page. */
export async function pageFilesOf(root: string, lab: Lab, state: StateName): Promise<Files> {
  const tree = await buildState(root, lab, state, TRACK)
  return Object.fromEntries(
    [...tree]
      .filter(([name, { content }]) => NEEDED.test(name) && isUtf8(content))
      .map(([name, { content }]) => [name, content.toString('utf8')]),
  )
}
