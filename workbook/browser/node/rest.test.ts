/** The small modules: what they offer is compared with Node's, or is named here with the reason why it is not. */
import * as nodeHooks from 'node:async_hooks'
import * as nodeChannels from 'node:diagnostics_channel'
import * as nodeDns from 'node:dns'
import * as nodeStream from 'node:stream'
import { describe, expect, test } from 'vitest'
import { aliases, aliasOf } from './aliases.ts'
import pageHooks from './async_hooks.ts'
import pageChannels from './diagnostics_channel.ts'
import pageDns from './dns.ts'
import { functionsOf, outcome } from './fixtures/same.ts'
import { builtin, builtins, offered } from './index.ts'
import { NOT_IN_THE_PAGE } from './refuse.ts'
import iconv from './replaced/iconv-lite.ts'
import pageStream from './stream.ts'
import pageStreamPromises from './stream-promises.ts'

type Note = (...all: unknown[]) => void

async function told<Module>(module: Module, story: (module: Module, note: Note) => unknown): Promise<unknown> {
  const notes: unknown[] = []
  const end = await outcome(async () => {
    await story(module, (...all) => notes.push(all))
    return undefined
  })
  return [notes, end]
}

describe('diagnostics_channel', () => {
  type Channels = typeof nodeChannels
  const STORIES: Record<string, (channels: Channels, note: Note) => unknown> = {
    'channel, subscribe, publish, unsubscribe': (channels, note) => {
      const one = channels.channel('page:one')
      const hear = (message: unknown, name: unknown): void => note(message, String(name))
      note(one === channels.channel('page:one'), one.hasSubscribers, channels.hasSubscribers('page:one'))
      channels.subscribe('page:one', hear)
      note(one.hasSubscribers, channels.hasSubscribers('page:one'))
      one.publish({ a: 1 })
      note(channels.unsubscribe('page:one', hear), channels.unsubscribe('page:one', hear), one.hasSubscribers)
      one.publish('unheard')
      one.subscribe(hear)
      note(one.runStores({ b: 1 }, (value) => value, undefined, 5))
      one.unsubscribe(hear)
      note(one instanceof channels.Channel)
    },
    'a wrong name': (channels) => channels.channel(5 as never),
    'a wrong subscriber': (channels) => channels.channel('page:two').subscribe(5 as never),
    'tracingChannel: all five': async (channels, note) => {
      const tracing = channels.tracingChannel('page:trace')
      note(Object.keys(tracing).sort(), tracing.start.name, tracing.start.hasSubscribers, tracing.hasSubscribers)
      note(tracing.traceSync((a, b) => a + b, {}, undefined, 1, 2))
      const handlers = Object.fromEntries(
        ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((name) => [
          name,
          (context: object) => note(name, { ...context }),
        ]),
      )
      tracing.subscribe(handlers as never)
      note(tracing.hasSubscribers, tracing.start.hasSubscribers)
      note(tracing.traceSync((a, b) => a + b, { x: 1 }, undefined, 1, 2))
      note(
        await outcome(() =>
          tracing.traceSync(() => {
            throw new Error('sync')
          }, {}),
        ),
      )
      note(await tracing.tracePromise(async () => 'later', {}))
      note(
        await outcome(() =>
          tracing.tracePromise(async () => {
            throw new Error('async')
          }, {}),
        ),
      )
      await new Promise<void>((resolve) => {
        tracing.traceCallback(
          (value: number, done: (error: unknown, value: number) => void) => done(null, value),
          -1,
          {},
          undefined,
          5,
          (error: unknown, value: number) => {
            note(error, value)
            resolve()
          },
        )
      })
      note(await outcome(() => tracing.traceCallback(() => {}, 0, {}, undefined, ...([5] as never as []))))
      note(tracing.unsubscribe(handlers as never), tracing.hasSubscribers)
    },
  }
  test.each(Object.entries(STORIES))('%s', async (_, story) => {
    expect(await told(pageChannels as never, story)).toEqual(await told(nodeChannels, story))
  })
  test('nothing else is offered', () => {
    expect(functionsOf(pageChannels).sort()).toEqual([
      'Channel',
      'channel',
      'hasSubscribers',
      'subscribe',
      'tracingChannel',
      'unsubscribe',
    ])
  })
})

