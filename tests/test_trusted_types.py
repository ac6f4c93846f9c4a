"""In Chromium: text does not become a script by any way, and htmx still works."""

import json

import pytest

from tests.recommendations.bridge import Bridge
from tests.recommendations.conftest import harbor, signed_in  # noqa: F401

pytestmark = pytest.mark.django_db

ATTACK = "<img src=x onerror=window.ran=1><script>window.ran=1</script>"
SINKS = {
    "innerHTML": "document.body.innerHTML = text",
    "outerHTML": "document.querySelector('h1').outerHTML = text",
    "insertAdjacentHTML": "document.body.insertAdjacentHTML('beforeend', text)",
    "document.write": "document.write(text)",
    "srcdoc": "document.createElement('iframe').srcdoc = text",
    "createContextualFragment": "document.createRange().createContextualFragment(text)",
    "DOMParser": "new DOMParser().parseFromString(text, 'text/html')",
    "setHTMLUnsafe": "document.body.setHTMLUnsafe(text)",
    "parseHTMLUnsafe": "Document.parseHTMLUnsafe(text)",
    "eval": "(0, eval)('window.ran = 1')",
    "Function": "new Function('window.ran = 1')()",
    "setTimeout": "setTimeout('window.ran = 1', 0)",
    "script.text": "Object.assign(document.createElement('script'), {text: 'window.ran = 1'})",
    "script.src": "Object.assign(document.createElement('script'), {src: '/static/js/copy.js'})",
    "onclick": "document.createElement('a').setAttribute('onclick', 'window.ran = 1')",
    "a second policy": "trustedTypes.createPolicy('mine', {createHTML: (t) => t})",
    "the page itself": "document.body.innerHTML = document.body.outerHTML",
    "Worker": "new Worker('/static/js/copy.js')",
}


@pytest.fixture
def opened(page, signed_in):  # noqa: F811
    Bridge(page, signed_in).open("/harbor/patients/")
    return page


@pytest.fixture
def tried(page, signed_in):  # noqa: F811
    """What became of each sink, used by a script of the page itself as an injection would."""
    bridge = Bridge(page, signed_in)
    acts = ",".join(f"{json.dumps(name)}: (text) => {{ {code} }}" for name, code in SINKS.items())
    script = f"""window.tried = {{}};
        for (const [name, act] of Object.entries({{{acts}}})) {{
          try {{ act({json.dumps(ATTACK)}); window.tried[name] = "" }}
          catch (error) {{ window.tried[name] = error.name }}
        }}"""
    page.route(
        "**/js/copy.js",
        lambda route: route.fulfill(content_type="text/javascript", body=script),
    )
    bridge.open("/harbor/patients/")
    return page.evaluate("window.tried"), page.evaluate("window.ran ?? null")


def test_text_is_refused_where_it_would_become_a_script(tried):
    found, ran = tried
    assert found.keys() == SINKS.keys()
    refused = {name for name, error in found.items() if error in ("TypeError", "EvalError")}
    assert found.keys() - refused == set()
    assert ran is None


def test_an_answer_of_ours_is_swapped_in(opened):
    broken = []
    opened.on("pageerror", lambda error: broken.append(error))
    opened.get_by_role("searchbox").fill("nobody-of-this-name")
    opened.get_by_role("link", name="Marsh, Elena").wait_for(state="detached")
    assert broken == []
