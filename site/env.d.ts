/// <reference types="astro/client" />

declare module 'astro' {
  interface AstroClientDirectives {
    /** Loads the island at the first pointer or focus on it. */
    'client:intent'?: boolean
  }
}

export {}