describe('async_hooks', () => {
  test('AsyncResource', async () => {
    const story = (hooks: typeof nodeHooks, note: Note): void => {
      const resource = new hooks.AsyncResource('PAGE')
      note(
        resource.runInAsyncScope(
          function (this: unknown, ...args: unknown[]) {
            return [this, args]
          },
          'self',
          1,
          2,
        ),
      )
      resource.runInAsyncScope(() =>
        note(hooks.executionAsyncId() === resource.asyncId(), hooks.triggerAsyncId() === resource.triggerAsyncId()),
      )
      note(typeof resource.asyncId(), resource.emitDestroy() === resource)
      note(resource.bind((a: number, b: number) => a + b)(1, 2), hooks.AsyncResource.bind((a: number) => a + 1)(1))
      note(typeof hooks.executionAsyncResource())
    }
    expect(await told(pageHooks as never, story)).toEqual(await told(nodeHooks, story))
    for (const run of [
      (hooks: typeof nodeHooks) => new hooks.AsyncResource(5 as never),
      (hooks: typeof nodeHooks) => new hooks.AsyncResource('X').bind(5 as never),
    ])
      expect(
        await outcome(() => {
          run(pageHooks as never)
        }),
      ).toEqual(
        await outcome(() => {
          run(nodeHooks)
        }),
      )
  })
  test('AsyncLocalStorage says that it is not offered', () => {
    expect(() => new pageHooks.AsyncLocalStorage()).toThrow(expect.objectContaining({ code: NOT_IN_THE_PAGE }))
    expect(() => pageHooks.AsyncLocalStorage.bind()).toThrow(/not offered/)
    expect(() => pageHooks.AsyncLocalStorage.snapshot()).toThrow(/not offered/)
  })
})

describe('dns', () => {
  test('lookup', async () => {
    for (const args of [
      ['127.0.0.1'],
      ['::1'],
      ['127.0.0.1', { all: true }],
      ['localhost', { family: 4 }],
      ['localhost', { all: true, family: 4 }],
      [5],
    ]) {
      const run = (dns: typeof nodeDns) => () =>
        new Promise((resolve) => {
          Reflect.apply(dns.lookup, dns, [...args, (...found: unknown[]) => resolve(found)])
        })
      expect(await outcome(run(pageDns as never))).toEqual(await outcome(run(nodeDns)))
      const promise = (dns: typeof nodeDns) => () => Reflect.apply(dns.promises.lookup, dns.promises, args)
      if (typeof args[0] === 'string')
        expect(await outcome(promise(pageDns as never))).toEqual(await outcome(promise(nodeDns)))
    }
    await expect(pageDns.promises.lookup('db')).rejects.toMatchObject({
      code: 'ENOTFOUND',
      errno: -3008,
      syscall: 'getaddrinfo',
      hostname: 'db',
    })
    expect(functionsOf(pageDns)).toEqual(['lookup'])
  })
})

describe('stream', () => {
  type Streams = typeof nodeStream
  const STORIES: Record<string, (streams: Streams, note: Note) => unknown> = {
    'Readable, Transform, Writable, pipeline': async (streams, note) => {
      const upper = new streams.Transform({
        transform(chunk, _encoding, done) {
          done(null, String(chunk).toUpperCase())
        },
      })
      const written: string[] = []
      const end = new streams.Writable({
        write(chunk, _encoding, done) {
          written.push(String(chunk))
          done()
        },
      })
      await new Promise<void>((resolve, reject) =>
        streams.pipeline(streams.Readable.from(['a', 'b']), upper, new streams.PassThrough(), end, (error) =>
          error ? reject(error) : resolve(),
        ),
      )
      note(written, end.writableFinished, end.destroyed)
    },
    'finished, with an error': async (streams, note) => {
      const broken = new streams.Duplex({
        read() {},
        write(_chunk, _encoding, done) {
          done(new Error('no'))
        },
      })
      streams.finished(broken, (error) => note(error?.message))
      broken.write('x')
      await new Promise((resolve) => setTimeout(resolve, 5))
    },
    'sizes and states': (streams, note) => {
      note(
        new streams.Readable().readableHighWaterMark,
        new streams.Writable({ objectMode: true }).writableHighWaterMark,
        streams.getDefaultHighWaterMark(false),
      )
      note(
        streams.isReadable(new streams.Readable({ read() {} })),
        streams.isErrored(new streams.Readable()),
        streams.Stream === (streams as never as { default: unknown }).default,
      )
      note(typeof streams.addAbortSignal, typeof Reflect.get(streams, 'compose'))
    },
    'a write after the end': async (streams, note) => {
      const end = new streams.Writable({
        write(_chunk, _encoding, done) {
          done()
        },
      })
      end.on('error', (error: NodeJS.ErrnoException) => note(error.code, error.message))
      end.end()
      end.write('late')
      await new Promise((resolve) => setTimeout(resolve, 5))
    },
    promises: async (streams, note) => {
      const through = new streams.PassThrough()
      note(
        await outcome(() =>
          streams.promises.pipeline(streams.Readable.from([1]), async (source) => {
            for await (const one of source) note(one)
          }),
        ),
      )
      through.end('x')
      through.resume()
      await streams.promises.finished(through)
      note('finished')
    },
  }
  test.each(Object.entries(STORIES))('%s', async (_, story) => {
    expect(await told({ ...pageStream, Stream: pageStream, default: pageStream } as never, story)).toEqual(
      await told({ ...nodeStream, default: nodeStream.default } as never, story),
    )
  })
  test('the promises are those of the module', () => {
    expect(pageStreamPromises).toBe(pageStream.promises)
    expect(() => (pageStream.Readable.fromWeb as unknown as () => void)()).toThrow(/not offered in the page/)
  })
})

