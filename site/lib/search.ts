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
  const base = import.meta.env.BASE_URL.replace(/\/$/, '')
  const pagefind = (await import(/* @vite-ignore */ `${base}/pagefind/pagefind.js`)) as Pagefind
  return {
    async find(words) {
      const { results } = await pagefind.search(words)
      const pages = await Promise.all(results.slice(0, 8).map((result) => result.data()))
      return pages.map((page) => ({
        url: page.url,
        title: page.meta.title ?? page.url,
        excerpt: page.excerpt,
        parts: page.sub_results.filter((part) => part.url !== page.url).slice(0, 3),
      }))
    },
  }
}
