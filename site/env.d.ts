/// <reference types="astro/client" />

// Types of Astro.locals.t and Astro.locals.starlightRoute.
import type {} from '@astrojs/starlight'

/** Origin that WebContainers come from; empty where the site has none (site/integrations/webcontainers.ts). */
declare global {
  const __WEBCONTAINERS__: string
}

declare module 'astro' {
  interface AstroClientDirectives {
    /** Loads the island at the first pointer or focus on it. */
    'client:intent'?: boolean
  }
}
