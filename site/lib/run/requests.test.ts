import { afterEach, expect, test } from 'vitest'
import type { Sandbox } from '../../../workbook/browser/host/sandbox.ts'
import type { ProgramNews, ProgramOrder } from '../../../workbook/browser/protocol.ts'
import { overheard } from './requests.ts'
import type { RequestEntry } from './subject.ts'

const open: MessagePort[] = []
afterEach(() => {
  for (const port of open.splice(0)) port.close()
})

/** A sandbox whose programs are the far ends of ports. */
function fake(): { sandbox: Sandbox; far: MessagePort[] } {
  const far: MessagePort[] = []
  const start: Sandbox['start'] = () => {
    const { port1, port2 } = new MessageChannel()
    open.push(port1, port2)
    far.push(port2)
    return { port: port1, died: new Promise(() => {}), end: () => {} }
  }
  return { sandbox: { start, close: () => {} }, far }
}
const request = (id: number, host = '127.0.0.1:3000'): ProgramOrder => ({
  kind: 'request',
  id,
  port: 3000,
  request: { method: 'POST', url: '/api/x?y=1', headers: [['host', host]], body: new Uint8Array(), remoteAddress: '' },
})
const answer = (id: number): ProgramNews => ({
  kind: 'answer',
  id,
  response: { status: 201, headers: [], body: new Uint8Array() },
})
const next = (port: MessagePort) => new Promise<unknown>((done) => port.once('message', done as never))

declare global {
  interface MessagePort {
    once(name: string, listener: (value: unknown) => void): void
  }
}

test('tells what is asked and answered, and changes neither', async () => {
  const { sandbox, far } = fake()
  const told: RequestEntry[] = []
  const { port } = overheard(sandbox, (entry) => told.push(entry)).start('api-1', '')
  const heard: unknown[] = []
  port.onmessage = ({ data }) => heard.push(data)
  const [program] = far
  if (program === undefined) throw new Error('no program')
  const came = next(program)
  port.postMessage(request(7))
  expect(await came).toEqual(request(7))
  const back = new Promise((done) => port.addEventListener('message', done, { once: true }))
  program.postMessage(answer(7))
  await back
  expect(heard).toEqual([answer(7)])
  expect(told).toMatchObject([
    { n: 1, program: 'api-1', method: 'POST', path: '/api/x?y=1' },
    { n: 1, status: 201, ms: expect.any(Number) },
  ])
})

test('hands ports on, and is silent about the grader’s own question whether a program is there', async () => {
  const { sandbox, far } = fake()
  const told: RequestEntry[] = []
  const { port } = overheard(sandbox, (entry) => told.push(entry)).start('api', '')
  const [program] = far
  if (program === undefined) throw new Error('no program')
  port.postMessage(request(1, 'localhost'))
  const { port1, port2 } = new MessageChannel()
  open.push(port1, port2)
  const came = new Promise<MessageEvent>((done) => {
    program.onmessage = (event) => event.data.kind === 'accept' && done(event)
  })
  port.postMessage({ kind: 'accept', port: port2 }, [port2])
  expect((await came).data.port).toBeInstanceOf(MessagePort)
  expect(told).toEqual([])
})

test('says of a request that is broken off, and of those of a program that ends', async () => {
  const { sandbox, far } = fake()
  const told: RequestEntry[] = []
  const { port } = overheard(sandbox, (entry) => told.push(entry)).start('api', '')
  port.onmessage = () => {}
  const back = new Promise((done) => port.addEventListener('message', done, { once: true }))
  port.postMessage(request(1))
  port.postMessage({ kind: 'abandon', id: 1 } satisfies ProgramOrder)
  port.postMessage(request(2))
  far[0]?.postMessage({ kind: 'exited', code: 1 } satisfies ProgramNews)
  await back
  expect(told.filter(({ trouble }) => trouble !== undefined)).toMatchObject([
    { n: 1, trouble: 'broken off by the client' },
    { n: 2, trouble: 'the program ended' },
  ])
})
