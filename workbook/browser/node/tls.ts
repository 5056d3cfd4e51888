import { refusedAll } from './refuse.ts'

const WHY = 'the network of the page carries no TLS'

/** Clients import it for connections that they may never make. */
export const { connect, createServer, createSecureContext, TLSSocket, Server } = refusedAll(
  'tls',
  ['connect', 'createServer', 'createSecureContext', 'TLSSocket', 'Server'],
  WHY,
)
export const rootCertificates: readonly string[] = []
export const DEFAULT_MIN_VERSION = 'TLSv1.2'
export const DEFAULT_MAX_VERSION = 'TLSv1.3'

const module = {
  connect,
  createServer,
  createSecureContext,
  TLSSocket,
  Server,
  rootCertificates,
  DEFAULT_MIN_VERSION,
  DEFAULT_MAX_VERSION,
}

export { module as 'module.exports' }
export default module
