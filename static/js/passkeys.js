// Says that a passkey was not handed over: cancelled, timed out, or of another site.

document.addEventListener("allauth.error", (event) => {
  if (!event.detail?.tags?.includes("webauthn")) return
  event.preventDefault()
  for (const told of document.querySelectorAll("[data-passkey-problem]")) told.hidden = false
})
