"""A practice's formulary and its members' favourites: who says what, and what becomes of it."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from catalog import formulary, review
from catalog.models import FormularyEntry, Listing, Standing
from practice import tenancy
from practice.roles import Role
from tests.catalog.readings import shelf
from tests.factories import MembershipFactory
from tests.recommendations.conftest import make_harbor
from tests.recommendations.rows import ListingFactory

pytestmark = pytest.mark.django_db
AVOID = {"standing": "avoid", "reason": "Upsets stomachs"}


class Shelf:
    """Nora and three products, in her own browser."""

    def __init__(self, client):
        self.client, self.harbor = client, make_harbor()
        self.products = shelf(3)
        client.force_login(self.harbor.nora.user)

    def as_(self, role):
        with tenancy.unit(tenancy.EVERYTHING):
            member = MembershipFactory(practice=self.harbor.practice, role=role)
        self.client.force_login(member.user)

    def url(self, name, *ids):
        return reverse(f"catalog:{name}", args=["harbor", *ids])

    def get(self, name, *ids, **query):
        return self.client.get(self.url(name, *ids), query).content.decode()

    def post(self, name, *ids, **data):
        return self.client.post(self.url(name, *ids), data)

    def said(self, product):
        with self.harbor.unit():
            return formulary.of(self.harbor.practice, [product.pk]).get(product.pk)

    def decide(self, product, standing, reason=""):
        with self.harbor.unit():
            return formulary.decide(
                product, standing, reason, by=self.harbor.nora, now=timezone.now()
            )


@pytest.fixture
def here(db, client):
    return Shelf(client)


def test_what_is_avoided_stands_on_the_products_page_with_its_reason(here):
    product = here.products[0]
    here.post("formulary-edit", product.pk, **AVOID)
    page = here.get("product-detail", product.pk)
    assert "Avoid here:" in page
    assert "Upsets stomachs" in page
    assert here.harbor.nora.name in page


def test_avoiding_needs_a_reason(here):
    answer = here.post("formulary-edit", here.products[0].pk, standing="avoid", reason=" ")
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert here.said(here.products[0]) is None


def test_the_database_takes_no_avoidance_without_a_reason(here):
    with pytest.raises(IntegrityError), transaction.atomic():
        here.decide(here.products[0], Standing.AVOID)


def test_an_undo_puts_back_what_stood_before_and_again_what_was_undone(here):
    product = here.products[0]
    here.decide(product, Standing.PREFERRED, "Well liked")
    here.post("formulary-edit", product.pk, **AVOID)
    here.post("formulary-undo", here.said(product).pk)
    assert (here.said(product).standing, here.said(product).reason) == ("preferred", "Well liked")
    here.post("formulary-undo", here.said(product).pk)
    assert here.said(product).standing == "avoid"


def test_the_first_decision_is_undone_to_nothing(here):
    entry = here.decide(here.products[0], Standing.ALLOWED)
    here.post("formulary-undo", entry.pk)
    assert here.said(here.products[0]) is None


def test_who_undoes_what_a_colleague_changed_meanwhile_is_told_and_changes_nothing(here):
    product = here.products[0]
    older = here.decide(product, Standing.ALLOWED)
    here.decide(product, Standing.AVOID, "Recalled")
    answer = here.client.post(here.url("formulary-undo", older.pk), follow=True)
    assert "changed meanwhile" in answer.content.decode()
    assert here.said(product).reason == "Recalled"


def test_saying_the_same_again_is_no_new_decision(here):
    first = here.decide(here.products[0], Standing.ALLOWED)
    assert here.decide(here.products[0], Standing.ALLOWED).pk == first.pk


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.READ_ONLY])
def test_who_may_not_edit_reads_it_and_is_offered_no_change(here, role):
    product = here.products[0]
    here.decide(product, Standing.AVOID, "Recalled")
    here.as_(role)
    page = here.get("formulary-list") + here.get("product-detail", product.pk)
    assert "Recalled" in page
    assert here.url("formulary-edit", product.pk) not in page
    assert here.post("formulary-edit", product.pk, **AVOID).status_code == 403


def test_the_list_is_searched_and_narrowed(here):
    one, two, three = here.products
    here.decide(one, Standing.PREFERRED, "Cheap")
    here.decide(two, Standing.AVOID, "Recalled")
    here.decide(three, Standing.ALLOWED)
    here.post("formulary-undo", here.said(three).pk)
    names = [
        (q, [p.name for p in here.products if p.name in here.get("formulary-list", **q)])
        for q in ({}, {"q": "recalled"}, {"show": "preferred"}, {"show": "none"})
    ]
    assert [found for _, found in names] == [
        [one.name, two.name],
        [two.name],
        [one.name],
        [three.name],
    ]


def test_the_export_holds_what_the_list_shows_and_no_formula(here):
    here.decide(here.products[0], Standing.AVOID, "=1+1")
    here.decide(here.products[1], Standing.PREFERRED)
    text = here.get("formulary-export", show="avoid")
    assert text.count("\n") == 2
    assert "'=1+1" in text
    assert here.products[0].name in text


def test_a_star_is_the_members_own(here):
    product = here.products[0]
    here.post("favourite-set", product.pk, starred="on")
    here.post("favourite-set", product.pk, starred="on")
    assert product.name in here.get("favourite-list")
    here.as_(Role.PRACTITIONER)
    assert product.name not in here.get("favourite-list")


def test_a_star_is_taken_away_and_htmx_gets_the_star_alone(here):
    product = here.products[0]
    on = here.client.post(
        here.url("favourite-set", product.pk), {"starred": "on"}, headers={"hx-request": "true"}
    )
    assert 'aria-pressed="true"' in on.content.decode()
    assert "<html" not in on.content.decode()
    here.post("favourite-set", product.pk, starred="off")
    assert "No favourites yet" in here.get("favourite-list")


def moved(product, to):
    """The listing of `product` belongs to another from now on, as matching does it."""
    with tenancy.unit(tenancy.EVERYTHING):
        listing = Listing.objects.get(product=product)
        Listing.objects.filter(pk=listing.pk).update(product=to)
        formulary.carry({listing.pk: product.pk})


def test_what_was_said_goes_along_with_a_listing_that_moves(here):
    before, after, _ = here.products
    here.decide(before, Standing.AVOID, "Recalled")
    here.decide(after, Standing.PREFERRED)
    here.post("favourite-set", before.pk, starred="on")
    moved(before, after)
    assert here.said(after).reason == "Recalled"
    assert after.name in here.get("favourite-list")


def test_a_softer_word_does_not_replace_what_stands_there(here):
    before, after, _ = here.products
    here.decide(before, Standing.PREFERRED)
    here.decide(after, Standing.ALLOWED, "As before")
    moved(before, after)
    assert here.said(after).standing == "allowed"


def test_a_listing_that_stays_takes_nothing_along(here):
    here.decide(here.products[0], Standing.AVOID, "Recalled")
    moved(here.products[0], here.products[0])
    with here.harbor.unit():
        assert FormularyEntry.objects.count() == 1


def test_another_practices_listing_takes_nothing_of_ours_along(here):
    before, after, _ = here.products
    here.decide(before, Standing.AVOID, "Recalled")
    with tenancy.unit(tenancy.EVERYTHING):
        stranger = MembershipFactory()
        Listing.objects.filter(product=before).update(practice=stranger.practice)
    moved(before, after)
    assert here.said(after) is None


def test_a_split_keeps_what_was_said_of_both_parts(here):
    product = here.products[0]
    here.decide(product, Standing.AVOID, "Recalled")
    with tenancy.unit(tenancy.EVERYTHING):
        twin = ListingFactory(product=product, vendor="fullscript", name=product.name)
        review.split(twin, "staff", timezone.now())
        twin.refresh_from_db()
    assert twin.product_id != product.pk
    assert here.said(product).reason == here.said(twin.product).reason == "Recalled"
