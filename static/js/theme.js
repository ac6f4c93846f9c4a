// Runs before the first paint, so it is a plain script in the head, not a module.
// The choice is "light", "dark" or nothing, which follows the system.
(() => {
  const root = document.documentElement
  const key = "regimen-theme"
  const read = () => { try { return localStorage.getItem(key) || "" } catch { return "" } }

  const apply = (choice) => {
    if (choice) root.dataset.theme = choice
    else delete root.dataset.theme
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice))
    }
  }

  root.dataset.js = ""
  apply(read())
  document.addEventListener("DOMContentLoaded", () => apply(read()))
  addEventListener("storage", (event) => { if (event.key === key) apply(read()) })

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]")
    if (!button) return
    const choice = button.dataset.themeChoice
    try { choice ? localStorage.setItem(key, choice) : localStorage.removeItem(key) } catch { /* private mode: this page only */ }
    apply(choice)
  })
})()
