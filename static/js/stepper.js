// <div class="stepper" data-stepper><button data-by="-1">…<input type="number">…<button data-by="1">
// The buttons move the number by its own step and stay within its min and max.

const settle = (stepper) => {
  const input = stepper.querySelector("input")
  const value = Number(input.value)
  for (const button of stepper.querySelectorAll("[data-by]")) {
    const edge = Number(button.dataset.by) < 0 ? input.min : input.max
    button.disabled = input.disabled || (edge !== "" && input.value !== "" && value === Number(edge))
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-stepper] [data-by]")
  if (!button) return
  const input = button.closest("[data-stepper]").querySelector("input")
  if (Number(button.dataset.by) < 0) input.stepDown()
  else input.stepUp()
  input.dispatchEvent(new Event("input", { bubbles: true }))
  input.dispatchEvent(new Event("change", { bubbles: true }))
})

document.addEventListener("input", (event) => {
  const stepper = event.target.closest?.("[data-stepper]")
  if (stepper) settle(stepper)
})

const settleAll = () => document.querySelectorAll("[data-stepper]").forEach(settle)
settleAll()
document.addEventListener("htmx:load", settleAll)
