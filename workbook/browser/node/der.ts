/** DER, as much of it as keys are written in (X.690). */
export interface Node {
  tag: number
  /** The content without tag and length. */
  content: Uint8Array
}

export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const NULL = 0x05
export const OBJECT_ID = 0x06
export const SEQUENCE = 0x30

/** The nodes that lie one after the other in `bytes`. Throws where a length leads out of them. */
export function readAll(bytes: Uint8Array): Node[] {
  const nodes: Node[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0
    let length = bytes[at + 1] ?? fail()
    at += 2
    if (length >= 0x80) {
      const count = length & 0x7f
      if (count === 0 || count > 4) fail()
      length = 0
      for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[at + i] ?? fail())
      at += count
    }
    if (at + length > bytes.length) fail()
    nodes.push({ tag, content: bytes.subarray(at, at + length) })
    at += length
  }
  return nodes
}

/** The nodes inside of a node that must have `tag`. */
export function inside(node: Node | undefined, tag: number = SEQUENCE): Node[] {
  return readAll(contentOf(node, tag))
}

export function contentOf(node: Node | undefined, tag: number): Uint8Array {
  if (node?.tag !== tag) return fail()
  return node.content
}

/** A positive number without its leading zeros. */
export function unsigned(node: Node | undefined): Uint8Array {
  const content = contentOf(node, INTEGER)
  const from = content.findIndex((byte) => byte !== 0)
  return content.subarray(from < 0 ? content.length : from)
}

export function write(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = concat(parts)
  const { length } = content
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return concat([Uint8Array.of(tag, ...head), content])
}

/** A positive number: one zero goes ahead where the first bit would make it negative. */
export function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes[0]
  return write(INTEGER, first === undefined || first >= 0x80 ? concat([Uint8Array.of(0), bytes]) : bytes)
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function fail(): never {
  throw new RangeError('this is no DER of a key')
}
