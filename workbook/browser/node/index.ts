import assert from './assert.ts'
import assertStrict from './assert-strict.ts'
import asyncHooks from './async_hooks.ts'
import buffer from './buffer.ts'
import crypto from './crypto.ts'
import diagnosticsChannel from './diagnostics_channel.ts'
import dns from './dns.ts'
import dnsPromises from './dns-promises.ts'
import events from './events.ts'
import fs from './fs.ts'
import fsPromises from './fs-promises.ts'
import http from './http.ts'
import https from './https.ts'
import net from './net.ts'
import os from './os.ts'
import path from './path.ts'
import perfHooks from './perf_hooks.ts'
import processModule from './process.ts'
import querystring from './querystring.ts'
import { notInThePage } from './refuse.ts'
import stream from './stream.ts'
import streamPromises from './stream-promises.ts'
import stringDecoder from './string_decoder.ts'
import timers from './timers.ts'
import timersPromises from './timers-promises.ts'
import tls from './tls.ts'
import tty from './tty.ts'
import url from './url.ts'
import util from './util.ts'
import utilTypes from './util-types.ts'
import zlib from './zlib.ts'

/** What `require` gives a program for each module of Node, by its name without `node:`. */
export const builtins: Readonly<Record<string, () => unknown>> = {
  assert: () => assert,
  'assert/strict': () => assertStrict,
  async_hooks: () => asyncHooks,
  buffer: () => buffer,
  crypto: () => crypto,
  diagnostics_channel: () => diagnosticsChannel,
  dns: () => dns,
  'dns/promises': () => dnsPromises,
  events: () => events,
  fs: () => fs,
  'fs/promises': () => fsPromises,
  http: () => http,
  https: () => https,
  net: () => net,
  os: () => os,
  path: () => path,
  'path/posix': () => path,
  perf_hooks: () => perfHooks,
  process: () => processModule,
  querystring: () => querystring,
  stream: () => stream,
  'stream/promises': () => streamPromises,
  string_decoder: () => stringDecoder,
  timers: () => timers,
  'timers/promises': () => timersPromises,
  tls: () => tls,
  tty: () => tty,
  url: () => url,
  util: () => util,
  'util/types': () => utilTypes,
  zlib: () => zlib,
}

/** The names of those modules. */
export const offered: readonly string[] = Object.keys(builtins)

/** Modules of Node that a page has nothing of, and why. */
const WHY: Readonly<Record<string, string>> = {
  child_process: 'there are no other programs to start',
  cluster: 'there are no other programs to start',
  dgram: 'only HTTP comes into a page, and none leads out of it',
  http2: 'only HTTP/1.1 comes into a page',
  inspector: "the browser's own tools do that",
  module: 'it loads no modules but those it began with',
  readline: 'there is no terminal',
  'readline/promises': 'there is no terminal',
  repl: 'there is no terminal',
  sqlite: 'it has PostgreSQL and Redis',
  test: 'checks run outside of the program',
  v8: 'it tells nothing of its engine',
  vm: 'it loads no code but what it began with',
  worker_threads: 'a program is one Worker',
}

/** Any module of Node by its name, with or without `node:`. Throws a sentence for one that is not offered. */
export function builtin(name: string): unknown {
  const bare = name.replace(/^node:/, '')
  const found = Object.hasOwn(builtins, bare) ? builtins[bare] : undefined
  if (found !== undefined) return found()
  throw notInThePage(`the module node:${bare}`, WHY[bare] ?? 'no lab needed it so far')
}

processModule.getBuiltinModule = (name) => {
  const bare = name.replace(/^node:/, '')
  return Object.hasOwn(builtins, bare) ? builtins[bare]?.() : undefined
}
