/** Runs in the browser: the search dialog. Loaded when it is first opened (overrides/Search.astro). */
import { type Hit, openIndex, type SearchIndex } from './search.ts'

let index: Promise<SearchIndex> | undefined
let turn = 0

/** Makes an open dialog ready: its index, and once its look and what its parts do. */
export async function prepare(dialog: HTMLDialogElement): Promise<void> {
  index ??= openIndex()
  const input = dialog.querySelector('input')
  const { styles } = dialog.dataset
  if (!input || styles === undefined) return
  delete dialog.dataset.styles
  input.addEventListener('input', () => void search(dialog, input.value))
  dialog.querySelector('[data-close]')?.addEventListener('click', () => dialog.close())
  // Enter in the field goes to the first result.
  dialog.querySelector('form')?.addEventListener('submit', (event) => {
    event.preventDefault()
    dialog.querySelector<HTMLAnchorElement>('ol a')?.click()
  })
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog || (event.target as Element).closest('ol a')) dialog.close()
  })
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') move(dialog, event)
    // In a search field Escape clears the text first; here it means: away.
    if (event.key === 'Escape') dialog.close()
  })
  // What was typed meanwhile.
  void search(dialog, input.value)
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = styles
  document.head.append(link)
  await new Promise((resolve) => {
    link.onload = resolve
    // Without its look the dialog works, too.
    link.onerror = resolve
  })
}

/** Arrow keys walk through the field and the results. */
function move(dialog: HTMLDialogElement, event: KeyboardEvent): void {
  const stops = [...dialog.querySelectorAll<HTMLElement>('input, ol a')]
  const at = stops.indexOf(document.activeElement as HTMLElement)
  const next = stops[at + (event.key === 'ArrowDown' ? 1 : -1)]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}

async function search(dialog: HTMLDialogElement, words: string): Promise<void> {
  const mine = ++turn
  index ??= openIndex()
  let hits: Hit[] = []
  let status = ''
  try {
    hits = words.trim() === '' ? [] : await (await index).find(words)
    if (words.trim() !== '')
      status =
        hits.length === 0
          ? `Nothing found for “${words}”.`
          : `${hits.length} ${hits.length === 1 ? 'page' : 'pages'} found.`
  } catch {
    index = undefined
    status = 'The search index is missing. It is made by the build: npm start.'
  }
  if (mine !== turn) return // a later keystroke has its own answer
  const line = dialog.querySelector('[role=status]')
  if (line) line.textContent = status
  dialog.querySelector('ol')?.replaceChildren(...hits.map(render))
}

function render(hit: Hit): HTMLElement {
  const item = document.createElement('li')
  item.append(link(hit.url, hit.title, hit.excerpt))
  for (const part of hit.parts) item.append(link(part.url, part.title, part.excerpt, 'part'))
  return item
}

function link(url: string, title: string, excerpt: string, className = ''): HTMLElement {
  const a = document.createElement('a')
  a.href = url
  a.className = className
  const strong = document.createElement('strong')
  strong.textContent = title
  const text = document.createElement('span')
  // Pagefind escapes the page's text and adds <mark> only.
  text.innerHTML = excerpt
  a.append(strong, text)
  return a
}
