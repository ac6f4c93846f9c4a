"""Fullscript's own frame on a page of ours (Fullscript reference 8).

The browser mounts it with the vendor's SDK; the grant for one opening is `Plans.hand_over`.
"""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from practice.vendors.contract import PatientRow, VendorError
from practice.vendors.fullscript.wire import KEY, Wire
from practice.vendors.http import Http

ENTRY = "/api/embeddable/session/embed/entry"
SECONDS = 8.0  # nobody waits longer to learn why a frame is empty
MAX_BYTES = 512 * 1024

# As the frame takes them; REST has other words (8.2).
SEXES = {"female": "female", "male": "male", "x": "prefer not to say"}


def framed_patient(row: PatientRow) -> dict[str, str]:
    """Whom the frame opens: the known id alone, for it ignores all else beside one; without
    it, what helps to find or to add the person."""
    if row.id:
        return {"id": row.id}
    found = {
        "firstName": row.first_name,
        "lastName": row.last_name,
        "email": row.email,
        "mobileNumber": row.phone,
        "dateOfBirth": row.birth_date.isoformat() if row.birth_date else "",
        "biologicalSex": SEXES.get(row.sex, ""),
    }
    return {name: value for name, value in found.items() if value}


class Frames(Wire):
    """The part of the client that knows of frames."""

    def refuses_frame(self, public_key: str, site: str) -> bool | None:
        """Whether Fullscript lets no page of `site` (an origin) frame it with `public_key`;
        None when it cannot be told. A browser does not tell a page. No secret is spent."""
        http = Http(
            KEY,
            self.embed_origin,
            connect_timeout=self._http.connect_timeout,
            read_timeout=SECONDS,
            max_bytes=MAX_BYTES,
            gate=self._http.gate,
        )
        asked = {"public_key": public_key, "frame_id": str(uuid.uuid4()), "target_origin": site}
        try:
            answer = http.send("GET", ENTRY, operation="refuses_frame", params=asked)
        except VendorError:
            return None
        return _refuses(answer.headers.get("Content-Security-Policy", ""), site)


def _refuses(policy: str, site: str) -> bool | None:
    """What `frame-ancestors` of a policy says of `site`."""
    for directive in policy.replace(",", ";").split(";"):
        name, *allowed = directive.split()[:50] or [""]
        if name.lower() == "frame-ancestors":
            wanted = {site, "*", f"{urlsplit(site).scheme}:"}
            if wanted & {one.rstrip("/") for one in allowed}:
                return False
            return True if allowed in ([], ["'none'"]) else None
    return None
