import { refusedAll } from './refuse.ts'

export const { request, get, createServer, Server, Agent } = refusedAll(
  'https',
  ['request', 'get', 'createServer', 'Server', 'Agent'],
  'the network of the page carries no TLS, and none leads out of it',
)

const module = { request, get, createServer, Server, Agent }

export { module as 'module.exports' }
export default module
