// Mounts Fullscript Embed with the published SDK (global `Fullscript`) and tells our server of an
// activated plan. What the frame says is a hint: only the plan's id is passed on, and the
// server reads the plan back before it believes anything.

const settings = JSON.parse(document.getElementById("frame").textContent);
const place = document.getElementById("fullscript-frame");
const said = document.getElementById("frame-said");
const again = document.getElementById("frame-again");
// Read when it is used: a sign-in in between brings a new one.
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["x-csrftoken"];

const client = window.Fullscript({
  publicKey: settings.public_key,
  env: settings.environment,
  ...(settings.domain ? { domain: settings.domain } : {}),
});
let feature = null;

async function post(url, body = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
    body: JSON.stringify(body),
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error || "Regimen could not be reached.");
  return found;
}

function complain(words) {
  const box = document.getElementById("frame-problem").content.cloneNode(true);
  box.querySelector(".problem__title").append(words);
  said.replaceChildren(box);
  again.hidden = false;
}

// Every opening needs a secret of its own: it works once, for two minutes.
async function open() {
  again.hidden = true;
  said.replaceChildren();
  if (feature) feature.unmount();
  place.replaceChildren();
  feature = null;
  try {
    const { secret_token: secretToken } = await post(settings.grant_url);
    const opened = client.create("platform", {
      secretToken,
      patient: settings.patient,
      entrypoint: "catalog",
    });
    opened.on("treatmentPlan.activated", (event) => activated(event));
    await opened.mount(place.id);
    feature = opened;
    const frame = place.querySelector("iframe");
    if (frame) frame.title = "Fullscript";
  } catch (error) {
    complain(error.message);
  }
}

async function activated(event) {
  const plan = event?.data?.treatmentPlan ?? event?.data?.treatment_plan;
  if (!plan?.id) return;
  said.textContent = "Activated. Reading it back from Fullscript …";
  try {
    await post(settings.activated_url, { plan_id: plan.id });
    window.location.assign(settings.done_url);
  } catch (error) {
    complain(error.message);
  }
}

// The SDK throws the frame's own errors inside its message listener: they reach us only here.
window.addEventListener("error", (event) => {
  if (/INVALID_|secret_token/.test(event.message)) complain("Fullscript could not open this frame.");
});
again.addEventListener("click", open);
open();
