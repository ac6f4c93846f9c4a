"""Every address of the site and what it takes to reach it: one entry for each URL name.

Within a practice an entry names an action of `roles.TABLE`, the methods that are answered and
the rows that the address is filled with (`clinics.Clinic.rows`; `=word` is a word). `data` is
what a POST brings, so that it reaches its deed: field to a row or a word. `reaches` adds
statuses that only somebody who came in can see, `leads` a start of addresses elsewhere that
it may lead to; `not_restricted` keeps out who sees their own patients only. Outside of
practices an entry lists the answers to somebody who is not signed in and to somebody who is.

To add an address, add its line here; `docs/development.md` says more.
"""

from dataclasses import dataclass, field

# A made-up token: the vendor refuses it, and only somebody who came in is told so.
VENDOR_REFUSES = frozenset({503})


@dataclass(frozen=True)
class Entry:
    action: str
    methods: str = "GET"
    args: tuple[str, ...] = ()
    data: dict = field(default_factory=dict)
    reaches: frozenset = frozenset()
    leads: str = ""
    not_restricted: bool = False


@dataclass(frozen=True)
class Outside:
    """`anonymous` and `member` are the statuses of a GET and of an empty POST; an `anonymous`
    of None means that a sign-in is asked for."""

    member: frozenset
    anonymous: frozenset | None = None
    args: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Desk:
    """One model of the staff desk: the row its pages show, and whether it is added to there."""

    row: str
    adds: bool = False
    deletes: bool = False


