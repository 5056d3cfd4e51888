/** Runs in the browser, on every page. What shows progress is loaded only where the workbook of this machine gave the page out. */
if (document.documentElement.dataset.workbook === 'local') {
  import('./progress/start.ts').catch(() => {
    const place = document.querySelector('[data-wb-read] p, [data-wb="away"]')
    if (place) place.textContent = 'Your progress cannot be shown: a part of this page did not come. Load it again.'
  })
}

export {}