describe('all modules', () => {
  test('are offered by the names that the bundler knows', () => {
    expect([...offered].sort()).toEqual(Object.keys(aliases).sort())
    for (const name of offered) {
      expect(typeof builtins[name]?.()).toMatch(/object|function/)
      expect(builtin(`node:${name}`)).toBe(builtin(name))
      expect(aliasOf(`node:${name}`)).toBe(aliases[name])
    }
    expect(aliasOf('express')).toBeUndefined()
  })

  test.each(offered.filter((name) => !['buffer', 'process'].includes(name)))(
    '%s has no name that Node has not',
    async (name) => {
      const real = (await import(`node:${name}`)).default
      const ours = builtin(name) as object
      expect(Object.keys(ours).filter((key) => !(key in real) && !key.startsWith('_'))).toEqual([])
    },
  )

  test.each(['child_process', 'worker_threads', 'cluster', 'module', 'nonesuch'])('node:%s is refused', (name) => {
    expect(() => builtin(`node:${name}`)).toThrow(expect.objectContaining({ code: NOT_IN_THE_PAGE }))
  })

  test.each(['tls', 'zlib', 'https'])('%s is there, and each function says that it is not offered', (name) => {
    expect(functionsOf(builtin(name) as object)).toEqual([])
    for (const value of Object.values(builtin(name) as object)) {
      if (typeof value === 'function')
        expect(() => value()).toThrow(/is not offered in the page: .*`npm run lab -- start`/)
    }
  })

  test('os, tty and perf_hooks: plain values of the kinds that Node has', async () => {
    for (const name of ['os', 'tty', 'perf_hooks'] as const) {
      const real = (await import(`node:${name}`)).default
      const ours = builtin(name) as Record<string, unknown>
      for (const key of functionsOf(ours)) {
        const call = (from: Record<string, unknown>): string => {
          const result = /^[A-Z]/.test(key) ? 'class' : (from[key] as (value: number) => unknown)(0)
          return Array.isArray(result) ? 'array' : typeof result
        }
        expect(call(ours), key).toBe(call(real))
      }
    }
  })
})

describe('in place of iconv-lite', () => {
  test('what it decodes, as the package itself', async () => {
    const real = (await import('iconv-lite')).default
    for (const name of ['utf8', 'UTF-8', 'utf-16le', 'ucs2', 'utf-16be', 'utf-16', 'latin1', 'iso-8859-1', 'ascii']) {
      expect(iconv.encodingExists(name)).toBe(real.encodingExists(name))
      const bytes = real.encode('{"a":"b~"}', name)
      expect(iconv.decode(bytes, name)).toBe(real.decode(bytes, name))
      expect([...iconv.encode('é~', name === 'ascii' ? 'utf8' : name)]).toEqual([
        ...real.encode('é~', name === 'ascii' ? 'utf8' : name, { addBOM: false }),
      ])
      const decoder = iconv.getDecoder(name)
      let text = ''
      for (let at = 0; at < bytes.length; at += 3) text += decoder.write(bytes.subarray(at, at + 3))
      expect(text + decoder.end()).toBe('{"a":"b~"}')
    }
    expect(iconv.encodingExists('koi8-r')).toBe(false)
    expect(() => iconv.getDecoder('nonesuch')).toThrow(/^Encoding not recognized: /)
  })
})
