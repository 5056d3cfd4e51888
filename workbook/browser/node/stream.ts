import Stream from 'readable-stream/lib/stream.js'
import { refused } from './refuse.ts'

/** Node's streams, as the package `readable-stream` has them (of Node 18), with the buffer sizes of Node 24. */
export const {
  Readable,
  Writable,
  Duplex,
  Transform,
  PassThrough,
  pipeline,
  finished,
  addAbortSignal,
  compose,
  promises,
} = Stream
export const { isErrored, isReadable, isDisturbed, getDefaultHighWaterMark, setDefaultHighWaterMark } = Stream

setDefaultHighWaterMark(false, 64 * 1024)

const WHY = 'readable-stream does not know streams of the web'
for (const kind of [Readable, Writable, Duplex]) {
  Object.assign(kind, {
    fromWeb: refused(`stream.${kind.name}.fromWeb`, WHY),
    toWeb: refused(`stream.${kind.name}.toWeb`, WHY),
  })
}

export { Stream, Stream as 'module.exports' }
export default Stream
