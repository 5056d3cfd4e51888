/** Where lessons come from: the MDX files of `course/`, under the path they have there. */

import { defineCollection } from 'astro:content'
import { i18nLoader } from '@astrojs/starlight/loaders'
import { docsSchema, i18nSchema } from '@astrojs/starlight/schema'
import { glob } from 'astro/loaders'
import { lessonFrontmatterSchema } from '../workbook/catalog/index.ts'

export const collections = {
  docs: defineCollection({
    loader: glob({ base: './course', pattern: '*/*.mdx', generateId: ({ entry }) => entry.replace(/\.mdx$/, '') }),
    // The catalogue has already checked the frontmatter, with better messages (see astro.config.mjs). Here every field is
    // optional, because pages that are no lesson (home, 404) are validated by the same schema.
    schema: docsSchema({ extend: lessonFrontmatterSchema.partial() }),
  }),
  i18n: defineCollection({ loader: i18nLoader(), schema: i18nSchema() }),
}
