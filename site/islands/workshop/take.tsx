/** Gives life to a workshop whose HTML stands in the page. */
import { hydrateRoot } from 'react-dom/client'
import Workshop, { type Props } from './Workshop.tsx'

export function take(element: HTMLElement, props: Props): void {
  hydrateRoot(element, <Workshop {...props} />)
}
