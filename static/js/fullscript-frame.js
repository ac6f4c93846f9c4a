// Mounts Fullscript Embed with the published SDK (global `Fullscript`), and takes it away when the
// page is left. What the frame says is a hint: only the ids of the plan and the patient are
// passed on, and the server reads both before it believes anything. One frame a page: the SDK
// gives its wrappers fixed ids.

const NARROW = "(width < 768px)" // what Fullscript asks for (reference 8.6)
const PATIENCE = 20_000 // milliseconds for the frame to load
const AIMS = { plan: "catalog", labs: "labs" }
const SDK = "fullscript-js"

const settings = JSON.parse(document.getElementById("frame").textContent)
const part = (name) => document.getElementById(`frame-${name}`)
const place = document.getElementById("fullscript-frame")
// Read when it is used: a sign-in in between brings a new one.
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["x-csrftoken"]

const client = window.Fullscript({
  publicKey: settings.public_key,
  env: settings.environment,
  ...(settings.domain ? { domain: settings.domain } : {}),
})
let mounted = null // the feature that stands in the page
let turn = 0 // counts openings: what an earlier one still hears is not for the page any more
let patience = null
let planId = ""

async function post(url, fields = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrf() },
    body: new URLSearchParams(fields),
    cache: "no-store",
  }).catch(() => null)
  const found = await answer?.json().catch(() => ({}))
  if (answer?.ok) return found
  const why = answer ? "Sign in again in another tab if your session has ended." : "Check your network."
  const failure = new Error(found?.error || `Regimen could not be reached. ${why}`)
  failure.reference = found?.reference || answer?.headers.get("X-Request-Id") || ""
  throw failure
}

// --- What is said

function quiet() {
  clearTimeout(patience)
  part("place").classList.remove("is-waiting")
}

function close() {
  turn += 1
  quiet()
  mounted?.unmount()
  mounted = null
  place.replaceChildren()
  part("place").hidden = true
  // The address of the frame held its secret.
  performance.clearResourceTimings()
}

function complain(what, { why = "", reference = "", keeps = false } = {}) {
  const inside = part("place").contains(document.activeElement)
  if (!keeps) close()
  quiet()
  const words = part(what).content.cloneNode(true)
  words.querySelector("[data-why]")?.append(why)
  const shown = words.querySelector("[data-reference]")
  if (shown && reference) {
    shown.hidden = false
    shown.querySelector("[data-number]").append(reference)
  }
  part("said").replaceChildren(words)
  if (inside) part("said").focus()
}

// --- Opening and closing

// Every opening needs a secret of its own: it works once, for two minutes.
async function open() {
  close()
  const mine = turn
  const asked = [part("said"), part("patient"), part("narrow")].some((one) => one.contains(document.activeElement))
  part("said").replaceChildren()
  part("patient").replaceChildren()
  part("narrow").hidden = true
  part("after").hidden = false
  part("place").hidden = false
  if (asked) part("place").focus()
  part("place").classList.add("is-waiting")
  patience = setTimeout(() => complain("late"), PATIENCE)
  try {
    const { secret_token: secretToken } = await post(settings.grant_url)
    if (turn !== mine) return
    const feature = client.create(settings.feature, {
      secretToken,
      patient: settings.patient,
      entrypoint: AIMS[settings.aim],
    })
    const heard = (act) => (event) => turn === mine && act(event?.data ?? event)
    feature.on("treatmentPlan.activated", heard(activated))
    feature.on("patient.selected", heard(selected))
    await feature.mount(place.id)
    if (turn !== mine) return feature.unmount()
    mounted = feature
  } catch (error) {
    if (turn === mine) complain("other", { why: error.message, reference: error.reference })
    return
  }
  const frame = place.querySelector("iframe")
  frame.title = "Fullscript"
  frame.addEventListener("load", () => turn === mine && loaded(), { once: true })
}

// A browser says "loaded" of a page that it refused to show, and of one that it did not reach.
async function loaded() {
  const mine = turn
  quiet()
  const reached = fetch(settings.origin, { mode: "no-cors", cache: "no-store", credentials: "omit" })
  const [there, checked] = await Promise.all([
    reached.then(() => true, () => false),
    post(settings.checked_url).catch(() => ({})),
  ])
  if (turn !== mine) return
  if (checked.refused) complain("refused", { reference: checked.reference })
  else if (!there) complain("late")
}

function start() {
  if (!window.matchMedia(NARROW).matches) return open()
  part("narrow").hidden = false
  part("after").hidden = true
}

// --- What the frame tells

// The SDK's types, its guide and its samples spell the same things differently.
const idOf = (data, ...names) => {
  for (const name of names) {
    const id = data?.[name]?.id ?? data?.[`${name}_id`] ?? data?.[`${name}Id`]
    if (typeof id === "string" || typeof id === "number") return String(id)
  }
  return ""
}

function activated(data) {
  planId = idOf(data, "treatmentPlan", "treatment_plan")
  if (planId) readBack()
}

async function readBack() {
  part("said").textContent = "Activated. Reading it back from Fullscript …"
  try {
    await post(settings.activated_url, { plan_id: planId })
    window.location.assign(settings.done_url)
    close()
  } catch (error) {
    complain("unread", { why: error.message, reference: error.reference, keeps: true })
  }
}

function selected(data) {
  const id = idOf(data, "patient")
  if (!id) return
  const form = part("selected")
  form.elements.theirs.value = id
  form.requestSubmit()
}

// The SDK throws the frame's own errors inside its message listener: they reach us only here. A
// TypeError is its stumble over a message without data, which says nothing.
const CAUSES = [
  [/INVALID_SECRET_TOKEN/, "used"],
  [/INVALID_PATIENT_ID/, "unknown-patient"],
  [/COOKIE/i, "cookies"],
]
window.addEventListener("error", (event) => {
  if (!(event.filename ?? "").includes(SDK) || event.error instanceof TypeError) return
  const [, what] = CAUSES.find(([code]) => code.test(event.message)) ?? [null, "other"]
  // Its code only: the rest is the vendor's prose, and nobody knows what is in it.
  const code = event.message.match(/\b[A-Z][A-Z_]{4,60}\b/)?.[0]
  complain(what, { why: code ? `Fullscript says: ${code}.` : "" })
})
document.addEventListener("securitypolicyviolation", (event) => {
  if (event.effectiveDirective === "frame-src" && mounted) complain("blocked")
})

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-opens-frame]")) {
    open()
    part("place").scrollIntoView({ block: "nearest" })
  }
  if (event.target.closest("[data-reads-again]")) readBack()
})
window.addEventListener("pagehide", close)
window.addEventListener("pageshow", (event) => event.persisted && start())
start()
