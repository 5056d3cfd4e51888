import type { Catalog, Lesson } from '../../workbook/catalog/index.ts'
import { hoursText } from './text.ts'

/** The sidebar, from the catalogue: one group per module that has pages, its pages in reading order. */
export function sidebarOf(catalog: Catalog) {
  return catalog.modules
    .filter((module) => module.lessons.length > 0)
    .map((module) => ({ label: `${module.id} ${module.title}`, items: module.lessons.map(linkTo) }))
}

const linkTo = (lesson: Lesson) => ({
  label: `${lesson.id} ${lesson.title}`,
  link: lesson.path,
  // Shown by CSS (theme.css): an attribute costs each page less than a badge element per link.
  attrs: { 'data-hours': hoursText(lesson.hours) },
})
