/**
 * Runs in the browser. Hydrates an island once the reader points at it, touches it, or moves the focus into it. A click that comes before the code is
 * there is not lost: it is done again when it is. An island in an element with `data-load-when` loads at once where the session storage of this tab
 * has that key: it was open before the page was loaded again.
 */
import type { ClientDirective } from 'astro'

const SIGNS = ['pointerover', 'touchstart', 'focusin', 'click'] as const

const intent: ClientDirective = (load, _options, element) => {
  let clicked: HTMLElement | undefined
  const remember = (event: Event) => {
    clicked = (event.target as HTMLElement).closest<HTMLElement>('button, summary') ?? undefined
  }
  const start = async () => {
    for (const sign of SIGNS) element.removeEventListener(sign, start)
    const hydrate = await load()
    // From here on React hears clicks itself, also while it takes the page over: one that was remembered too would count twice.
    element.removeEventListener('click', remember)
    await hydrate()
    // It does so in a task of its own.
    setTimeout(() => {
      if (clicked?.isConnected) clicked.click()
    })
  }
  element.addEventListener('click', remember)
  for (const sign of SIGNS) element.addEventListener(sign, start, { passive: true })
  const key = element.closest<HTMLElement>('[data-load-when]')?.dataset.loadWhen
  if (key !== undefined && sessionStorage.getItem(key) !== null) void start()
}

export default intent
