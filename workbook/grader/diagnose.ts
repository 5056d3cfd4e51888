/** From evidence to an explanation: the check's own diagnoses, and those that hold for any check. */
import type { AnyCheck, Claim, Diagnosis, FailureFacts } from './core/check.ts'
import type { Evidence } from './core/failure.ts'

type Told = Pick<Diagnosis, 'id' | 'why' | 'hints'>

/** No answer at all: nothing that a check knows about its subject explains it better. */
const troubles: Diagnosis[] = [
  {
    id: 'not-listening',
    when: (f) => f.exchange?.trouble?.kind === 'refused',
    why: 'Nothing accepts connections at the address of the API any more. The server ended, or listens on another port than PORT says.',
    hints: [
      'Look at the log lines of the API first: an uncaught error ends a Node process.',
      'Send the request from the Repeat line by hand and watch the log meanwhile.',
      'An error in an async handler that nothing catches ends the process; see where this request goes and what it awaits.',
    ],
  },
  {
    id: 'closed-connection',
    when: (f) => f.exchange?.trouble?.kind === 'closed',
    why: 'The server closed the connection before it had sent a whole answer. A client sees a broken network, and cannot tell whether the request took effect.',
    hints: [
      'Look at the log of the API for an error at the time of this request.',
      'See whether the process restarted: a crash closes every connection it had.',
      'Every path through the handler has to end in an answer, errors included.',
    ],
  },
  {
    id: 'hangs',
    when: (f) => f.exchange?.trouble?.kind === 'timeout',
    why: 'The request got no whole answer in the time a client would wait. Either the handler never answers on this path, or the process is busy and serves nobody.',
    hints: [
      'Ask /api/health/ready meanwhile: if that hangs too, the process is blocked, not the handler.',
      'Look for a path that neither answers nor passes an error on, and for a loop that never yields.',
      'A promise that nobody settles and a connection pool that is empty look the same from outside; the log tells them apart.',
    ],
  },
  {
    id: 'huge-answer',
    when: (f) => f.exchange?.trouble?.kind === 'too-large',
    why: 'The answer is larger than one megabyte; reading was stopped there. No answer of this lab has a reason to be that large.',
    hints: [
      'See what the handler puts into the body.',
      'A whole table, or the request itself, may have been serialised.',
      'Answer with the fields that the clause lists.',
    ],
  },
  {
    id: 'no-http',
    when: (f) => f.exchange?.trouble?.kind === 'invalid',
    why: 'What came back is not a valid HTTP answer.',
    hints: [
      'Is it really the API that listens on this port?',
      'Look at the raw bytes with the curl command of this failure.',
      'A status or a header was written that HTTP does not allow.',
    ],
  },
]

/** Answers of the wrong kind, told when the check knows nothing better. */
const shapes: Diagnosis[] = [
  {
    id: 'wrong-code',
    when: (f) => f.facts.wrongCode === true,
    why: 'The refusal is right and its code is not the one that the clause lists. A client decides by the code what to tell its user.',
    hints: [
      'Compare the code in Received with the one in Expected.',
      'The field is called code and holds a string.',
      'Where does the handler choose the code of this refusal?',
    ],
  },
  {
    id: 'server-error',
    when: (f) => (f.status ?? 0) >= 500,
    why: 'The server answered with an error of its own (5xx). Something in the handler threw, and the client can do nothing about it.',
    hints: [
      'The log line of this request names the error.',
      'Repeat the request with the curl command and read the stack in the log.',
      'Decide for this input which 4xx it deserves, or make it work.',
    ],
  },
  {
    id: 'not-json',
    when: (f) =>
      f.exchange?.response !== undefined &&
      f.exchange.response.json === undefined &&
      f.body.trimStart().startsWith('<'),
    why: 'The answer is an HTML page and not JSON. Usually that is a framework’s default error page, or the address of another program.',
    hints: [
      'Read the page: its text names the cause.',
      'Is the path under /api right, and is it this API that answers?',
      'Give the framework an error handler of your own that answers JSON.',
    ],
  },
  {
    id: 'redirect',
    when: (f) => (f.status ?? 0) >= 300 && (f.status ?? 0) < 400,
    why: 'The API answered with a redirect. A client of an API does not follow it with the same method and body.',
    hints: [
      'See where Location points.',
      'A trailing slash or a forced https often makes these.',
      'Answer at the path that the clause names.',
    ],
  },
  {
    id: 'no-such-route',
    when: (f) => f.status === 404 || f.status === 405,
    why: 'The server knows no such operation: it answered 404 or 405 to a path and method that the contract names.',
    hints: [
      'Compare path and method with the clause, letter by letter.',
      'Is the router mounted under /api?',
      'Is the file that registers the route imported at all?',
    ],
  },
]

/** Ids of the diagnoses that any check may end with, beside its own. */
export const generalDiagnoses: readonly string[] = [...troubles, ...shapes].map((d) => d.id)

/** The explanation of a failed claim. There is always one: without a match it is the claim itself. */
export function diagnose(check: AnyCheck, evidence: Evidence): Told {
  const facts: FailureFacts<string> = {
    claim: evidence.claim,
    status: evidence.exchange?.response?.status,
    body: evidence.exchange?.response?.body ?? '',
    exchange: evidence.exchange,
    facts: evidence.facts ?? {},
  }
  const known = [...troubles, ...(check.diagnose as Diagnosis[]), ...shapes].find((d) => d.when(facts))
  if (known !== undefined) return known
  const claim = (check.claims as Record<string, Claim>)[evidence.claim]
  return {
    id: 'unrecognised',
    why:
      claim === undefined
        ? 'What this check builds on does not work: see Expected and Received.'
        : `It does not hold that ${claim.says}.`,
    hints: [
      'Compare Expected and Received, then read the clause it cites.',
      'Repeat the request with the curl command and follow it through the code.',
      'Read the paragraph of the course that Read names.',
    ],
  }
}
