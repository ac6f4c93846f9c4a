"""The vendor's own published SDK, in a real browser, mounts the simulated frame."""

import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.journey import search_in_the_frame
from tests.simulators.client import ROOT
from tests.simulators.fullscript import app
from tests.simulators_tests.fullscript_caller import Caller

SDK = ROOT / "node_modules/@fullscript/fullscript-js/dist/fullscript-js.umd.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAGE = """<!doctype html><title>Host</title><div id="here" style="height: 900px"></div>
<script src="/sdk.js"></script>
<script>
  window.told = []; window.errors = [];
  window.addEventListener("error", (event) => window.errors.push(event.message));
  const client = Fullscript({publicKey: %(key)s, env: "us-snd", domain: %(domain)s});
  const feature = client.create("platform", %(options)s);
  for (const name of ["patient.selected", "treatmentPlan.activated"])
    feature.on(name, (event) => window.told.push([name, event]));
  feature.mount("here");
</script>"""


@pytest.fixture(scope="module")
def chromium(playwright):
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found or not SDK.exists():
        pytest.skip("Chromium or the npm package of the SDK is missing")
    browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
    yield browser
    browser.close()


class Site:
    """A page of ours on loopback: a browser lets no made-up origin frame a loopback one."""

    def __init__(self):
        self.page = b""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                is_sdk = self.path == "/sdk.js"
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if is_sdk else "text/html")
                self.end_headers()
                self.wfile.write(SDK.read_bytes() if is_sdk else site.page)

            def log_message(self, *args):
                """Nothing here is worth a line."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site(sims):
    site = Site()
    sims.configure("fullscript", origins=[site.origin])
    yield site
    site.close()


@pytest.fixture
def host(sims, site, chromium):
    """Gives a page of ours that will mount the frame with these SDK options."""
    page = chromium.new_page()
    page.set_default_timeout(10_000)

    def prepare(**options):
        values = {"key": app.PUBLIC_KEY, "domain": sims.fullscript, "options": options}
        filled = PAGE % {name: json.dumps(value) for name, value in values.items()}
        site.page = filled.encode()
        return page

    yield prepare
    page.close()


@pytest.fixture
def nora(sims):
    return Caller(sims).connect()


def secret(caller):
    return caller.post("/clinic/embeddable/session_grants").json()["secret_token"]


def test_a_plan_activated_in_the_frame_reaches_the_page(nora, site, host):
    page = host(secretToken=secret(nora), patient={"firstName": "Elena", "lastName": "Marsh"})
    page.goto(site.origin)
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Elena Marsh").click()
    search_in_the_frame(frame, "magnesium")
    frame.get_by_role("button", name="Add Magnesium").first.click()
    frame.get_by_label("bedtime").check()
    frame.get_by_role("button", name="Activate plan").click()
    frame.get_by_role("heading", name="Plan activated").wait_for()
    page.wait_for_function("told.length === 2")
    selected, activated = page.evaluate("told")
    assert selected[1]["data"]["patient"]["id"] == nora.patient()["id"]
    plan_id = activated[1]["data"]["treatmentPlan"]["id"]
    plan = nora.get(f"/clinic/treatment_plans/{plan_id}").json()["treatment_plan"]
    assert plan["recommendations"][0]["dosage"]["time_of_day"] == ["bedtime"]


def test_a_known_patient_is_taken_over_cross_origin(nora, site, host):
    page = host(secretToken=secret(nora), patient={"id": nora.patient("Theo")["id"]})
    page.goto(site.origin)
    page.frame_locator("iframe").get_by_role("heading", name="Plan for Theo Albrecht").wait_for()
    assert page.evaluate("told") == []


def test_a_used_secret_reaches_the_page_as_an_error(nora, site, host):
    page = host(secretToken="used")
    page.goto(site.origin)
    page.wait_for_function("errors.length > 0")
    assert "INVALID_SECRET_TOKEN" in page.evaluate("errors")[0]


def test_a_page_that_is_not_listed_may_not_frame_it(sims, nora, site, host):
    sims.configure("fullscript", origins=["https://elsewhere.example"])
    page = host(secretToken=secret(nora))
    refusal = "frame-ancestors 'none'"
    with page.expect_console_message(lambda message: refusal in message.text):
        page.goto(site.origin)


def test_labs_chosen_in_the_frame_reach_the_page(nora, site, host):
    options = {"entrypoint": "labs", "patient": {"id": nora.patient("Theo")["id"]}}
    page = host(secretToken=secret(nora), **options)
    page.goto(site.origin)
    frame = page.frame_locator("iframe")
    frame.get_by_label("Made-up Thyroid Panel").check()
    frame.get_by_role("button", name="Activate plan").click()
    page.wait_for_function("told.length === 1")
    ((_, activated),) = page.evaluate("told")
    (lab,) = activated["data"]["treatmentPlan"]["labRecommendations"]
    assert (lab["name"], len(lab["tests"])) == ("Made-up Thyroid Panel", 3)


def test_a_page_of_another_site_leaves_the_frame_without_its_cookie(sims, nora, site, host):
    """`localhost` and `127.0.0.1` are two sites to a browser; two ports of one are not."""
    elsewhere = site.origin.replace("127.0.0.1", "localhost")
    sims.configure("fullscript", origins=[site.origin, elsewhere])
    sims.knob("fullscript", frame_cookie="told")
    headings = {}
    for origin in (site.origin, elsewhere):
        page = host(secretToken=secret(nora))
        page.goto(origin)
        headings[origin] = page.frame_locator("iframe").locator("h1").inner_text()
    page.wait_for_function("errors.length > 0")
    assert headings[site.origin] == "Who is this plan for?"
    assert headings[elsewhere] == "Cookies are blocked"
    assert "COOKIES_BLOCKED" in page.evaluate("errors")[0]
