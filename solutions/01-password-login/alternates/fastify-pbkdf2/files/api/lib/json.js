// A JSON parser that refuses what JSON.parse lets through: two members of one name, and depth without end.

const MAX_DEPTH = 32
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const STRING = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SPACE = /[ \t\r\n]*/y
const WORDS = { true: true, false: false, null: null }

export class JsonError extends Error {}

export function parseJson(bytes) {
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new JsonError('not UTF-8')
  }
  let at = 0

  const skip = () => {
    SPACE.lastIndex = at
    SPACE.test(text)
    at = SPACE.lastIndex
  }
  const match = (pattern) => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found === undefined) throw new JsonError(`unexpected character at ${at}`)
    at += found.length
    return found
  }
  /** The pattern finds where it ends; JSON.parse knows escapes, and refuses bare control characters. */
  const string = () => {
    const literal = match(STRING)
    try {
      return JSON.parse(literal)
    } catch {
      throw new JsonError('control character in a string')
    }
  }
  const expect = (character) => {
    skip()
    if (text[at] !== character) throw new JsonError(`"${character}" expected at ${at}`)
    at++
  }
  /** Items with commas between them, up to the closing bracket. */
  const items = (close, read) => {
    at++
    skip()
    if (text[at] === close) return void at++
    for (;;) {
      read()
      skip()
      if (text[at] !== ',') return expect(close)
      at++
      skip()
    }
  }
  const value = (depth) => {
    if (depth > MAX_DEPTH) throw new JsonError('too deep')
    skip()
    const first = text[at]
    if (first === '"') return string()
    if (first === '[') {
      const list = []
      items(']', () => list.push(value(depth + 1)))
      return list
    }
    if (first === '{') {
      const members = new Map()
      items('}', () => {
        const name = string()
        if (members.has(name)) throw new JsonError('a member is named twice')
        expect(':')
        members.set(name, value(depth + 1))
      })
      return Object.assign(Object.create(null), Object.fromEntries(members))
    }
    for (const [word, meaning] of Object.entries(WORDS)) {
      if (text.startsWith(word, at)) {
        at += word.length
        return meaning
      }
    }
    return Number(match(NUMBER))
  }

  const result = value(0)
  skip()
  if (at !== text.length) throw new JsonError(`unexpected character at ${at}`)
  return result
}
