/** The helper before several programs of the API. */
import { answer } from '../helper.ts'
import { openRoundRobin } from './round-robin.ts'

export interface RoundRobinSettings {
  replicas: string[]
  /** 0 for any. */
  port: number
}

export interface RoundRobinAnswer {
  port: number
}

await answer<RoundRobinSettings, RoundRobinAnswer>(async ({ replicas, port }) => ({
  port: (await openRoundRobin(replicas, port)).port,
}))
