/** A self-signed X.509 certificate (RFC 5280), for the headers x5c and x5u: just what a verifier reads of one. */
import { createPublicKey, sign } from 'node:crypto'

const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}
const sequence = (...parts: Buffer[]) => tlv(0x30, ...parts)
/** sha256WithRSAEncryption, 1.2.840.113549.1.1.11 */
const algorithm = sequence(tlv(0x06, Buffer.from('2a864886f70d01010b', 'hex')), tlv(0x05))
const utcTime = (time: Date) => tlv(0x17, Buffer.from(`${time.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))

/** DER of a certificate for a key, signed with that key, good for a day. */
export function selfSigned(privateKey: string, name: string): Buffer {
  const day = 86_400_000
  // 2.5.4.3: commonName
  const subject = sequence(tlv(0x31, sequence(tlv(0x06, Buffer.from('550403', 'hex')), tlv(0x0c, Buffer.from(name)))))
  const body = sequence(
    tlv(0x02, Buffer.from([1])),
    algorithm,
    subject,
    sequence(utcTime(new Date(Date.now() - day)), utcTime(new Date(Date.now() + day))),
    subject,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
  )
  return sequence(body, algorithm, tlv(0x03, Buffer.from([0]), sign('sha256', body, privateKey)))
}
