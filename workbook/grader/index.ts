/** What a lab's checks import: the definition of a check and the words it is written with. Runs in Node and in a browser. */

export type { AnyCheck, Check, CheckContext, Claim, Diagnosis } from './core/check.ts'
export { check } from './core/check.ts'
export type { Exchange } from './core/exchange.ts'
export { actOf, cut, receivedOf, shorten } from './core/exchange.ts'
export { anyClientError } from './core/expect.ts'
export { ClaimFailed, NotOffered, PreconditionFailed, TooNoisy } from './core/failure.ts'
export type { Attacker, GateStore, Http, Keys, Kit, Redis, RequestOptions, Row, SigningKey } from './core/kit.ts'
export type { Rng } from './core/rng.ts'
