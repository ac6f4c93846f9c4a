"""Addresses of Fullscript's origin: the API below `/api`, the frame and the links' pages."""

from django.urls import path

from tests.simulators.fullscript import (
    attributes,
    categories,
    clinic,
    editing,
    editors,
    embed,
    events,
    labcatalogue,
    labs,
    links,
    metadata,
    oauth,
    orders,
    patients,
    plans,
    products,
    protocols,
    resources,
    results,
    shelf,
)
from tests.simulators.fullscript.rest import api

PATIENT = "api/clinic/patients/<str:id>"
OF_PATIENT = "api/clinic/patients/<str:patient_id>"
OF_PRACTITIONER = "api/clinic/practitioners/<str:practitioner_id>"
HANDOUTS = f"{OF_PRACTITIONER}/resources"
PLAN = "api/clinic/treatment_plans/<str:id>"
LINKS = "api/clinic/dynamic_links"
FRAME = "api/embeddable/session"

urlpatterns = [
    path("api/oauth/authorize", oauth.authorize),
    path("api/oauth/token", oauth.token),
    path("api/oauth/revoke", oauth.revoke),
    path("api/clinic", api(GET=clinic.show)),
    path("api/clinic/staff", api(GET=clinic.staff, POST=clinic.add_staff)),
    path("api/clinic/staff/<str:id>", api(GET=clinic.staff_member, PATCH=clinic.change_staff)),
    path(
        "api/clinic/practitioners",
        api(GET=clinic.practitioners, POST=clinic.add_practitioner),
    ),
    path(
        "api/clinic/practitioners/<str:id>",
        api(GET=clinic.practitioner, PATCH=clinic.change_practitioner),
    ),
    path("api/catalog/practitioner_types", api(GET=clinic.practitioner_types)),
    path("api/clinic/metadata", api(GET=metadata.search)),
    path("api/clinic/patients", api(GET=patients.listing, POST=patients.create)),
    path("api/clinic/search/patients", api(GET=patients.search)),
    path(PATIENT, api(GET=patients.show, PATCH=patients.change)),
    path(f"{PATIENT}/dependents", api(GET=patients.dependents)),
    path(f"{PATIENT}/addresses", api(GET=patients.addresses)),
    path(f"{OF_PATIENT}/treatment_plans", api(GET=plans.of_patient, POST=plans.create)),
    path(f"{OF_PATIENT}/orders", api(GET=orders.of_patient)),
    path(PLAN, api(GET=plans.show, PATCH=plans.change)),
    path(f"{PLAN}/activate", api(PATCH=plans.activate)),
    path(f"{PLAN}/cancel", api(PATCH=plans.cancel)),
    path(f"{PLAN}/in_office_checkout", api(POST=plans.in_office_checkout)),
    path("api/clinic/orders", api(GET=orders.listing)),
    path("api/clinic/orders/<str:id>", api(GET=orders.show)),
    path("api/clinic/labs/orders", api(GET=labs.listing)),
    path("api/clinic/labs/orders/<str:id>", api(GET=labs.show)),
    path("api/clinic/labs/tests/<str:id>", api(GET=labcatalogue.show_test)),
    path("api/labs", api(GET=labcatalogue.listing)),
    path("api/labs/search/tests", api(GET=labcatalogue.search)),
    path("api/labs/<str:id>", api(GET=labcatalogue.show)),
    path("lab_results/<str:result>/<int:version>/<int:until>.pdf", results.file),
    path("api/catalog/products", api(GET=products.listing)),
    path("api/catalog/products/<str:id>", api(GET=products.show)),
    path("api/catalog/products/<str:id>/similar", api(GET=products.similar)),
    path("api/catalog/search/products", api(GET=products.search)),
    path("api/catalog/variants/<str:id>", api(GET=products.show_variant)),
    path("api/catalog/brands", api(GET=products.brands)),
    path("api/catalog/brands/<str:id>", api(GET=products.show_brand)),
    *[path(f"api/catalog/{k}", api(GET=attributes.listing(k))) for k in attributes.KINDS],
    *[path(f"api/catalog/{k}/<str:id>", api(GET=attributes.show(k))) for k in attributes.KINDS],
    path("api/clinic/categories", api(GET=categories.listing)),
    path("api/clinic/categories/<str:id>", api(GET=categories.show)),
    path(
        "api/clinic/categories/<str:category_id>/products",
        api(GET=categories.products_of),
    ),
    path("api/clinic/fullscript_protocols", api(GET=protocols.of_fullscript)),
    path(f"{OF_PRACTITIONER}/protocols", api(GET=protocols.of_practitioner("protocols"))),
    path("api/clinic/protocols/<str:id>", api(GET=protocols.show("protocol"))),
    path(f"{OF_PRACTITIONER}/templates", api(GET=protocols.of_practitioner("templates"))),
    path("api/clinic/templates/<str:id>", api(GET=protocols.show("template"))),
    path("api/clinic/fullscript_resources", api(GET=resources.of_fullscript)),
    path(HANDOUTS, api(GET=resources.of_practitioner, POST=resources.create)),
    path(
        f"{HANDOUTS}/<str:id>",
        api(GET=resources.show, PUT=resources.change, DELETE=resources.remove),
    ),
    path("api/clinic/resources/<str:id>/download", resources.download),
    path(f"{LINKS}/treatment_plans", api(GET=links.start, POST=links.draft)),
    path(f"{LINKS}/gateway/treatment_plans", api(POST=links.gateway)),
    path(f"{LINKS}/treatment_plans/<str:id>", api(GET=links.edit)),
    path("api/clinic/embeddable/session_grants", api(POST=embed.grant)),
    *[path(f"api/events/{name}", api(GET=events.listing(name))) for name in events.CATEGORIES],
    path("api/events/<str:id>", api(GET=events.show)),
    path("api/webhooks/deliveries", api(GET=events.deliveries)),
    # Embed: what the vendor's own SDK calls, then the frame's pages.
    path("api/embeddable/tokenize", embed.tokenize),
    path(f"{FRAME}/embed/entry", embed.entry),
    path(f"{FRAME}/treatment_plans/new", embed.entry),
    path("plans/<str:key>", links.visit),
    path("editor/<str:key>", editors.show),
    path("editor/<str:key>/products", shelf.find_products),
    path("editor/<str:key>/practitioner", editing.choose_practitioner),
    path("editor/<str:key>/patient", editing.choose_patient),
    path("editor/<str:key>/save", editing.save),
]
