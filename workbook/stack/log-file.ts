/** The file that a program's output is appended to. */
import { open, stat } from 'node:fs/promises'

/** So much of the end of a log is read at most. */
const LOG_TAIL = 4_000_000

/** Lines of a log file from a byte on; of a very long one the end. */
export async function readFrom(file: string, position: number): Promise<string[]> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (handle === undefined) return []
  try {
    const { size } = await handle.stat()
    const from = Math.max(position, size - LOG_TAIL)
    const buffer = Buffer.alloc(Math.max(0, size - from))
    await handle.read(buffer, 0, buffer.length, from)
    return buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
  } finally {
    await handle.close()
  }
}

export const sizeOf = async (file: string) => (await stat(file).catch(() => undefined))?.size ?? 0
