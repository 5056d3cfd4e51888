/** Runs in the browser: a table that is wider than the page scrolls, and what scrolls can be reached by keyboard. */
const tables = [...document.querySelectorAll<HTMLTableElement>('.sl-markdown-content table')]
const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) target.toggleAttribute('tabindex', false)
  for (const { target } of entries) if (target.scrollWidth > target.clientWidth) target.setAttribute('tabindex', '0')
})
for (const table of tables) watch.observe(table)

export {}
