import { createCipheriv, createDecipheriv, getCiphers } from './crypto-cipher.ts'
import { createHash, createHmac, getHashes, Hash, Hmac, hash } from './crypto-hash.ts'
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from './crypto-kdf.ts'
import { createPrivateKey, createPublicKey, createSecretKey, KeyObject } from './crypto-key.ts'
import { randomBytes, randomFill, randomFillSync, randomInt, randomUUID, timingSafeEqual } from './crypto-random.ts'
import { refusedAll } from './refuse.ts'

export {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  getCiphers,
  getHashes,
  Hash,
  Hmac,
  hash,
  hkdf,
  hkdfSync,
  KeyObject,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  timingSafeEqual,
}

/** The page's own, asynchronous as it is. */
export const webcrypto = globalThis.crypto
export const subtle = webcrypto?.subtle
export const getRandomValues = <T extends Uint8Array<ArrayBuffer>>(bytes: T): T => webcrypto.getRandomValues(bytes)

/** Public and private keys: WebCrypto has them, but only asynchronously, and these are synchronous. */
const KEYS = [
  'createSign',
  'createVerify',
  'sign',
  'verify',
  'Sign',
  'Verify',
  'generateKeyPair',
  'generateKeyPairSync',
  'publicEncrypt',
  'publicDecrypt',
  'privateEncrypt',
  'privateDecrypt',
  'createDiffieHellman',
  'createECDH',
  'diffieHellman',
  'X509Certificate',
] as const

export const {
  createSign,
  createVerify,
  sign,
  verify,
  Sign,
  Verify,
  generateKeyPair,
  generateKeyPairSync,
  publicEncrypt,
  publicDecrypt,
  privateEncrypt,
  privateDecrypt,
  createDiffieHellman,
  createECDH,
  diffieHellman,
  X509Certificate,
} = refusedAll(
  'crypto',
  KEYS,
  'a browser has signatures and key pairs only asynchronously. The package jose (`SignJWT`, `jwtVerify`, `generateKeyPair`) works there and in Node',
)

export const { argon2, argon2Sync, generateKey, generateKeySync } = refusedAll(
  'crypto',
  ['argon2', 'argon2Sync', 'generateKey', 'generateKeySync'],
  'no lab needed it so far',
)

export const constants = {
  RSA_PKCS1_PADDING: 1,
  RSA_NO_PADDING: 3,
  RSA_PKCS1_OAEP_PADDING: 4,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_MAX_SIGN: -2,
  RSA_PSS_SALTLEN_AUTO: -2,
}

const module = {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  getCiphers,
  getHashes,
  Hash,
  Hmac,
  hash,
  hkdf,
  hkdfSync,
  KeyObject,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  timingSafeEqual,
  webcrypto,
  subtle,
  getRandomValues,
  createSign,
  createVerify,
  sign,
  verify,
  Sign,
  Verify,
  generateKeyPair,
  generateKeyPairSync,
  publicEncrypt,
  publicDecrypt,
  privateEncrypt,
  privateDecrypt,
  createDiffieHellman,
  createECDH,
  diffieHellman,
  X509Certificate,
  argon2,
  argon2Sync,
  generateKey,
  generateKeySync,
  constants,
}

export { module as 'module.exports' }
export default module
