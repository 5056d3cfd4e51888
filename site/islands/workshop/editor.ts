/** The editor: CodeMirror 6 with TypeScript, colours of the site, no trap for the keyboard. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, type Extension, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, keymap, lineNumbers, WidgetType } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** A mistake in the text, with what is wrong. Lines and columns count from 1. */
export interface Mark {
  line: number
  column: number | undefined
  message: string
}

export interface EditorOptions {
  parent: HTMLElement
  /** Name of the field. */
  label: string
  /** Id of the element that says which keys leave it. */
  describedBy: string
  readOnly: boolean
  tabIndents: boolean
  onChange: (text: string) => void
  /** Ctrl-Enter, or Cmd-Enter. */
  onCheck: () => void
}

/** What is kept of a file while another one is in the editor: its text, the history of its changes, where the cursor is. */
export type FileState = EditorState

export interface Editor {
  /** Ends it; gives the state of its file. */
  close(): FileState
  /** Puts another text in the place of all. It can be undone. */
  replace(text: string): void
  mark(mark: Mark | undefined): void
  tabIndents(on: boolean): void
  focus(): void
}

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--wb-code-keyword)' },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: 'var(--wb-code-string)' },
  { tag: [tags.comment], color: 'var(--wb-code-comment)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--wb-code-value)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: 'var(--wb-code-call)' },
  { tag: [tags.typeName, tags.className, tags.namespace], color: 'var(--wb-code-type)' },
])

const setMark = StateEffect.define<Mark | undefined>()
const tab = new Compartment()
const world = new Compartment()

class Sentence extends WidgetType {
  readonly message: string
  constructor(message: string) {
    super()
    this.message = message
  }
  override eq(other: Sentence) {
    return other.message === this.message
  }
  override toDOM() {
    const element = document.createElement('div')
    element.className = 'wb-code-sentence'
    element.textContent = this.message
    return element
  }
}

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(set, transaction) {
    const asked = transaction.effects.find((effect) => effect.is(setMark))
    if (asked === undefined) return set.map(transaction.changes)
    return asked.value === undefined ? Decoration.none : decorated(transaction.state, asked.value)
  },
  provide: (field) => EditorView.decorations.from(field),
})

function decorated({ doc }: EditorState, { line, column, message }: Mark): DecorationSet {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines))
  const from = Math.min(at.from + Math.max((column ?? 1) - 1, 0), at.to)
  return Decoration.set(
    [
      Decoration.line({ class: 'wb-code-wrong' }).range(at.from),
      ...(column === undefined || from === at.to
        ? []
        : [Decoration.mark({ class: 'wb-code-here' }).range(from, wordEnd(doc.sliceString(from, at.to)) + from)]),
      Decoration.widget({ widget: new Sentence(message), block: true, side: 1 }).range(at.to),
    ],
    true,
  )
}

/** Length of the word, or of the one sign, that a text begins with. */
const wordEnd = (text: string) => /^[\w$]+|^./u.exec(text)?.[0].length ?? 1

/** @param state of the file when it was in an editor last; else its text */
export function openEditor(options: EditorOptions, state: FileState | string): Editor {
  let quiet = false
  const own = world.of(worldOf(options, () => quiet))
  const start =
    typeof state === 'string'
      ? EditorState.create({ doc: state, extensions: [own, tab.of(tabOf(options)), COMMON] })
      : state.update({
          effects: [world.reconfigure(worldOf(options, () => quiet)), tab.reconfigure(tabOf(options))],
        }).state
  const view = new EditorView({ state: start, parent: options.parent })
  return {
    close() {
      const last = view.state
      view.destroy()
      return last
    },
    replace(text) {
      if (view.state.doc.toString() === text) return
      quiet = true
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
      quiet = false
    },
    mark: (mark) => view.dispatch({ effects: setMark.of(mark) }),
    tabIndents: (on) => view.dispatch({ effects: tab.reconfigure(tabOf({ tabIndents: on })) }),
    focus: () => view.focus(),
  }
}

/** Where Tab indents, Escape and then Tab leaves all the same: CodeMirror sees to it. */
const tabOf = ({ tabIndents }: Pick<EditorOptions, 'tabIndents'>): Extension =>
  tabIndents ? keymap.of([indentWithTab]) : []

function worldOf(
  { label, describedBy, readOnly, onChange, onCheck }: EditorOptions,
  isQuiet: () => boolean,
): Extension {
  return [
    // The tab index says to tools what browsers do anyway with a text that can be edited.
    EditorView.contentAttributes.of({ 'aria-label': label, 'aria-describedby': describedBy, tabindex: '0' }),
    EditorState.readOnly.of(readOnly),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !isQuiet()) onChange(update.state.doc.toString())
    }),
    keymap.of([
      {
        key: 'Mod-Enter',
        run: () => {
          onCheck()
          return true
        },
      },
    ]),
  ]
}

const COMMON: Extension = [
  lineNumbers(),
  history(),
  indentOnInput(),
  indentUnit.of('  '),
  bracketMatching(),
  EditorView.lineWrapping,
  javascript({ typescript: true }),
  syntaxHighlighting(COLOURS),
  marks,
  keymap.of([...defaultKeymap, ...historyKeymap]),
]