PRACTICE = {
    "practice:today": Entry("see"),
    "practice:patient-list": Entry("see", "GET POST", data={"q": "=Sample"}),
    "practice:patient-add": Entry("edit_patients", "GET POST"),
    "practice:patient-assign": Entry(
        "edit_patients",
        "GET POST",
        data={"patient": "patient", "to": "colleague"},
        not_restricted=True,
    ),
    "practice:import-start": Entry("import_patients", "GET POST", reaches=frozenset({422})),
    "practice:import-template": Entry("import_patients"),
    "practice:import-detail": Entry("import_patients", args=("import",)),
    "practice:import-columns": Entry(
        "import_patients",
        "GET POST",
        ("import",),
        data={"column_0": "=first_name", "column_1": "=last_name"},
    ),
    "practice:import-stop": Entry("import_patients", "POST", ("import",)),
    "practice:import-choose": Entry("import_patients", "POST", ("import",)),
    "practice:import-confirm": Entry("import_patients", "POST", ("import",)),
    "practice:import-discard": Entry("import_patients", "POST", ("import",)),
    "practice:import-undo": Entry("import_patients", "POST", ("import",)),
    "practice:import-report": Entry("import_patients", args=("import",)),
    "practice:duplicate-list": Entry("edit_patients"),
    "practice:duplicate-apart": Entry(
        "edit_patients", "POST", data={"one": "patient", "other": "other_patient"}
    ),
    "practice:merge-detail": Entry("see", args=("merge",)),
    "practice:merge-undo": Entry("edit_patients", "POST", ("merge",)),
    "practice:patient-merge-choose": Entry("edit_patients", "GET POST", ("patient",)),
    "practice:patient-merge": Entry("edit_patients", "GET POST", ("patient", "other_patient")),
    "practice:patient-detail": Entry("see", args=("patient",)),
    "practice:patient-edit": Entry("edit_patients", "GET POST", ("patient",)),
    "practice:patient-archive": Entry("edit_patients", "POST", ("patient",)),
    "practice:patient-restore": Entry("edit_patients", "POST", ("archived",)),
    "practice:patient-link": Entry(
        "sign_plans", "GET POST", ("patient", "=fullscript"), reaches=VENDOR_REFUSES
    ),
    "practice:patient-link-confirm": Entry("sign_plans", "POST", ("other_patient", "=fullscript")),
    "practice:patient-link-create": Entry("sign_plans", "POST", ("other_patient", "=fullscript")),
    "practice:patient-link-undo": Entry(
        "sign_plans", "POST", ("patient", "=fullscript"), {"link": "patient_link"}
    ),
    "practice:patient-details": Entry(
        "sign_plans", "POST", ("patient", "=fullscript"), {"deed": "=send"}
    ),
    "practice:connection-list": Entry("see"),
    "practice:connection-begin": Entry(
        "connect_own_account", args=("=fullscript",), leads="http://127.0.0.1:"
    ),
    "practice:connection-disconnect": Entry("connect_own_account", "POST", ("connection",)),
    "practice:connection-confirm-email": Entry("connect_own_account", "POST", ("connection",)),
    "practice:connection-all": Entry("manage_practice", "GET POST", reaches=frozenset({422})),
    "practice:roster-list": Entry(
        "sign_plans", "GET POST", ("connection",), {"q": "=Sample"}, not_restricted=True
    ),
    "practice:roster-read": Entry("sign_plans", "POST", ("connection",), not_restricted=True),
    "practice:roster-add": Entry(
        "sign_plans", "POST", ("connection",), {"row": "vendor_patient"}, not_restricted=True
    ),
    "practice:roster-link": Entry(
        "sign_plans",
        "POST",
        ("connection",),
        {"row": "vendor_patient", "patient": "other_patient"},
        not_restricted=True,
    ),
    "practice:roster-leave": Entry(
        "sign_plans", "POST", ("connection",), {"rows": "vendor_patient"}, not_restricted=True
    ),
    "practice:roster-back": Entry(
        "sign_plans", "POST", ("connection",), {"rows": "vendor_patient"}, not_restricted=True
    ),
    "practice:audit-list": Entry("see_audit", "GET POST"),
    "practice:audit-export": Entry("see_audit", "POST"),
    "practice:member-list": Entry("manage_members"),
    "practice:invitation-add": Entry("manage_members", "GET POST"),
    "practice:invitation-again": Entry("manage_members", "POST", ("invitation",)),
    "practice:invitation-revoke": Entry("manage_members", "POST", ("invitation",)),
    "practice:member-edit": Entry("manage_members", "GET POST", ("member",)),
    "practice:member-deactivate": Entry("manage_members", "POST", ("member",)),
    "practice:member-reactivate": Entry("manage_members", "POST", ("member",)),
    "practice:member-leave": Entry("manage_members", "GET POST", ("member",)),
    "practice:cover-list": Entry("arrange_cover", "GET POST"),
    "practice:cover-end": Entry("arrange_cover", "POST", ("cover",)),
    "practice:practice-settings": Entry("see"),
    "practice:support-list": Entry("manage_practice"),
    "practice:practice-edit": Entry("manage_practice", "GET POST"),
    "catalog:product-list": Entry("see"),
    "catalog:product-search": Entry("see"),
    "catalog:sync-progress": Entry("see"),
    "catalog:sync-report": Entry("see", args=("sync_run",)),
    "catalog:sync-request": Entry("connect_own_account", "POST"),
    "catalog:product-detail": Entry("see", args=("product",)),
    "catalog:product-compare": Entry("see"),
    "catalog:favourite-list": Entry("see"),
    "catalog:favourite-set": Entry("draft_plans", "POST", ("product",), {"starred": "=on"}),
    "catalog:formulary-list": Entry("see"),
    "catalog:formulary-export": Entry("see"),
    "catalog:formulary-edit": Entry(
        "edit_formulary", "GET POST", ("product",), {"standing": "=avoid", "reason": "=Soy"}
    ),
    "catalog:formulary-undo": Entry("edit_formulary", "POST", ("formulary_entry",)),
    "catalog:product-file": Entry("see", args=("listing_file",)),
    "catalog:product-files": Entry("see", args=("listing",)),
    "recommendations:plan-list": Entry("see"),
    "recommendations:at-risk-list": Entry("see"),
    "recommendations:at-risk-mark": Entry(
        "draft_plans", "POST", ("listing",), {"risk": "=out_of_stock", "note": "=Call them"}
    ),
    "recommendations:at-risk-undo": Entry("draft_plans", "POST", ("risk_mark",)),
    "recommendations:product-add": Entry("draft_plans", args=("product",)),
    "recommendations:plan-start": Entry("draft_plans", "GET POST", ("patient",)),
    "recommendations:plan-detail": Entry("see", args=("plan",)),
    "recommendations:plan-take-over": Entry("sign_plans", "POST", ("covered_plan",)),
    "recommendations:plan-discard": Entry("draft_plans", "POST", ("plan",)),
    "recommendations:plan-review": Entry("see", args=("plan",)),
    "recommendations:plan-standing": Entry("sign_plans", args=("plan", "=wholescripts")),
    "recommendations:plan-sign": Entry("sign_plans", "POST", ("plan",)),
    "recommendations:plan-search": Entry("draft_plans", args=("plan",)),
    "recommendations:plan-message": Entry("draft_plans", "POST", ("plan",)),
    "recommendations:plan-sheet": Entry("see", args=("signed",)),
    "recommendations:plan-sheet-printed": Entry("see", "POST", ("signed",)),
    "recommendations:item-add": Entry("draft_plans", "POST", ("plan",), {"listing": "listing"}),
    "recommendations:item-restore": Entry("draft_plans", "POST", ("plan",)),
    "recommendations:item-edit": Entry("draft_plans", "POST", ("plan", "item")),
    "recommendations:item-remove": Entry("draft_plans", "POST", ("plan", "item")),
    "recommendations:protocol-add": Entry(
        "draft_plans", "POST", ("plan",), {"protocol": "protocol"}
    ),
    "recommendations:protocol-undo": Entry(
        "draft_plans", "POST", ("plan",), reaches=frozenset({422})
    ),
    "protocols:protocol-list": Entry("see"),
    "protocols:protocol-take-in": Entry(
        "connect_own_account", "GET POST", ("=fullscript",), reaches=VENDOR_REFUSES
    ),
    "protocols:protocol-detail": Entry("see", "GET POST", ("protocol",)),
    "protocols:protocol-archive": Entry("draft_plans", "POST", ("protocol",)),
    "protocols:protocol-again": Entry("connect_own_account", "POST", ("protocol",)),
    "protocols:protocol-start": Entry("draft_plans", "POST", ("protocol",), {"patient": "patient"}),
    "recommendations:pack-add": Entry("draft_plans", "POST", ("plan",)),
    "recommendations:pack-edit": Entry("draft_plans", "POST", ("plan", "pack")),
    "recommendations:pack-remove": Entry("draft_plans", "POST", ("plan", "pack")),
    "recommendations:pill-search": Entry("draft_plans", args=("plan", "pack")),
    "recommendations:pill-add": Entry("draft_plans", "POST", ("plan", "pack"), {"listing": "pill"}),
    "recommendations:pill-remove": Entry(
        "draft_plans", "POST", ("plan", "pack"), {"listing": "pill"}
    ),
    "recommendations:sending-hand-over": Entry("sign_plans", args=("sending",)),
    "recommendations:sending-grant": Entry(
        "sign_plans", "POST", ("sending",), reaches=VENDOR_REFUSES
    ),
    "recommendations:sending-activated": Entry(
        "sign_plans", "POST", ("sending",), reaches=frozenset({400})
    ),
    "recommendations:sending-selected": Entry("sign_plans", "POST", ("sending",)),
    "recommendations:sending-link": Entry("sign_plans", "POST", ("sending",)),
    "recommendations:sending-checked": Entry("sign_plans", "POST", ("sending",)),
    "recommendations:labs-frame": Entry("sign_plans", args=("patient", "=fullscript")),
    "recommendations:labs-grant": Entry(
        "sign_plans", "POST", ("patient", "=fullscript"), reaches=VENDOR_REFUSES
    ),
    "recommendations:labs-activated": Entry(
        "sign_plans", "POST", ("patient", "=fullscript"), reaches=frozenset({400})
    ),
    "recommendations:labs-selected": Entry("sign_plans", "POST", ("patient", "=fullscript")),
    "recommendations:labs-link": Entry("sign_plans", "POST", ("patient", "=fullscript")),
    "recommendations:labs-checked": Entry("sign_plans", "POST", ("patient", "=fullscript")),
    "recommendations:sending-again": Entry("sign_plans", "POST", ("unsent",)),
    "recommendations:sending-reworded": Entry("sign_plans", "POST", ("unsent",)),
    "recommendations:sending-referral": Entry("sign_plans", "GET POST", ("unsent",)),
    "recommendations:sending-by-hand": Entry("sign_plans", "POST", ("unsent",)),
    "recommendations:sending-found": Entry("sign_plans", "POST", ("unsent",), {"number": "=1"}),
    "recommendations:sending-open": Entry(
        "sign_plans", "POST", ("sending",), reaches=VENDOR_REFUSES
    ),
    "recommendations:sending-look": Entry("sign_plans", "GET POST", ("sending",)),
    "recommendations:sending-practitioner": Entry("sign_plans", "GET POST", ("sending",)),
    "recommendations:sending-accept": Entry("sign_plans", "POST", ("sending",)),
    "recommendations:sending-stop": Entry("sign_plans", "GET POST", ("sending",)),
    "recommendations:sending-checkout": Entry("sign_plans", "GET POST", ("sending",)),
    "recommendations:outside-plan": Entry("see", args=("outside_plan",)),
    "recommendations:outside-look": Entry("sign_plans", "POST", ("patient",)),
    "recommendations:order-list": Entry("see", args=("patient",)),
    "recommendations:order-again": Entry("draft_plans", "POST", ("patient",)),
    "recommendations:lab-detail": Entry("see", args=("lab",)),
    "recommendations:lab-again": Entry("draft_plans", "POST", ("lab",)),
    "recommendations:lab-result": Entry("see", args=("lab", "lab_result")),
    "recommendations:result-again": Entry("draft_plans", "POST", ("lab", "lab_result")),
    "deliveries:delivery-list": Entry("see"),
    "deliveries:delivery-book": Entry("book_deliveries", "GET POST", ("patient",)),
    "deliveries:delivery-detail": Entry("see", args=("delivery",)),
    "deliveries:delivery-there": Entry("book_deliveries", "POST", ("delivery",)),
    "deliveries:delivery-again": Entry("book_deliveries", "POST", ("delivery",)),
    "deliveries:delivery-settle": Entry("book_deliveries", "POST", ("delivery",)),
    "deliveries:proof-show": Entry("see", args=("delivery", "=photo")),
    "deliveries:courier-settings": Entry("manage_courier"),
    "deliveries:courier-key": Entry("manage_courier", "POST"),
    "deliveries:courier-secret": Entry("manage_courier", "POST"),
    "deliveries:courier-events": Entry("manage_courier", "POST"),
    "deliveries:courier-resume": Entry("manage_courier", "POST"),
}

