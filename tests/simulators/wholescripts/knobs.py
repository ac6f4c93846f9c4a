"""How this WholeScripts behaves where the reference leaves it open (section 12)."""

from tests.simulators.registry import Knob

KNOBS = {
    "product_single_shape": Knob("object", "One product comes as", ("object", "array")),
    "file_bytes": Knob("base64", "File bytes come as", ("base64", "ints")),
    "business_failure_status": Knob("200", "Status of a refusal", ("200", "400")),
    "not_found_style": Knob("empty", "Nothing found is", ("empty", "404", "success_false")),
    "patients_filter": Knob("query", "Patients are searched by", ("query", "path", "ignored")),
    "refresh_rotates": Knob(True, "A refresh gives a new refresh token"),
    "refresh_old_token_valid": Knob(False, "The old refresh token goes on working"),
    "error_body": Knob("valid", "Token errors are JSON", ("valid", "trailing_comma")),
    "include_onlineMAP": Knob(False, "XYMOGEN rows carry onlineMAP"),
    "status_values": Knob("known", "Recommendation status", ("known", "unknown")),
    "pills_null": Knob(False, "Bottle items have null medPaxPills"),
    "other_practitioner_rows": Knob(False, "Reads show other practitioners' rows"),
    "referral_required": Knob(False, "New patients need a referral code"),
    "strict_words": Knob(True, "Unknown slots and durations are refused"),
    "success_without_id": Knob(False, "A stored recommendation is answered without its id"),
    "catalogue_cut": Knob(False, "ProductList gives a tenth of its rows"),
    "blank_sku_row": Knob(False, "ProductList has a row with a blank SKU"),
    "wrong_top_level": Knob(False, "Lists come as an object, objects as a list"),
    "link_to_simulator": Knob(False, "patientLink opens this simulator's page"),
}
