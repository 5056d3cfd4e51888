// @ts-check
import { fileURLToPath } from 'node:url'
import react from '@astrojs/react'
import starlight from '@astrojs/starlight'
import { defineConfig } from 'astro/config'
import { accessibleTables } from './site/integrations/accessible-tables.ts'
import { intentDirective } from './site/integrations/intent-directive.ts'
import { leanStarlight } from './site/integrations/lean-starlight.ts'
import { lessonComponents } from './site/integrations/lesson-components.ts'
import { programs } from './site/integrations/programs.ts'
import { smallImports } from './site/integrations/small-imports.ts'
import { containerHost, webContainers } from './site/integrations/webcontainers.ts'
import { sidebarOf } from './site/lib/sidebar.ts'
import { loadCatalog } from './workbook/catalog/index.ts'

// Astro reports its commands to its makers unless told otherwise. It reads this variable after this file.
process.env.ASTRO_TELEMETRY_DISABLED = '1'

const root = fileURLToPath(new URL('.', import.meta.url))
// A mistake in course/ or labs/ ends the build here, with every problem of every file.
const catalog = await loadCatalog(root)
const host = containerHost()

/** Parts of Starlight for what this course has not: other languages, drafts, banners. */
const NEVER_SHOWN = ['Banner', 'DraftContentNotice', 'FallbackContentNotice', 'Hero', 'LanguageSelect']

// `site` stays unset: the course is read on the reader's own machine, so no page knows an absolute address.
export default defineConfig({
  srcDir: './site',
  publicDir: './site/public',
  outDir: './dist',
  // Files, also small ones, are cached; what is inlined is sent with every page.
  build: { inlineStylesheets: 'never' },
  // Pages come from this machine: to fetch them while the pointer hovers gains nothing, and costs 1.1 kB of script on each.
  prefetch: false,
  integrations: [
    lessonComponents(),
    leanStarlight(),
    smallImports(),
    programs(root, catalog, { agent: host !== '' }),
    webContainers(host),
    accessibleTables(),
    intentDirective(),
    starlight({
      title: 'Full-Stack Workbook',
      description: 'Full-stack architecture, read in the browser, built in real labs, graded from outside.',
      favicon: '/favicon.svg',
      sidebar: sidebarOf(catalog),
      customCss: ['./site/styles/theme.css', './site/styles/lesson.css', './site/styles/print.css'],
      components: {
        Footer: './site/overrides/Footer.astro',
        PageTitle: './site/overrides/PageTitle.astro',
        Search: './site/overrides/Search.astro',
        ...Object.fromEntries(NEVER_SHOWN.map((name) => [name, './site/overrides/Nothing.astro'])),
      },
      // Starlight runs its Markdown features (asides, heading anchors) only in src/content/docs unless told otherwise.
      markdown: { processedDirs: ['./course'] },
      disable404Route: true,
      expressiveCode: {
        themes: ['github-dark-default', 'github-light-default'],
        styleOverrides: {
          borderRadius: '0.375rem',
          frames: { editorActiveTabIndicatorTopColor: 'var(--sl-color-accent)', frameBoxShadowCssValue: 'none' },
        },
        // A line that goes on outside of the picture is not read. Wrapped code also needs no scrolling region.
        defaultProps: { wrap: true, hangingIndent: 2 },
      },
    }),
    react(),
    // Takes the place of Starlight's sitemap, which needs an absolute address and warns at each build without one.
    { name: '@astrojs/sitemap', hooks: {} },
  ],
  vite: {
    build: {
      assetsInlineLimit: 0,
      rolldownOptions: {
        // Astro marks lessons with a directive that it reads itself; the bundler warns about each.
        onLog: (level, log, handle) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : handle(level, log)),
      },
    },
  },
})
