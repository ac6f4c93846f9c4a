// Tell the page around the frame what happened, once (Fullscript reference 8.3).
const { origin, messages } = JSON.parse(document.getElementById("post").textContent);
for (const message of messages) window.parent.postMessage(message, origin);
