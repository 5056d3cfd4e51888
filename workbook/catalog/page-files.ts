/** Files of a lab that a page can change: in its editor, and in a draft that is taken into a copy. Needs nothing of Node: pages import it too. */

const CHANGED_IN_PAGE = /^(api\/src\/|migrations\/|data\/)[^/]|^course\.json$/

/** A name that is the same file on every system, and no hidden one. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/

/** @param name path from the top of a copy, with `/` */
export const isChangedInPage = (name: string): boolean =>
  name.length <= 200 && CHANGED_IN_PAGE.test(name) && name.split('/').every((part) => SEGMENT.test(part))
