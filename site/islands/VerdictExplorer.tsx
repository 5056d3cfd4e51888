/**
 * The output of a failed check, line by line. Each line opens to what it means; that is plain HTML and works without
 * scripts. Once the reader touches it, arrow keys walk through the lines, and a few questions ask for the right one.
 */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { parseTranscript } from '../lib/transcript.ts'
import sample from './failed-check.txt?raw'
import './verdict-explorer.css'

interface Props {
  /** What the terminal printed. Without it: C05 on the starter of L01, on 22 November 2026. */
  output?: string
}

const MEANS: Record<string, string> = {
  FAIL: 'The verdict is a word, and colour only repeats it. Then come the check’s id, which you can put on the command line, its title, and the time it took.',
  Did: 'What the grader did last, in words. You can do the same by hand.',
  Expected:
    'What the contract demands at this point, and the clause that says so. If the clause does not say it, the check is wrong, and that is a bug to report.',
  Received: 'What your system answered. Long values are shortened, with their length.',
  Why: 'The cause that the grader recognised, written by a person for this mistake. It says what follows for your users; it holds no solution.',
  Log: 'Your own log line of this very request, found by its X-Request-Id. It is evidence that the request reached your code; no verdict rests on it.',
  Request: 'The request as a shell command. Paste it into a terminal, and you see what the grader saw.',
  Repeat:
    'The same check again, with the seed of this run: it draws the same values. Without --seed it draws new ones.',
  Read: 'The paragraph of the course that explains the rule.',
  Next: 'Three hints wait, each nearer than the one before. You get them when you ask, one at a time.',
  BLOCKED:
    'These checks need what just failed. They say nothing about your code yet, so leave them alone until it passes.',
}

const QUESTIONS = [
  {
    ask: 'You believe the check is wrong. Which line do you hold against the contract?',
    answer: 'Expected',
    because: 'It names the clause that the check rests on.',
  },
  {
    ask: 'Which line shows that the request reached your code?',
    answer: 'Log',
    because: 'Your server wrote it, and the request id ties it to this request.',
  },
  {
    ask: 'You want to see the answer yourself. Which line do you paste into a terminal?',
    answer: 'Request',
    because: 'It is the very request, headers and body included.',
  },
]

export default function VerdictExplorer({ output = sample }: Props) {
  const lines = parseTranscript(output)
  const list = useRef<HTMLOListElement>(null)
  const [alive, setAlive] = useState(false)
  useEffect(() => setAlive(true), [])

  const walk = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    const stops = [...(list.current?.querySelectorAll('summary') ?? [])]
    const next = stops[stops.indexOf(event.target as HTMLElement) + step]
    if (next === undefined) return
    event.preventDefault()
    next.focus()
  }

  return (
    <div className="wb-explorer not-content">
      <p className="wb-label">A failed check: choose a line to see what it is for</p>
      <ol ref={list} onKeyDown={walk}>
        {lines.map((line) => (
          <li key={line.text}>
            {/* One name: opening a line closes the one before. */}
            <details name="verdict-explorer">
              <summary className={line.label === 'FAIL' ? 'wb-head' : undefined}>
                <b>{line.label}</b> <span>{line.text}</span>
              </summary>
              <p>{MEANS[line.label]}</p>
            </details>
          </li>
        ))}
      </ol>
      {alive && <Questions labels={lines.map((line) => line.label)} />}
    </div>
  )
}

/** Asks for lines, one question after the other. */
function Questions({ labels }: { labels: string[] }) {
  const questions = QUESTIONS.filter((q) => labels.includes(q.answer))
  const [at, setAt] = useState(0)
  const [said, setSaid] = useState<string>()
  const question = questions[at]
  if (question === undefined) return null
  const right = said === question.answer
  const choices = labels.filter((label) => label in MEANS && label !== 'FAIL' && label !== 'BLOCKED')
  return (
    <fieldset>
      <legend>
        Question {at + 1} of {questions.length}: {question.ask}
      </legend>
      <div className="wb-choices">
        {choices.map((label) => (
          <button type="button" key={label} aria-pressed={said === label} onClick={() => setSaid(label)}>
            {label}
          </button>
        ))}
      </div>
      <p role="status">
        {said === undefined ? '' : right ? `Yes, ${said}. ${question.because}` : `${said}: ${MEANS[said]} Look again.`}
      </p>
      {right && at + 1 < questions.length && (
        <button
          type="button"
          onClick={() => {
            setAt(at + 1)
            setSaid(undefined)
          }}
        >
          Next question
        </button>
      )}
    </fieldset>
  )
}
