// Keyboard for a search box and its results: <input data-results="id">, where #id holds
// links or buttons marked data-result. Arrow keys move, Enter in the box takes the first,
// Escape goes back to the box. "/" anywhere puts the cursor in the box marked data-slash.

const boxOf = (element) => {
  const list = element.closest("[id]:has([data-result])")
  return list && document.querySelector(`[data-results="${CSS.escape(list.id)}"]`)
}

const resultsOf = (box) => [
  ...(document.getElementById(box.dataset.results)?.querySelectorAll("[data-result]") ?? []),
]

// What the results on the page answer: Enter never takes the first hit of older words.
// The box asks by itself, or its form does.
const asking = (element) =>
  element?.matches?.("[data-results]") ? element : element?.querySelector?.("[data-results]")

document.addEventListener("htmx:beforeRequest", ({ target }) => {
  const box = asking(target)
  if (box) box.dataset.asked = box.value
})
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const box = asking(detail.elt) ?? asking(detail.requestConfig?.elt)
  if (box?.dataset.asked !== undefined) box.dataset.answered = box.dataset.asked
})
const isAnswered = (box) => (box.dataset.answered ?? box.defaultValue) === box.value

const typing = (element) => element.closest("input, textarea, select, [contenteditable]")

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  const { target, key } = event

  if (key === "/" && !typing(target)) {
    const box = document.querySelector("[data-slash]")
    if (!box) return
    event.preventDefault()
    box.focus()
    box.select()
    return
  }

  const inBox = target.matches?.("[data-results]")
  const box = inBox ? target : target.matches?.("[data-result]") ? boxOf(target) : null
  if (!box) return

  const results = resultsOf(box)
  const at = results.indexOf(target)
  const go = { ArrowDown: at + 1, ArrowUp: at - 1, Home: inBox ? null : 0, End: inBox ? null : results.length - 1 }[key]

  if (go !== undefined && go !== null) {
    event.preventDefault()
    const next = go < 0 ? box : results[Math.min(go, results.length - 1)]
    next?.focus()
  } else if (key === "Enter" && inBox && results.length && isAnswered(box)) {
    event.preventDefault()
    results[0].click()
  } else if (key === "Escape" && !inBox) {
    event.preventDefault()
    box.focus()
  }
})
