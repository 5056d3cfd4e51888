/** Runs in the browser. Hydrates an island once the reader points at it, touches it, or moves the focus into it. */
import type { ClientDirective } from 'astro'

const SIGNS = ['pointerover', 'touchstart', 'focusin'] as const

const intent: ClientDirective = (load, _options, element) => {
  const start = async () => {
    for (const sign of SIGNS) element.removeEventListener(sign, start)
    const hydrate = await load()
    await hydrate()
  }
  for (const sign of SIGNS) element.addEventListener(sign, start, { passive: true })
}

export default intent
