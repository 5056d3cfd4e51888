import type { Context } from 'hono'
import { Refusal } from './refusal.ts'

const MAX_BYTES = 64 * 1024
const STRING = /"(?:[^"\\]|\\.)*"(?=\s*(:?))/g

/** The members of the JSON object in the body that must be strings. */
export async function readStrings<Name extends string>(c: Context, ...names: Name[]): Promise<Record<Name, string>> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new Refusal(415, 'unsupported_media_type', 'Send application/json')
  const value = parse(await readBytes(c.req.raw.body ?? []))
  const strings = {} as Record<Name, string>
  for (const name of names) {
    const member = value?.[name]
    if (typeof member !== 'string' || !member.isWellFormed())
      throw new Refusal(422, 'validation', `${name} is not a string`)
    strings[name] = member
  }
  return strings
}

/** Reads to the end even what is too large, as far as is bearable, so that the client is there to hear the answer. */
async function readBytes(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size <= MAX_BYTES) chunks.push(chunk)
    else if (size > 100 * MAX_BYTES) break
  }
  if (size > MAX_BYTES) throw new Refusal(413, 'payload_too_large', 'The body is too large')
  return Buffer.concat(chunks)
}

/**
 * Two members of one name leave one behind, so an object with fewer members than the text has names was ambiguous. The count
 * does not depend on how a name is spelled.
 */
function parse(bytes: Uint8Array): Record<string, unknown> | null {
  let members = -1
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    value = JSON.parse(text, function (this: unknown, _name, member) {
      if (!Array.isArray(this)) members++
      return member
    })
  } catch {
    throw new Refusal(400, 'malformed_json', 'The body is no JSON')
  }
  const names = Array.from(text.matchAll(STRING)).filter(([, colon]) => colon === ':').length
  if (names !== members) throw new Refusal(400, 'ambiguous_json', 'The body names a member twice')
  return typeof value === 'object' ? (value as Record<string, unknown> | null) : null
}
