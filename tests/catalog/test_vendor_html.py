"""Vendors' HTML in Chromium, without the policy that would hide a hole (goal H6)."""

import pytest
from django.urls import reverse

from catalog.models import Product
from practice import tenancy
from tests.recommendations.bridge import SITE, Bridge
from tests.recommendations.rows import Desk, ListingFactory

pytestmark = pytest.mark.django_db

RUN = "window.ran=1"
EVENTS = ["onerror", "onload", "onclick", "onmouseover", "onfocus autofocus", "ontoggle"]
TAGS = ["img src=x", "svg", "body", "video src=x", "audio src=x", "details open", "input", "p",
        "td", "iframe", "object data=x", "embed src=x", "marquee", "select", "math"]  # fmt: skip
VECTORS = [f"<{tag} {event}={RUN}>" for tag in TAGS for event in EVENTS] + [
    f"<script>{RUN}</script>",
    f"<ScRiPt >{RUN}</ScRiPt>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg/onload={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><style><img src=x onerror={RUN}></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style>"
    f"<img title='--&gt;&lt;img src=x onerror={RUN}&gt;'>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={RUN}>",
    f"<template><img src=x onerror={RUN}></template>",
    f"<iframe srcdoc='<img src=x onerror=parent.{RUN}>'></iframe>",
    f"<iframe src='javascript:parent.{RUN}'></iframe>",
    f"<object data='javascript:{RUN}'></object>",
    f"<a href='javascript:{RUN}'>x</a>",
    f"<a href='java\tscript:{RUN}'>x</a>",
    f"<a href='data:text/html,<script>{RUN}</script>'>x</a>",
    f"<form action='javascript:{RUN}'><button>x</button></form>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    f"<style>@import 'javascript:{RUN}';</style><p style='behavior:url(x)'>x</p>",
    f"<textarea></textarea><img src=x onerror={RUN}>",
    f"<!--><img src=x onerror={RUN}>-->",
    f"<xmp><img src=x onerror={RUN}></xmp>",
    f"<plaintext><img src=x onerror={RUN}>",
    f"</p></div></main><img src=x onerror={RUN}>",
    f"<p/onmouseover={RUN}>x",
]


def test_no_vendors_html_runs_anything(page, client, capsys):
    desk = Desk()
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name="Magnesium Calm")
        ours = ListingFactory(product=product, name="Magnesium Calm")
        theirs = ListingFactory(product=product, vendor="fullscript", name="Magnesium Calm")
    client.force_login(desk.member.user)
    bridge = Bridge(page, client)
    page.route("**/catalogue/**", lambda route: without_policy(bridge, route))
    address = SITE + reverse("catalog:product-detail", args=[desk.practice.slug, product.pk])
    shown = 0
    for start in range(0, len(VECTORS), 5):
        for listing in (ours, theirs):
            vectors = VECTORS[start : start + 5]
            with tenancy.unit(tenancy.EVERYTHING):
                listing.description_html = "<p>told</p>" + vectors[0] + "".join(vectors[1:])
                listing.facts_html = "<p>told</p>" + "".join(reversed(vectors))
                listing.save(update_fields=["description_html", "facts_html"])
            shown += 2 * len(vectors)
        page.goto(address)
        assert page.get_by_text("told").count() >= 2
        for attached in page.locator(".vendor-text *").all()[:20]:
            attached.dispatch_event("click")
            attached.dispatch_event("mouseover")
        assert page.evaluate("window.ran ?? null") is None, vectors
    with capsys.disabled():
        print(f"\nH6: {len(VECTORS)} vectors, {shown} showings, 0 executions")


def without_policy(bridge, route):
    answer = bridge.context.run(bridge.client.get, route.request.url.removeprefix(SITE))
    kept = {k: v for k, v in answer.items() if k != "Content-Security-Policy"}
    route.fulfill(status=answer.status_code, headers=kept, body=answer.content)
