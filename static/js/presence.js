// How long the session goes on (practice/presence.py), as the page sees it. <dialog id="presence">
// warns before it ends; typing and clicking keep it alive. When it has ended the page is
// hidden, not lost: once the same person has signed in again in another tab it comes back,
// and "presence:back" is sent to the document. For anybody else it is thrown away.

const WARNS = 180 // seconds before the end; a tab in the background may be a minute late
const SPEAKS = [120, 60, 30, 10]
const SAYS_EVERY = 60_000
const TRUSTS = 30_000 // for so long an answer holds before a form is sent

const dialog = document.getElementById("presence")
const { who, practice, url } = dialog.dataset
const title = document.title
const tabs = new BroadcastChannel("presence")

let token = dialog.dataset.token
let endsAt = Date.now() + Number(dialog.dataset.left) * 1000
let saidAt = Date.now()
let askedAt = Date.now()
let state = "here" // "here", "warned" or "away"
let asking = false
let focused = null
let scrolled = [0, 0]

const part = (name) => dialog.querySelector(`[data-${name}]`)
const secondsLeft = () => Math.max(0, Math.ceil((endsAt - Date.now()) / 1000))

// Who signs in gets a new token: what was drawn before holds the old one.
const refresh = (fresh) => {
  token = fresh
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = fresh
  for (const element of document.querySelectorAll("[hx-headers*=x-csrftoken]")) {
    const headers = JSON.parse(element.getAttribute("hx-headers"))
    element.setAttribute("hx-headers", JSON.stringify({ ...headers, "x-csrftoken": fresh }))
  }
}

const show = (name) => {
  dialog.replaceChildren(document.getElementById(`presence-${name}`).content.cloneNode(true))
  if (!dialog.open) dialog.showModal()
  dialog.querySelector("[autofocus]").focus()
}

const speak = (seconds) => {
  const words = seconds >= 60 ? `${Math.round(seconds / 60)} min` : `${seconds} seconds`
  part("said").textContent = `Signed out in ${words}.`
}

const draw = () => {
  const seconds = secondsLeft()
  part("left").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
  if (SPEAKS.includes(seconds)) speak(seconds)
}

const warn = () => {
  state = "warned"
  focused = document.activeElement
  show("warns")
  draw()
}

const hide = () => {
  if (state === "away") return
  if (state === "here") focused = document.activeElement
  scrolled = [scrollX, scrollY]
  state = "away"
  document.title = "Signed out · Regimen"
  document.body.dataset.away = ""
  show("hides")
}

const comeBack = () => {
  const wasAway = state === "away"
  state = "here"
  document.title = title
  delete document.body.dataset.away
  dialog.close()
  if (!wasAway) return
  focused?.focus?.({ preventScroll: true })
  scrollTo(...scrolled)
  document.dispatchEvent(new Event("presence:back"))
}

const throwAway = () => {
  document.body.replaceChildren()
  location.replace("/")
}

const request = (method) =>
  fetch(url, {
    method,
    cache: "no-store",
    headers: { "X-CSRFToken": token, "X-Practice": practice, "X-Background": "1" },
  })

// Asks how long is left; by POST also says that the person is here. False when nobody answered.
const ask = async (method = "GET") => {
  let said
  try {
    let answer = await request(method)
    if (answer.status === 403) {
      // The token is from before another sign-in.
      const { token: fresh } = await (await request("GET")).json()
      if (fresh) refresh(fresh)
      answer = await request(method)
    }
    said = await answer.json()
  } catch {
    return false
  }
  askedAt = Date.now()
  if (said.who === null) hide()
  else if (String(said.who) !== who) throwAway()
  else {
    refresh(said.token)
    endsAt = Date.now() + said.left * 1000
    if (state !== "here" && secondsLeft() > WARNS) comeBack()
    else if (state === "away") comeBack()
  }
  return true
}

const stay = async () => {
  saidAt = Date.now()
  const answered = await ask("POST")
  if (answered) tabs.postMessage("here")
  else if (state === "warned") part("trouble").hidden = false
}

const look = async () => {
  if (asking) return
  asking = true
  await ask()
  asking = false
}

const tick = async () => {
  if (state === "away") return
  if (secondsLeft() === 0) {
    hide()
    await look() // another tab may have been busy
  } else if (state === "warned") draw()
  else if (secondsLeft() <= WARNS && !asking) {
    await look()
    if (state === "here" && secondsLeft() <= WARNS) warn()
  }
}

const active = (event) => {
  if (event.isTrusted && state === "here" && Date.now() - saidAt >= SAYS_EVERY) stay()
}

setInterval(tick, 1000)
for (const kind of ["input", "keydown", "pointerdown"]) addEventListener(kind, active, { capture: true, passive: true })
document.addEventListener("visibilitychange", () => { if (!document.hidden) look() })
addEventListener("focus", () => { if (Date.now() - askedAt > 5000 || state !== "here") look() })
addEventListener("pageshow", (event) => { if (event.persisted) look() })
tabs.addEventListener("message", () => { if (state !== "here") look() })
tabs.postMessage("here")

dialog.addEventListener("click", (event) => { if (event.target.closest("[data-goes-on]")) stay() })
dialog.addEventListener("cancel", (event) => {
  event.preventDefault()
  if (state === "warned") stay()
})
// Browsers close a dialog that is asked to close a second time.
dialog.addEventListener("close", () => { if (state !== "here") dialog.showModal() })

// What htmx asks without anybody's doing keeps no session alive.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!detail.triggeringEvent?.isTrusted) detail.headers["X-Background"] = "1"
})
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr?.status === 401 && detail.xhr.getResponseHeader("Session-Ended")) hide()
})

// A form is not sent into a session that may have ended: what was typed would be gone.
const asked = new WeakSet()
document.addEventListener("submit", async (event) => {
  const form = event.target
  if (event.defaultPrevented || form.method !== "post" || asked.delete(form)) return
  if (Date.now() - askedAt < TRUSTS) return
  event.preventDefault()
  await ask()
  if (state === "away") return
  asked.add(form)
  form.requestSubmit(event.submitter)
})
