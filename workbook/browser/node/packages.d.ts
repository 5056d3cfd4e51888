/** Packages without types of their own, that are copies of a module of Node and so have its types. */
declare module 'readable-stream/lib/stream.js' {
  import Stream from 'node:stream'

  const module: typeof Stream & { compose(...streams: unknown[]): Stream.Duplex; isDisturbed(stream: unknown): boolean }
  export default module
}

declare module 'path-browserify' {
  import { posix } from 'node:path'

  const module: typeof posix
  export default module
}
