"""Protocols, handouts, categories, attributes, the labs catalogue (5.5, 5.6, 5.8, 5.10)."""

import base64

import pytest

from tests.simulators_tests.fullscript_caller import CLARA, Caller


@pytest.fixture
def nora(sims):
    return Caller(sims).connect()


def names(answer, key="protocols"):
    return [row["name"] for row in answer.json()[key]]


def test_a_practitioner_lists_own_protocols_by_default(nora):
    own = nora.get(f"/clinic/practitioners/{nora.id}/protocols")
    assert names(own) == [
        "Bone and balance",
        "Gut reset",
        "Iron repletion, retired",
        "Sleep support",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"ownership_type": "shared"}, ["Winter immunity"]),
        ({"current_state": "draft"}, ["Gut reset"]),
        ({"ownership_type": "all", "current_state": "active", "order_by": "DESC"},
         ["Winter immunity", "Sleep support", "Bone and balance"]),
    ],
)  # fmt: skip
def test_protocols_are_narrowed_by_owner_and_state(nora, query, found):
    assert names(nora.get(f"/clinic/practitioners/{nora.id}/protocols", **query)) == found


def test_an_unknown_state_of_protocols_is_refused(nora):
    path = f"/clinic/practitioners/{nora.id}/protocols"
    assert nora.get(path, current_state="odd").status_code == 422


def test_a_protocol_may_name_a_variant_that_is_gone(nora):
    rows = nora.get(f"/clinic/practitioners/{nora.id}/protocols").json()["protocols"]
    found = nora.get(f"/clinic/protocols/{rows[0]['id']}").json()["protocol"]
    variants = [line["variant_id"] for line in found["recommendations"]]
    assert [nora.get(f"/catalog/variants/{v}").status_code for v in variants] == [200, 404]
    assert found["recommendations"][0]["dosage"]["frequency"] == "every other day"


def test_templates_are_protocols_by_their_older_name(nora):
    rows = nora.get(f"/clinic/practitioners/{nora.id}/templates").json()["templates"]
    assert nora.get(f"/clinic/templates/{rows[0]['id']}").json()["template"] == rows[0]


def test_protocols_of_fullscript_are_everybodys(sims, nora):
    clara = Caller(sims, CLARA).connect()
    assert names(nora.get("/clinic/fullscript_protocols")) == ["Stress basics", "Travel basics"]
    theirs = nora.get(f"/clinic/practitioners/{nora.id}/protocols").json()["protocols"][0]["id"]
    assert clara.get(f"/clinic/protocols/{theirs}").status_code == 404


def test_lists_of_protocols_can_hold_names_only(sims, nora):
    sims.knob("fullscript", protocol_items="brief")
    rows = nora.get(f"/clinic/practitioners/{nora.id}/protocols").json()["protocols"]
    assert set(rows[0]) == {"id", "name", "current_state"}


def handout(nora, **more):
    fields = {"name": "Stretches", "type": "Guide", "category": "Physical activity"}
    content = base64.b64encode(b"%PDF-1.4 made up").decode()
    fields |= {"attachment": content, "save_to_library": "true"}
    return nora.post(f"/clinic/practitioners/{nora.id}/resources", **fields | more)


def test_a_handout_is_made_read_changed_and_deleted(nora):
    made = handout(nora)
    assert made.status_code == 200
    path = f"/clinic/practitioners/{nora.id}/resources/{made.json()['resource']['id']}"
    assert nora._send("PUT", path, json={"name": "Stretching"}).json()["resource"]["name"] == (
        "Stretching"
    )
    assert names(nora.get(f"/clinic/practitioners/{nora.id}/resources"), "resources") == [
        "Sleeping well",
        "Stretching",
    ]
    assert nora._send("DELETE", path).status_code == 204
    assert nora.get(path).status_code == 404


def test_a_handout_is_downloaded_with_the_bearer_unless_the_knob_says(sims, nora):
    url = handout(nora).json()["resource"]["attachment_url"]
    assert nora.http.get(url).status_code == 401
    mine = nora.get(url.removeprefix(nora.api))
    assert mine.content.startswith(b"%PDF-")
    sims.knob("fullscript", resource_needs_bearer=False)
    assert nora.http.get(url).content == mine.content
    assert len(sims.holds("fullscript")["effects"]["downloads"]) == 2


def test_a_handout_comes_as_a_part_or_in_the_json_as_the_knob_says(sims, nora):
    def part(name):
        return nora._send(
            "POST",
            f"/clinic/practitioners/{nora.id}/resources",
            data={"name": "Meals", "save_to_library": "false"},
            files={"attachment": (name, b"%PDF-1.4 made up")},
        ).status_code

    assert (part("meals.pdf"), part("meals.exe")) == (200, 422)
    sims.knob("fullscript", resource_upload="json")
    assert (part("meals.pdf"), handout(nora).status_code) == (422, 200)


def test_a_handout_can_go_into_a_plan(sims, nora):
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    made = handout(nora, treatment_plan_id=plan_id, save_to_library="false").json()["resource"]
    plan = nora.get(f"/clinic/treatment_plans/{plan_id}").json()["treatment_plan"]
    assert plan["resources"] == [made]


def test_fullscripts_own_handouts_are_listed(nora):
    assert names(nora.get("/clinic/fullscript_resources"), "resources") == ["Reading a label"]


def test_a_clinic_has_categories_with_products(nora):
    rows = nora.get("/clinic/categories").json()["categories"]
    one = nora.get(f"/clinic/categories/{rows[0]['id']}").json()["category"]
    found = names(nora.get(f"/clinic/categories/{one['id']}/products"), "products")
    assert found == sorted(found)
    assert len(found) > 3


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("allergens", "allergen"),
        ("ingredients", "ingredient"),
        ("supplement_types", "supplement_type"),
        ("third_party_certifications", "third_party_certification"),
    ],
)
def test_attributes_are_listed_and_shown(nora, plural, singular):
    rows = nora.get(f"/catalog/{plural}").json()[plural]
    assert nora.get(f"/catalog/{plural}/{rows[0]['id']}").json() == {singular: rows[0]}
    assert nora.get(f"/catalog/{plural}/none").status_code == 404


def test_a_search_is_narrowed_by_ingredients(nora):
    zinc = next(
        r for r in nora.get("/catalog/ingredients").json()["ingredients"] if r["name"] == "Zinc"
    )
    found = nora.get("/catalog/search/products", **{"ingredient_ids[]": zinc["id"], "query": ""})
    assert found.json()["meta"]["total_count"] > 0
    assert all("zinc" in name.lower() for name in names(found, "products"))


def test_practitioner_types_are_listed(nora):
    types = names(nora.get("/catalog/practitioner_types"), "practitioner_types")
    assert "Naturopathic Doctor" in types


def test_the_labs_catalogue_is_refused_until_granted(sims, nora):
    assert nora.get("/labs").status_code == 403
    sims.configure("fullscript", granted=["labs"])
    rows = nora.get("/labs").json()["labs"]
    assert all(row["active"] for row in rows)
    assert nora.get(f"/labs/{rows[0]['id']}").json()["lab"] == rows[0]
    assert names(nora.get("/labs/search/tests", query="thyroid"), "labs") == [
        "Made-up Thyroid Panel"
    ]
