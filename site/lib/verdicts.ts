/** The words of the grader's verdicts, as the terminal prints them. */
export const VERDICTS = {
  pass: { word: 'PASS', means: 'Everything the check asserts was seen.' },
  fail: { word: 'FAIL', means: 'The system answered, and not as the contract says.' },
  blocked: { word: 'BLOCKED', means: 'A check that this one needs did not pass.' },
  'not-run': { word: 'NOT RUN', means: 'This transport, or the selection, could not run the check.' },
  env: { word: 'ENV', means: 'The environment stood in the way: engine, port, health, trust.' },
  grader: { word: 'GRADER', means: 'A fault of the grader, not of your program.' },
  unstable: { word: 'UNSTABLE', means: 'Failed and then passed; never counted as passed.' },
} as const

export type VerdictKind = keyof typeof VERDICTS
