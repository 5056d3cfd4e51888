/**
 * Islands for pages whose HTML is near its budget: what `client:intent` does, without the 2.1 kB that Astro's own element puts into each page.
 * The component is rendered into a custom element at build time (parts/Sleeping.astro), and its code comes with the first touch.
 */
import type { ComponentType } from 'react'
import intent from '../integrations/intent.ts'

/**
 * Defines the element of an island. Once it is awake it has the attribute `data-awake`.
 * @param tag of the custom element that holds the rendered component
 * @param load the module of the component; it gets no properties
 */
export function awaken(tag: string, load: () => Promise<{ default: ComponentType }>): void {
  class Sleeping extends HTMLElement {
    connectedCallback(): void {
      const wake = async () => {
        const [{ hydrateRoot }, { createElement }, { default: component }] = await Promise.all([
          import('react-dom/client'),
          import('react'),
          load(),
        ])
        return async () => {
          hydrateRoot(this, createElement(component))
          this.dataset.awake = ''
        }
      }
      void intent(wake, { name: 'intent', value: '' }, this)
    }
  }
  customElements.define(tag, Sleeping)
}
