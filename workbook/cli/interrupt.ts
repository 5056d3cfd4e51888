/** One abort signal for a command: the first Ctrl-C asks it to clean up, a second one (not the echo of the first) ends it. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  let first = 0
  const stop = () => {
    const now = performance.now()
    if (first === 0) {
      first = now
      controller.abort(new DOMException('interrupted', 'AbortError'))
      process.stderr.write('\nStopping. Cleaning up what this command started.\n')
      // Whatever hangs must not keep the terminal.
      setTimeout(() => process.exit(130), 30_000).unref()
    } else if (now - first > 1_500) process.exit(130)
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop)
  return controller.signal
}
