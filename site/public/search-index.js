// Hands Pagefind, which the build writes beside this file, to the search dialog (lib/search.ts).
import * as pagefind from './pagefind/pagefind.js'

dispatchEvent(new CustomEvent('workbook:pagefind', { detail: pagefind }))
