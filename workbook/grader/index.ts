/** What checks of labs and exercises import: the definition of a check and the words it is written with. Runs in Node and in a browser. */

export type { AnyCheck, Check, CheckContext, Claim, Diagnosis } from './core/check.ts'
export { check } from './core/check.ts'
export type { Exchange } from './core/exchange.ts'
export { actOf, cut, receivedOf, shorten } from './core/exchange.ts'
export type { AnyExerciseCheck, Call, ExerciseContext, ExerciseResult, Outcome } from './core/exercise.ts'
export { CallTrouble, exerciseCheck, gradeExercise, shownOutcome, timelineOf } from './core/exercise.ts'
export { anyClientError } from './core/expect.ts'
export type { TraceEvent } from './core/failure.ts'
export { ClaimFailed, NotOffered, PreconditionFailed, TooNoisy } from './core/failure.ts'
export type { Attacker, GateStore, Http, Keys, Kit, Redis, RequestOptions, Row, SigningKey } from './core/kit.ts'
export type { Rng } from './core/rng.ts'
