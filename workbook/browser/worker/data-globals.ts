/** Node's globals as far as the data Worker's packages use them. Not `process.versions.node`: by it PGlite would take this Worker for Node. */
import { Buffer } from '../node/buffer.ts'
import { clearImmediate, setImmediate } from '../node/timers.ts'

Object.assign(globalThis, { Buffer, setImmediate, clearImmediate })
