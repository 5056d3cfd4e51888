/** Runs in the browser: reads the index that Pagefind wrote into the site. */

interface PagefindResult {
  url: string
  excerpt: string
  meta: { title?: string }
  sub_results: { url: string; title: string; excerpt: string }[]
}

interface Pagefind {
  search(words: string): Promise<{ results: { data(): Promise<PagefindResult> }[] }>
}

/** One page that matches, and up to three of its sections. `excerpt` is HTML: escaped text with `<mark>`. */
export interface Hit {
  url: string
  title: string
  excerpt: string
  parts: { url: string; title: string; excerpt: string }[]
}

export interface SearchIndex {
  find(words: string): Promise<Hit[]>
}

/** Loads Pagefind's reader; the pieces of the index come with each search. */
export async function openIndex(): Promise<SearchIndex> {
  const pagefind = await loadPagefind()
  return {
    async find(words) {
      const { results } = await pagefind.search(words)
      const pages = await Promise.all(results.slice(0, 8).map((result) => result.data()))
      return pages.map((page) => {
        const parts = page.sub_results.filter((part) => part.url !== page.url).slice(0, 3)
        // The page's excerpt is often that of a section: once is enough.
        const excerpt = parts.some((part) => part.excerpt === page.excerpt) ? '' : page.excerpt
        return { url: page.url, title: page.meta.title ?? page.url, excerpt, parts }
      })
    },
  }
}

/**
 * Pagefind's module is written after the bundle, so it cannot be imported from here: the bundler would put two kilobytes of
 * preloading around the import. `public/search-index.js` imports it and hands it over by an event.
 */
function loadPagefind(): Promise<Pagefind> {
  return new Promise((resolve, reject) => {
    addEventListener('workbook:pagefind', (event) => resolve((event as CustomEvent<Pagefind>).detail), { once: true })
    const script = document.createElement('script')
    script.type = 'module'
    // Another address for another try: a module that failed is not asked for again.
    script.src = `${import.meta.env.BASE_URL.replace(/\/$/, '')}/search-index.js?${Date.now()}`
    script.onerror = () => reject(new Error('no index'))
    document.head.append(script)
  })
}
