"""Handouts of a practitioner and of Fullscript, and their files (reference 5.6).

How a file travels is not documented, so a knob says which way is taken, and another
whether a download wants the bearer.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes

from django.http import HttpResponse

from tests.simulators import world as worlds
from tests.simulators.fullscript import effects, ids
from tests.simulators.fullscript.rest import Call, api, flag, missing, page

TYPES = ("Guide", "Handout", "Infographic", "Meal plan", "Workbook")
CATEGORIES = (
    "Nutrition", "Lifestyle", "Physical activity", "Supplements", "Health conditions",
)  # fmt: skip
ENDINGS = ("jpg", "jpeg", "png", "pdf", "doc", "xlsx", "pptx")
UPLOADS = ("any", "multipart", "json")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def of_practitioner(call: Call, practitioner_id):
    call.find("practitioners", practitioner_id)
    rows = [
        r
        for r in call.store["resources"].values()
        if r["practitioner_id"] == practitioner_id and r["in_library"]
    ]
    return page(call, "resources", rows, lambda r: represent(call.world, r))


def of_fullscript(call: Call):
    call.need("clinic:read")
    rows = [r for r in call.store["resources"].values() if r["clinic_id"] is None]
    return page(call, "resources", rows, lambda r: represent(call.world, r))


def create(call: Call, practitioner_id):
    """200, not 201. With `treatment_plan_id` it is put into that plan as well."""
    call.need("clinic:write")
    call.find("practitioners", practitioner_id)
    name, content, wrong = _attached(call)
    wrong += _problems(call.body, required=True)
    if call.body.get("save_to_library") in (None, ""):
        wrong.append("Save to library can't be blank")
    plan_id = call.body.get("treatment_plan_id")
    plan = call.find("plans", plan_id) if plan_id else None
    if wrong:
        call.refuse(*wrong)
    resource = {
        "id": ids.new(call.world, "resource"),
        "clinic_id": call.clinic_id,
        "practitioner_id": practitioner_id,
        "name": call.body["name"],
        "type": call.body.get("type") or "Handout",
        "category": call.body.get("category") or "Lifestyle",
        "in_library": flag(call.body["save_to_library"]),
        "file": name,
        "content": base64.b64encode(content).decode(),
    }
    call.store["resources"][resource["id"]] = resource
    if plan:
        plan["resource_ids"].append(resource["id"])
    return {"resource": represent(call.world, resource)}


def show(call: Call, practitioner_id, id):
    return {"resource": represent(call.world, _found(call, practitioner_id, id))}


def change(call: Call, practitioner_id, id):
    call.need("clinic:write")
    resource = _found(call, practitioner_id, id)
    wrong = _problems(call.body, required=False)
    if wrong:
        call.refuse(*wrong)
    resource |= {k: call.body[k] for k in ("name", "type", "category") if k in call.body}
    return {"resource": represent(call.world, resource)}


def remove(call: Call, practitioner_id, id):
    call.need("clinic:write")
    del call.store["resources"][_found(call, practitioner_id, id)["id"]]
    return 204, None


def download(request, id):
    """The file: for the clinic's own token, or for whoever knows its address (knob)."""
    world = worlds.current()
    if world.knobs["fullscript"]["resource_needs_bearer"]:
        return _for_token(request, id=id)
    resource = world.store["fullscript"]["resources"].get(id)
    return _file(world, resource) if resource else HttpResponse(status=404)


def _of_clinic(call: Call, id):
    resource = call.store["resources"].get(id)
    if resource is None or resource["clinic_id"] not in (None, call.clinic_id):
        raise missing()
    return _file(call.world, resource)


_for_token = api(GET=_of_clinic)


def represent(world, resource) -> dict:
    path = f"/api/clinic/resources/{resource['id']}/download?type=practitioner_resource"
    return {
        "id": resource["id"],
        "attachment_url": world.origin("fullscript") + path,
        "category": resource["category"],
        "name": resource["name"],
        "type": resource["type"],
    }


def of_plan(world, plan) -> list[dict]:
    """The handouts in a plan, without those that were deleted since."""
    held = world.store["fullscript"]["resources"]
    return [represent(world, held[id]) for id in plan["resource_ids"] if id in held]


def _file(world, resource):
    effects.note(world, "downloads", what="resource", id=resource["id"])
    kind = mimetypes.guess_type(resource["file"])[0] or "application/octet-stream"
    return HttpResponse(base64.b64decode(resource["content"]), content_type=kind)


def _found(call, practitioner_id, id):
    resource = call.find("resources", id)
    if resource["practitioner_id"] != practitioner_id:
        raise missing()
    return resource


def _attached(call):
    """(file name, bytes, what is wrong) of the file in the request."""
    given, way = call.body.get("attachment"), call.knobs["resource_upload"]
    if not given:
        return "", b"", ["Attachment can't be blank"]
    as_part = not isinstance(given, str)
    if (way == "multipart" and not as_part) or (way == "json" and as_part):
        return "", b"", ["Attachment is invalid"]
    if as_part:
        wrong = (
            [] if given.name.rpartition(".")[2].lower() in ENDINGS else ["Attachment is invalid"]
        )
        return given.name, given.read(), wrong
    try:
        return "attachment.pdf", base64.b64decode(given.rpartition(",")[2], validate=True), []
    except binascii.Error:
        return "", b"", ["Attachment is invalid"]


def _problems(given, *, required):
    wrong = []
    if (required or "name" in given) and not given.get("name"):
        wrong.append("Name can't be blank")
    if given.get("type") and given["type"] not in TYPES:
        wrong.append("Type is not included in the list")
    if given.get("category") and given["category"] not in CATEGORIES:
        wrong.append("Category is not included in the list")
    return wrong
