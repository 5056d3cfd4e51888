/** Writes one JSON object to a line of standard output. What is handed in is written as it is, so tokens are never handed in. */
export const log = (fields) => void process.stdout.write(`${JSON.stringify({ at: new Date(), ...fields })}\n`)

/** Of an error only what the program itself made: a message of the database may quote what a client sent. */
export const trace = ({ name, code, stack }) => ({
  error: name,
  code,
  stack: String(stack)
    .split('\n')
    .filter((line) => /^\s+at /.test(line)),
})
