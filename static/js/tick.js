// <button data-ticks="rows"> ticks every box of that name in its form, and unticks them when
// all are ticked.

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-ticks]")
  if (!button) return
  const boxes = [...button.closest("form").querySelectorAll(`[name="${CSS.escape(button.dataset.ticks)}"]`)]
  const all = boxes.every((box) => box.checked)
  for (const box of boxes) box.checked = !all
  button.setAttribute("aria-pressed", String(!all))
})
