/** Streams of events to readers that are slow, deaf, or gone. */
import http from 'node:http'
import net from 'node:net'
import express from 'express'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Desk } from '../session/desk/desk.ts'
import { EventLog } from '../session/desk/event-log.ts'
import type { LabEvent, LabState } from '../session/desk/protocol.ts'
import { listen, type StaticSite } from './static.ts'
import { Streams } from './streams.ts'

let site: StaticSite
let streams: Streams
let events: EventLog<LabEvent>
let watchers: number
beforeEach(async () => {
  streams = new Streams()
  watchers = 0
  events = new EventLog({ most: 100, bytes: 1_000_000, spare: () => false, outdates: () => undefined })
  const desk = {
    events,
    state: async () => ({ results: 'now' }) as LabState,
    watchOver: () => {
      watchers++
      return () => {
        watchers--
      }
    },
  } as unknown as Desk
  const app = express()
  app.get('/', (request, response) => streams.serve(desk, request, response))
  site = await listen(app, { port: 0 })
})
afterEach(async () => {
  streams.close()
  await site.close()
})
const says = (text: string) => events.append({ type: 'says', text })
const told = (text: string) => [...text.matchAll(/"text":"([^"]*)"/g)].map(([, word]) => (word ?? '').slice(0, 20))
/** A reader; `headers` as they go out. */
function read(where = '/', headers: Record<string, string> = {}) {
  let text = ''
  let gone = false
  const request = http.get(new URL(where, site.url), { headers, agent: false }, (response) => {
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
    })
    response.on('close', () => {
      gone = true
    })
    response.on('error', () => {})
  })
  request.on('error', () => {})
  return {
    text: () => text,
    gone: () => gone,
    until: (wanted: string) => vi.waitFor(() => expect(text).toContain(wanted), { interval: 10 }),
    leave: () => request.destroy(),
  }
}

test('a reader is told what was, then what comes, then how it is, each once and with its id', async () => {
  says('one')
  const reader = read()
  await reader.until('"state"')
  says('two')
  await reader.until('two')
  expect(told(reader.text())).toEqual(['one', 'two'])
  expect(reader.text()).toMatch(
    /^retry: 1000\n\nevent: whole\ndata: \{\}\n\nid: [0-9a-f]{8}-1\ndata: \{"type":"says","text":"one"\}\n\n/,
  )
  const id = /id: (.*-1)/.exec(reader.text())?.[1] ?? ''
  for (const again of [read('/', { 'Last-Event-ID': id }), read(`/?after=${id}`)]) {
    await again.until('"state"')
    expect(told(again.text())).toEqual(['two'])
    expect(again.text()).not.toContain('whole')
  }
})

test('an event with line breaks is one event', async () => {
  says('a\n\nid: 7\ndata: x\r\u2028')
  const reader = read()
  await reader.until('"state"')
  expect(
    reader
      .text()
      .split('\n')
      .filter((line) => line.startsWith('id: ')),
  ).toHaveLength(1)
})

test('who is gone is forgotten', async () => {
  const reader = read()
  await reader.until('"state"')
  expect([streams.count, watchers, events.listeners]).toEqual([1, 1, 1])
  reader.leave()
  await vi.waitFor(() => expect([streams.count, watchers, events.listeners]).toEqual([0, 0, 0]))
})

test('who never reads is let go, with bounded memory, and holds up nobody', async () => {
  const { hostname, port } = new URL(site.url)
  const deaf = net.connect(Number(port), hostname)
  deaf.on('error', () => {})
  deaf.pause()
  deaf.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n`)
  const reader = read()
  await reader.until('"state"')
  await vi.waitFor(() => expect(streams.count).toBe(2))
  const before = process.memoryUsage().rss
  for (let n = 0; n < 300; n++) {
    says(`${n} ${'x'.repeat(100_000)}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await reader.until('"text":"299 ')
  await vi.waitFor(() => expect([streams.count, events.listeners]).toEqual([1, 1]))
  expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000)
  deaf.destroy()
})

test('closed, they end, take no more, and what is told then breaks nothing', async () => {
  const { hostname, port } = new URL(site.url)
  const deaf = net.connect(Number(port), hostname)
  deaf.pause()
  deaf.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n`)
  const reader = read()
  await reader.until('"state"')
  await vi.waitFor(() => expect(streams.count).toBe(2))
  says('x'.repeat(3_000_000))
  streams.close()
  says('late')
  expect([streams.count, watchers, events.listeners]).toEqual([0, 0, 0])
  await vi.waitFor(() => expect(reader.gone()).toBe(true))
  expect(reader.text()).not.toContain('late')
  expect((await fetch(site.url)).status).toBe(503)
  deaf.destroy()
})