SHOWN = frozenset({200})
LED = frozenset({302})
LED_OR_GONE = frozenset({302, 401})
EITHER = frozenset({200, 302})
SHOWN_NOT_POSTED = frozenset({200, 405})

OUTSIDE = {
    "home": Outside(EITHER),
    "connection-finish": Outside(frozenset({302, 405}), args=("=fullscript",)),
    "start": Outside(EITHER),
    "join": Outside(
        *2 * (frozenset({404}),), ("=bayside", "=no-such-secret"), "the secret says who is invited"
    ),
    "session": Outside(SHOWN, frozenset({200, 401}), why="tells a script that nobody is there"),
    "session-again": Outside(SHOWN_NOT_POSTED),
    "session-end": Outside(frozenset({302, 404, 405}), args=("=1",)),
    "session-end-others": Outside(frozenset({302, 405})),
    "second-step": Outside(frozenset({200, 302, 405})),
    "support-stop": Outside(frozenset({404, 405})),
    "hook": Outside(
        *2 * (frozenset({200, 400, 401, 405}),), ("=fullscript",), "vendors sign their requests"
    ),
    "practice-hook": Outside(
        *2 * (frozenset({400, 401, 404, 405}),),
        ("=scriptrun", "=no-such-path"),
        "vendors sign their requests",
    ),
    # allauth's. What they do is theirs to test; here, that none lets a stranger to a page
    # that is about somebody, and none opens a row of a practice.
    "account_login": Outside(EITHER, SHOWN, why="the way in"),
    "account_logout": Outside(EITHER, LED),
    "account_inactive": Outside(SHOWN_NOT_POSTED, SHOWN_NOT_POSTED, why="says that it is"),
    "account_signup": Outside(EITHER, EITHER, why="says that it is closed"),
    "account_reauthenticate": Outside(EITHER),
    "account_email": Outside(EITHER),
    "account_email_verification_sent": Outside(SHOWN_NOT_POSTED, SHOWN_NOT_POSTED, why="says so"),
    "account_change_password": Outside(EITHER),
    "account_set_password": Outside(EITHER),
    "account_reset_password": Outside(EITHER, SHOWN, why="the way in"),
    "account_confirm_login_code": Outside(EITHER, EITHER, why="the way in"),
    "account_confirm_email": Outside(
        frozenset({200, 302, 404}), frozenset({200, 302, 404}), ("=no-key",), "from an e-mail"
    ),
    "account_reset_password_from_key": Outside(EITHER, EITHER, ("=1", "=no-key"), "from an e-mail"),
    "account_reset_password_from_key_done": Outside(
        SHOWN_NOT_POSTED, SHOWN_NOT_POSTED, why="says so"
    ),
    "account_reset_password_done": Outside(SHOWN_NOT_POSTED, SHOWN_NOT_POSTED, why="says so"),
    "mfa_index": Outside(frozenset({200, 302, 405})),
    "mfa_authenticate": Outside(EITHER, LED, why="the way in"),
    "mfa_reauthenticate": Outside(EITHER),
    "mfa_activate_totp": Outside(EITHER),
    "mfa_deactivate_totp": Outside(frozenset({200, 302, 404})),
    "mfa_view_recovery_codes": Outside(frozenset({200, 302, 404, 405})),
    "mfa_generate_recovery_codes": Outside(frozenset({200, 302, 404})),
    "mfa_download_recovery_codes": Outside(frozenset({200, 302, 404, 405})),
    "mfa_list_webauthn": Outside(frozenset({200, 302, 405})),
    "mfa_add_webauthn": Outside(EITHER),
    "mfa_reauthenticate_webauthn": Outside(EITHER),
    "mfa_remove_webauthn": Outside(frozenset({302, 404}), args=("=1",)),
    "mfa_edit_webauthn": Outside(frozenset({302, 404}), args=("=1",)),
    "mfa_login_webauthn": Outside(EITHER, EITHER, why="the way in"),
    "usersessions_list": Outside(SHOWN_NOT_POSTED),
    "admin:login": Outside(frozenset({200, 302, 403}), LED_OR_GONE, why="the staff's way in"),
    "admin:logout": Outside(frozenset({200, 302, 405}), LED_OR_GONE),
}

