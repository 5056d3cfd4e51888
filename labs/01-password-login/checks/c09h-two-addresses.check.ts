import { check, type Http, type Kit, TooNoisy } from '../../../workbook/grader/index.ts'
import { limits } from './c09-throttle.check.ts'
import { login, registered, strong } from './kit.ts'

export const twoAddresses = check({
  id: 'C09h',
  title: 'Changing the network address buys no more guesses',
  level: 'hard',
  rationale: 'A guesser rents addresses by the thousand. A limit that counts per address multiplies by all of them.',
  lesson: '01-authentication/02-passwords-now#throttling',
  sources: ['asvs-6.3.1'],
  capabilities: ['http'],
  requires: ['two-addresses', 'real-cost'],
  lane: 'last',
  budget: { ms: 60_000, requests: 40 },
  claims: {
    reaches: { clause: 'throttle.6', says: 'the second address signs in to another account' },
    together: { clause: 'throttle.6', says: 'tries from two addresses count together', twin: 'reaches' },
  },
  async run(kit) {
    const { max } = limits(kit)
    const elsewhere = await kit.elsewhere()
    const other = await registered(kit)
    kit.expect('reaches', await login({ http: elsewhere }, other.email, other.password)).status(200)
    const refused = (await burst(kit, elsewhere)) ?? (await burst(kit, elsewhere))
    if (refused === undefined)
      throw new TooNoisy(
        'The machine took longer than half of LOGIN_WINDOW, twice, for wrong passwords from two addresses: by then the first of them may be forgotten.',
      )
    kit.expect('together').holds(refused >= max - 3 && refused > 0, {
      did: `Sent ${max - 1} wrong passwords for one account from each of two network addresses (LOGIN_MAX is ${max})`,
      expected: `429 for ${Math.max(1, max - 3)} of them at least`,
      received: `${refused} times 429`,
    })
  },
  diagnose: [
    {
      id: 'per-address',
      when: (f) => f.claim === 'together',
      why: 'A second network address gets a budget of its own for the same account. With a thousand rented addresses the limit is a thousand times as high.',
      hints: [
        'What is in the key of the counter?',
        'The address of the client can be chosen by the attacker.',
        'Count per e-mail address alone.',
      ],
    },
  ],
})

/** Wrong passwords from both addresses at once: how many were refused with 429. Undefined: too few, and so slowly that the window may have passed. */
async function burst(kit: Kit, elsewhere: Http): Promise<number | undefined> {
  const { max, window } = limits(kit)
  const victim = await registered(kit)
  const from = (http: Http) => Array.from({ length: max - 1 }, () => login({ http }, victim.email, strong(kit.rng)))
  const started = performance.now()
  const answers = await Promise.all([...from(kit.http), ...from(elsewhere)])
  const slow = performance.now() - started > (window * 1_000) / 2
  const refused = answers.filter((a) => a.response?.status === 429).length
  return slow && refused < max - 3 ? undefined : refused
}
