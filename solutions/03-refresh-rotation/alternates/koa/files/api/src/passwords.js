import { readFileSync } from 'node:fs'
import { hash, verify } from '@node-rs/argon2'
import { Refusal } from './refusal.js'
import { settings } from './settings.js'

// argon2id is what the package does unless told otherwise.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const LONGEST = 300

const known = new Set(readFileSync(settings.blocklist, 'utf8').toLowerCase().split(/\r?\n/))
const nobody = await hash('nobody has this one', COST)

const length = (text) => Array.from(text).length

export const hashPassword = (password) => hash(password, COST)

/** False without a hash as well, but not sooner. */
export async function fits(password, phc) {
  if (length(password) > LONGEST) return false
  return (await verify(phc ?? nobody, password)) && phc !== undefined
}

/** Refuses what no account may have as its password. */
export function checkPassword(password, { email, displayName }) {
  if (length(password) < 15) throw new Refusal(422, 'password_too_short', 'A password has 15 characters or more')
  if (length(password) > LONGEST)
    throw new Refusal(422, 'password_too_long', `A password has ${LONGEST} characters or fewer`)
  const plain = password.toLowerCase()
  const words = ['depot', email.split('@')[0], displayName].map((word) => word.toLowerCase())
  const rest = words.sort((a, b) => b.length - a.length).reduce((left, word) => left.replaceAll(word, ''), plain)
  if (known.has(plain) || length(rest) < 8)
    throw new Refusal(422, 'password_blocked', 'This password is too easy to guess')
}
