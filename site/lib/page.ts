import type { AstroGlobal } from 'astro'

/** The file of the page being built, for error messages: `course/01-authentication/02-passwords-now.mdx`. */
export function pageFile(astro: Pick<AstroGlobal, 'locals' | 'url'>): string {
  const route = astro.locals.starlightRoute as { entry: { filePath?: string } } | undefined
  return route?.entry.filePath ?? `the page ${astro.url.pathname}`
}
