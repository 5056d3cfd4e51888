/** Runs in the browser: paper is white, so a page in dark colours is printed in light ones. */
const root = document.documentElement
let before: string | undefined

matchMedia('print').addEventListener('change', ({ matches }) => {
  if (matches) {
    before = root.dataset.theme
    root.dataset.theme = 'light'
  } else if (before !== undefined) root.dataset.theme = before
})

export {}
