/// <reference types="astro/client" />

// Types of Astro.locals.t and Astro.locals.starlightRoute.
import type {} from '@astrojs/starlight'

declare module 'astro' {
  interface AstroClientDirectives {
    /** Loads the island at the first pointer or focus on it. */
    'client:intent'?: boolean
  }
}
