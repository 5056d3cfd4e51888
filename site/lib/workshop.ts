/**
 * Runs in the browser, on pages with an exercise: takes its workshop over once the reader touches it, as `client:intent` does. Not an island: the scripts that Astro
 * puts into a page with one cost 2 kB, and lessons have no room for them.
 */
import intent from '../integrations/intent.ts'

class Workshop extends HTMLElement {
  connectedCallback() {
    const load = async () => {
      const { take } = await import('../islands/workshop/take.tsx')
      return async () => take(this, JSON.parse(this.dataset.props ?? '{}'))
    }
    intent(load, { name: 'intent', value: '' }, this)
  }
}
customElements.define('wb-workshop', Workshop)
