// <button data-opens="id"> opens <dialog id>, <button data-closes> closes the one it is in.
// <dialog data-open-now> opens when it arrives, in the page or by htmx.
// <button data-dismiss> removes the notice or toast it is in; a toast leaves by itself
// after data-leaves-after seconds, but not while it holds the pointer or the focus.

const openArrived = (root) => {
  for (const dialog of root.querySelectorAll("dialog[data-open-now]:not([open])")) dialog.showModal()
}

const remove = (element) => {
  const main = element.contains(document.activeElement) && document.querySelector("main")
  element.remove()
  main?.focus({ preventScroll: true })
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]")
  if (opener) {
    event.preventDefault()
    document.getElementById(opener.dataset.opens)?.showModal()
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close()
  if (event.target.closest("[data-dismiss]")) remove(event.target.closest(".notice, .toast"))
  // A click on the backdrop reaches the dialog itself.
  if (event.target.matches?.("dialog[open]:not([data-stays])")) event.target.close()
})

const countDown = (toast) => {
  if (toast.dataset.counting !== undefined) return
  toast.dataset.counting = ""
  setTimeout(() => {
    if (!toast.isConnected) return
    delete toast.dataset.counting
    if (toast.matches(":hover, :focus-within")) countDown(toast)
    else remove(toast)
  }, Number(toast.dataset.leavesAfter) * 1000)
}

const arrive = (root) => {
  openArrived(root)
  for (const toast of root.querySelectorAll(".toast[data-leaves-after]")) countDown(toast)
}

arrive(document)
document.addEventListener("htmx:load", (event) => arrive(event.target.parentNode ?? document))
