// Says how a form that htmx saves is doing. The form names its indicator:
// <form hx-post=… hx-trigger="change delay:400ms, submit" data-autosave="id"> and
// <span id class="autosave" role="status"></span>. A save that failed is sent again
// after 5, 10, 20 … at most 60 seconds, one that met an ended session once somebody is signed
// in again, and leaving the page asks while one is open.

const waits = new WeakMap()
const open = new Set()

const say = (form, state, words) => {
  const indicator = document.getElementById(form.dataset.autosave)
  if (!indicator) return
  indicator.dataset.state = state
  if (indicator.textContent !== words) indicator.textContent = words
}

const formOf = (event) => event.target.closest?.("form[data-autosave]")

const clock = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })

document.addEventListener("input", (event) => { if (formOf(event)) open.add(formOf(event)) })

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = formOf(event)
  if (form) say(form, "saving", "Saving…")
})

document.addEventListener("htmx:afterRequest", (event) => {
  const form = formOf(event)
  if (!form) return
  const status = event.detail.xhr?.status ?? 0
  if (event.detail.successful) {
    waits.delete(form)
    open.delete(form)
    say(form, "saved", `Saved ${clock()}`)
  } else if (status === 401) {
    open.add(form)
    say(form, "failed", "Not saved: sign in again")
  } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    // The server read it and said no: sending the same again would not help.
    say(form, "failed", "Not saved: see the marked fields")
  } else {
    const wait = Math.min((waits.get(form) ?? 2.5) * 2, 60)
    waits.set(form, wait)
    open.add(form)
    say(form, "failed", `Not saved, retrying in ${wait} s`)
    setTimeout(() => { if (form.isConnected && open.has(form)) form.requestSubmit() }, wait * 1000)
  }
})

// Somebody was signed out while typing and is back (presence.js).
document.addEventListener("presence:back", () => {
  for (const form of open) if (form.isConnected) form.requestSubmit()
})

addEventListener("beforeunload", (event) => {
  if ([...open].some((form) => form.isConnected)) event.preventDefault()
})
