// <button data-prints> prints the page. <form data-printed> is posted whenever the page is
// printed, by that button or by the browser's own: the audit trail notes it.

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-prints]")) print()
})

addEventListener("beforeprint", () => {
  for (const form of document.querySelectorAll("form[data-printed]")) {
    const body = new URLSearchParams(new FormData(form))
    // It outlives the page: who prints may close it at once.
    fetch(form.action, { method: "post", body, keepalive: true })
  }
})
