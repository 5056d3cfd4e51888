import type { Exchange } from './exchange.ts'

/** One step of a counterexample: who sent what, when, and what came back. */
export interface TraceEvent {
  /** Seconds since the beginning. */
  at: number
  who: string
  sent: string
  got: string
  /** What makes the step special: "the reply is lost". */
  note?: string
}

/** Evidence of one claim that does not hold. */
export interface Evidence {
  claim: string
  expected: string
  received: string
  /** The last exchange that matters, where there is one. */
  exchange?: Exchange
  /** What was done, in words; left out, the exchange says it. */
  did?: string
  /** Numbers and words that a diagnosis may look at. */
  facts?: Record<string, unknown>
  /** The shortest way there, where the claim is about a sequence. */
  trace?: readonly TraceEvent[]
}

/** The learner's system breaks a claim. Ends the check. */
export class ClaimFailed extends Error {
  readonly evidence: Evidence
  constructor(evidence: Evidence) {
    super(`${evidence.claim}: expected ${evidence.expected}, received ${evidence.received}`)
    this.name = 'ClaimFailed'
    this.evidence = evidence
  }
}

/** Something this check only builds on went wrong; another check grades it. */
export class PreconditionFailed extends Error {
  /** Id of that check; empty where none does. */
  readonly provedBy: string
  readonly evidence: Omit<Evidence, 'claim'>
  constructor(provedBy: string, evidence: Omit<Evidence, 'claim'>) {
    super(`${evidence.expected}, received ${evidence.received}`)
    this.name = 'PreconditionFailed'
    this.provedBy = provedBy
    this.evidence = evidence
  }
}

/** The machine was too slow or too noisy to tell, twice: nobody's fault. */
export class TooNoisy extends Error {
  override name = 'TooNoisy'
}

/** The transport cannot offer what the check asked for. */
export class NotOffered extends Error {
  override name = 'NotOffered'
}

/** A mistake in a check or in the grader. */
export class GraderBug extends Error {
  override name = 'GraderBug'
}
