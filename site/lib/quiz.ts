/** Quizzes in the browser: checks on request, says what the choice means, lets one try again, keeps the answer. */
import { keepAnswer, keptAnswers } from './quiz-answers.ts'

class QuizElement extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector('form')
    const answer = this.querySelector<HTMLElement>('.wb-answer')
    const button = this.querySelector('button')
    const id = this.dataset.id
    if (!form || !answer || !button || !id) return
    const inputs = [...form.querySelectorAll('input')]

    /** The feedback of the chosen option, as a mark beside it and below all. */
    const show = (input: HTMLInputElement) => {
      const right = input.dataset.correct === 'true'
      this.dataset.state = right ? 'right' : 'wrong'
      answer.innerHTML = input.parentElement?.querySelector('.wb-feedback')?.innerHTML ?? ''
      if (!right) answer.append(' Choose another one, and check again.')
    }

    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const input = inputs.find((i) => i.checked)
      if (input === undefined) {
        answer.textContent = 'Choose an answer first.'
        return
      }
      show(input)
      void keepAnswer(id, Number(input.value))
    })
    form.addEventListener('change', () => {
      delete this.dataset.state
      answer.textContent = ''
    })
    button.hidden = false
    void keptAnswers().then((kept) => {
      const input = inputs[kept[id] ?? -1]
      if (input !== undefined && !inputs.some((i) => i.checked)) {
        input.checked = true
        show(input)
      }
      // From now on: what was kept is no news.
      answer.setAttribute('role', 'status')
    })
  }
}

customElements.define('wb-quiz', QuizElement)
