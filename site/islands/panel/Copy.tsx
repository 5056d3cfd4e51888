import { type ReactNode, useState } from 'react'

/** A button that puts text on the clipboard, and says so. */
export function Copy({ text, children }: { text: string; children: ReactNode }) {
  const [said, setSaid] = useState<string>()
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('Copied')
    } catch {
      setSaid('The browser does not allow it here')
    }
    setTimeout(() => setSaid(undefined), 2_000)
  }
  return (
    <button type="button" className="wb-quiet-button" onClick={copy}>
      {said ?? children}
    </button>
  )
}
