/** The choices of an exercise in the browser: how many are answered, and how many rightly. */
class ChoicesElement extends HTMLElement {
  connectedCallback(): void {
    const score = this.querySelector('.wb-score')
    const questions = [...this.querySelectorAll<HTMLElement>('wb-quiz')]
    if (!score) return
    // A question says in an attribute how it was answered (quiz.ts).
    const count = () => {
      const states = questions.map((question) => question.dataset.state)
      const answered = states.filter((state) => state !== undefined).length
      const right = states.filter((state) => state === 'right').length
      const text = answered === 0 ? '' : `${right} of ${questions.length} right, ${answered} answered.`
      if (score.textContent !== text) score.textContent = text
    }
    const observer = new MutationObserver(count)
    for (const question of questions) observer.observe(question, { attributeFilter: ['data-state'] })
    count()
  }
}

customElements.define('wb-choices', ChoicesElement)
