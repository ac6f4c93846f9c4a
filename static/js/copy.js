// <button data-copies="text"> copies the text and says so in the button for two seconds.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]")
  if (!button || button.dataset.told !== undefined) return
  const words = button.querySelector("[data-words]") ?? button
  const before = words.textContent
  try {
    await navigator.clipboard.writeText(button.dataset.copies)
    words.textContent = "Copied"
  } catch {
    words.textContent = "Could not copy: select it instead"
  }
  button.dataset.told = ""
  setTimeout(() => {
    words.textContent = before
    delete button.dataset.told
  }, 2000)
})
