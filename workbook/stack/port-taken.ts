import { ownerOfPort } from '../doctor/ports.ts'
import { EnvironmentTrouble } from './types.ts'

/** The trouble of a port that somebody else listens on, with that somebody's name. */
export async function portTaken(port: number): Promise<EnvironmentTrouble> {
  const owner = await ownerOfPort(port)
  return new EnvironmentTrouble(
    `Port ${port} is taken by ${owner ?? 'a process that cannot be seen from here'}.`,
    `End that process, or choose another port: API_PORT=${port + 1} npm run lab -- start …`,
  )
}
