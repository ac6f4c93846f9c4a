// The plan builder's keyboard.
//
// <input data-adds data-results="id">: Enter adds the first result, but only of what is
// typed now. Results say in data-words which words they answer; while they lag behind,
// Enter waits for them.
// data-focus="id" on something that arrives moves the cursor there.
// <textarea data-counts="500"> tells how many characters are left in its [data-count-of].

let waiting = null

const listOf = (box) => document.getElementById(box.dataset.results) ?? document.getElementById("found")

const answers = (box) =>
  (listOf(box)?.querySelector("[data-words]")?.dataset.words ?? "") === box.value.trim()

// The words are selected at once: who types on meanwhile writes the next product's name.
const takeFirst = (box) => {
  const first = listOf(box)?.querySelector("[data-result]")
  if (!first) return
  box.select()
  first.click()
}

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("[data-adds]")
  if (!box || event.key !== "Enter" || event.isComposing) return
  event.preventDefault()
  event.stopPropagation()
  if (event.repeat || !box.value.trim()) return
  if (answers(box)) takeFirst(box)
  else waiting = box
}, true)

document.addEventListener("input", (event) => { if (event.target === waiting) waiting = null })

// Outside of a field, Ctrl-Z takes the last undo that is offered.
document.addEventListener("keydown", (event) => {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return
  const field = event.target.closest?.("input, textarea, select")
  const undo = [...document.querySelectorAll("[data-undo]")].at(-1)
  if (!undo || (field && field.id !== "q")) return
  event.preventDefault()
  undo.click()
})

// Text beside a field says what is wrong with it; the field says so to everybody.
const mark = () => {
  for (const place of document.querySelectorAll(".line__error")) {
    const field = document.querySelector(`[aria-describedby~="${CSS.escape(place.id)}"]`)
    if (!field) continue
    if (place.textContent.trim()) field.setAttribute("aria-invalid", "true")
    else field.removeAttribute("aria-invalid")
  }
}

const count = (area) => {
  const words = document.querySelector(`[data-count-of="${CSS.escape(area.id)}"]`)
  if (!words) return
  const left = Number(area.dataset.counts) - area.value.length
  words.textContent = left < 0 ? `${-left} characters too many` : `${left} characters left`
  words.toggleAttribute("data-over-limit", left < 0)
}

const countAll = () => document.querySelectorAll("[data-counts]").forEach(count)

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-counts]")) count(event.target)
})

// A number is replaced by typing over it.
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.(".dose input, .pills input, .line .stepper input")) event.target.select()
})

const goTo = (id) => {
  const there = document.getElementById(id)
  if (!there) return
  there.scrollIntoView({ block: "nearest" })
  there.focus({ preventScroll: true })
}

document.addEventListener("htmx:oobAfterSwap", (event) => {
  const focus = event.detail.elt?.dataset?.focus ?? event.target.dataset?.focus
  if (focus) goTo(focus)
})

document.addEventListener("htmx:afterSettle", (event) => {
  mark()
  if (waiting && answers(waiting)) {
    const box = waiting
    waiting = null
    takeFirst(box)
  }
  if (event.detail.successful && event.detail.elt?.matches?.("#lines, .line")) {
    const box = document.getElementById("q")
    document.querySelector("#lines > .line:last-child")?.scrollIntoView({ block: "nearest" })
    if (!box || document.activeElement === box) return
    box.focus({ preventScroll: true })
    box.select()
  }
})

document.addEventListener("htmx:afterRequest", (event) => {
  // A toast whose undo was taken has said all it had to say.
  if (event.detail.successful) event.target.closest?.(".toast")?.remove()
})

// A link waits for what is still being saved, and stays when that was refused.
const unsaved = new Set()
let leaving = null

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-autosave]")
  if (form) unsaved.add(form)
})

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-autosave]")
  if (!form) return
  if (event.detail.successful) unsaved.delete(form)
  else leaving = null
  if (leaving && !unsaved.size) location.assign(leaving)
})

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]")
  // Giving up what was typed: the form goes, so that nobody asks about it again.
  if (link && "leaves" in link.dataset) link.closest("form").remove()
  if (!link || link.target || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return
  for (const form of unsaved) if (!form.isConnected) unsaved.delete(form)
  if (!unsaved.size || link.hash) return
  event.preventDefault()
  leaving = link.href
  for (const form of unsaved) form.requestSubmit()
})

mark()
countAll()
