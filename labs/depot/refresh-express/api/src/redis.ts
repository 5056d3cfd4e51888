import { createClient } from 'redis'
import { errorFields, type Log } from './log.ts'

export type Redis = ReturnType<typeof createRedis>

/**
 * One connection to Redis, made when somebody first asks for it: a program that keeps nothing there starts and runs without.
 * Every wait has an end, as with the database.
 */
export function createRedis(url: string, log: Log) {
  const client = createClient({
    url,
    socket: { connectTimeout: 5000, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 1000) },
    commandOptions: { timeout: 10_000 },
    // A command that cannot be sent now fails now. Kept for later, it would be carried out after its caller had given up.
    disableOfflineQueue: true,
  })
  client.on('error', (error) => log.warn('redis connection lost', errorFields(error)))
  let connecting: Promise<typeof client> | undefined

  return {
    /** The client, connected. Rejects where Redis does not answer; the next call tries again. */
    connected(): Promise<typeof client> {
      connecting ??= client.connect().catch((error) => {
        connecting = undefined
        throw error
      })
      return connecting
    },
    /** Ends the connection if there is one, after what was sent has been answered. */
    async close(): Promise<void> {
      if (client.isOpen) await client.close()
    },
  }
}
