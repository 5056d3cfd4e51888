import { Problem } from './problem.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * JSON, but stricter than `JSON.parse`: bytes that are not UTF-8 are refused instead of replaced, and so is an object that
 * names a member twice. RFC 8259 leaves open which of the two counts, so another program that reads the same body (a
 * gateway, a log) may see another password or role than we do.
 */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string
  let value: unknown
  try {
    text = utf8.decode(bytes)
    value = JSON.parse(text)
  } catch {
    // The message of a JSON error quotes the body, so it goes no further.
    throw new Problem(400, 'malformed_json', 'The body is not JSON in UTF-8')
  }
  if (namesTwice(text)) throw new Problem(400, 'duplicate_member', 'An object in the body names a member twice')
  return value
}

/** A string, with the colon that makes it a member's name if there is one; or where an object begins or ends. */
const TOKEN = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/g

/** Looks through a text that is known to be JSON. Names are compared unescaped: "a" and "\u0061" are one name. */
function namesTwice(json: string): boolean {
  const objects: Set<string>[] = []
  for (const [token, string, colon] of json.matchAll(TOKEN)) {
    if (token === '{') objects.push(new Set())
    else if (token === '}') objects.pop()
    else if (string !== undefined && colon !== undefined) {
      const name: string = JSON.parse(string)
      const names = objects.at(-1)
      if (names?.has(name)) return true
      names?.add(name)
    }
  }
  return false
}
