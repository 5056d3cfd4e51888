/**
 * For the bundler: what packages import by the name on the left is this file (relative to this folder). Each name of a
 * module of Node holds with `node:` before it too; see `aliasOf`.
 */
export const aliases: Readonly<Record<string, string>> = {
  assert: 'assert.ts',
  'assert/strict': 'assert-strict.ts',
  async_hooks: 'async_hooks.ts',
  buffer: 'buffer.ts',
  crypto: 'crypto.ts',
  diagnostics_channel: 'diagnostics_channel.ts',
  dns: 'dns.ts',
  'dns/promises': 'dns-promises.ts',
  events: 'events.ts',
  fs: 'fs.ts',
  'fs/promises': 'fs-promises.ts',
  http: 'http.ts',
  https: 'https.ts',
  net: 'net.ts',
  os: 'os.ts',
  path: 'path.ts',
  'path/posix': 'path.ts',
  perf_hooks: 'perf_hooks.ts',
  process: 'process.ts',
  querystring: 'querystring.ts',
  stream: 'stream.ts',
  'stream/promises': 'stream-promises.ts',
  string_decoder: 'string_decoder.ts',
  timers: 'timers.ts',
  'timers/promises': 'timers-promises.ts',
  tls: 'tls.ts',
  tty: 'tty.ts',
  url: 'url.ts',
  util: 'util.ts',
  'util/types': 'util-types.ts',
  zlib: 'zlib.ts',
}

/** Packages that others stand for: one too large, one native, and spellings by which packages ask for a package. */
export const replaced: Readonly<Record<string, string>> = {
  'iconv-lite': 'replaced/iconv-lite.ts',
  'pg-native': 'replaced/pg-native.ts',
  'process/': 'process.ts',
  'string_decoder/': 'string_decoder.ts',
}

/** The file that stands for what is imported as `name`, relative to this folder. Undefined: the bundler finds it itself. */
export function aliasOf(name: string): string | undefined {
  const bare = name.replace(/^node:/, '')
  if (Object.hasOwn(aliases, bare)) return aliases[bare]
  return Object.hasOwn(replaced, name) ? replaced[name] : undefined
}
