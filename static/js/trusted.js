// The only text that may become HTML in a page is an answer of our own server that htmx is about
// to swap in. Everything else that hands text to such a place is refused by the browser, and so
// is all text that would become a script: there is no policy that lets it pass.

(() => {
  if (!window.trustedTypes) return;

  const HEAD = /<head(\s[^>]*)?>[\s\S]*?<\/head>/i;
  // Where htmx keeps what it is asked to preserve over a swap.
  const PANTRY = "<div id='--htmx-preserve-pantry--'></div>";
  const KEPT = 12;
  let expected = [PANTRY];

  // htmx parses an answer whole, without its head, or wrapped.
  function expect(answer) {
    if (typeof answer !== "string") return;
    const body = answer.replace(HEAD, "");
    const wrapped = `<body><template class="internal-htmx-wrapper">${body}</template></body>`;
    expected = [PANTRY, ...[answer, body, wrapped, ...expected.slice(1)].slice(0, KEPT)];
  }

  document.addEventListener("htmx:beforeSwap", (event) => expect(event.detail.serverResponse), true);
  document.addEventListener("htmx:historyCacheMissLoad", (event) => expect(event.detail.response), true);

  window.trustedTypes.createPolicy("default", {
    createHTML: (text) => (expected.includes(text) ? text : null),
  });
})();
