// Chooses the browser's own time zone in a <select data-guesses-zone>, once, where it is offered.

const here = Intl.DateTimeFormat().resolvedOptions().timeZone
for (const list of document.querySelectorAll("select[data-guesses-zone]")) {
  if ([...list.options].some((option) => option.value === here)) list.value = here
}