# Pages of the staff desk that belong to no model: arguments by name.
STAFF = {
    "admin:index": (),
    "admin:search": (),
    "admin:narrow": (),
    "admin:jobs": (),
    "admin:password_change": (),
    "admin:password_change_done": (),
    "admin:autocomplete": (),
    "admin:jsi18n": (),
    "admin:view_on_site": ("=1", "=1"),
    "admin:app_list": ("=practice",),
    "admin:auth_user_password_change": ("user",),
    "admin:recommendations_sending_found": ("sending",),
}

DESKS = {
    "practice_practice": Desk("practice", adds=True),
    "practice_membership": Desk("member", adds=True),
    "practice_connection": Desk("connection"),
    "practice_receipt": Desk("receipt"),
    "practice_eventsweep": Desk("event_sweep"),
    "practice_vendorrefusal": Desk("vendor_refusal"),
    "practice_vendorword": Desk("vendor_word", adds=True),
    "recommendations_upperlimit": Desk("upper_limit", adds=True),
    "practice_auditentry": Desk("audit_entry"),
    "practice_auditseal": Desk("audit_seal"),
    "practice_patient": Desk("patient"),
    "practice_patientevent": Desk("patient_event"),
    "practice_courieraccount": Desk("account"),
    "auth_user": Desk("user", adds=True),
    "account_emailaddress": Desk("email_address", adds=True, deletes=True),
    "mfa_authenticator": Desk("authenticator"),
    "usersessions_usersession": Desk("user_session"),
    "catalog_syncrun": Desk("sync_run"),
    "catalog_synonym": Desk("synonym", adds=True, deletes=True),
    "catalog_brandalias": Desk("brand_alias", adds=True, deletes=True),
    "catalog_listing": Desk("listing"),
    "catalog_listingfile": Desk("listing_file"),
    "catalog_product": Desk("product"),
    "catalog_review": Desk("review"),
    "recommendations_plan": Desk("plan"),
    "recommendations_sending": Desk("sending"),
    "recommendations_labresult": Desk("lab_result"),
    "deliveries_delivery": Desk("delivery"),
    "deliveries_deliveryevent": Desk("delivery_event"),
    "deliveries_proof": Desk("proof"),
}
DESK_PAGES = ("changelist", "add", "history", "delete", "change")
