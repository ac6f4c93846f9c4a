"""Protocols, reusable plans without a patient, at Fullscript (reference 5.5).

Nothing of their bodies is documented: they are read as plans are, and no key is relied on but
`id`. Templates are the older name of the same; they are asked for only where protocols answer
404.
"""

from __future__ import annotations

from practice.vendors import reading
from practice.vendors.contract import HeldProtocol, Origin, ProtocolPage, Refused
from practice.vendors.fullscript import payloads, wire
from practice.vendors.fullscript.wire import Wire

OWNERSHIP = {Origin.OWN: "owned", Origin.SHARED: "shared"}
OWN_PROTOCOLS = "/clinic/practitioners/{id}/protocols"
OWN_TEMPLATES = "/clinic/practitioners/{id}/templates"


class Protocols(Wire):
    """The part of the client that reads protocols."""

    def protocols(self, origin: Origin, practitioner_id: str = "", page: int = 1) -> ProtocolPage:
        """One page of those of `origin`, by name; a practitioner's own or shared with them, or
        Fullscript's. Their lines may be left out. Two requests where protocols are unknown."""
        asked = {"sort_by": "name", **wire.paging(page)}
        if origin is Origin.VENDOR:
            answer = self._get("protocols", "/clinic/fullscript_protocols", params=asked)
            return _page(answer, origin, page)
        asked["ownership_type"] = OWNERSHIP[origin]
        try:
            answer = self._get("protocols", OWN_PROTOCOLS, params=asked, id=practitioner_id)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            if origin is Origin.SHARED:  # templates know no sharing
                return ProtocolPage(())
            answer = self._get(
                "protocols",
                OWN_TEMPLATES,
                params={"sort_by": "name", **wire.paging(page)},
                id=practitioner_id,
            )
        return _page(answer, origin, page)

    def protocol(self, protocol_id: str) -> HeldProtocol | None:
        """One with its lines; None when unknown. One request, or two."""
        found = self._find("protocol", "/clinic/protocols/{id}", "protocol", id=protocol_id)
        if found is None:
            found = self._find("protocol", "/clinic/templates/{id}", "template", id=protocol_id)
        return None if found is None else held_protocol(found)


def _page(answer, origin, page) -> ProtocolPage:
    found = answer.object()
    name = "templates" if isinstance(found.get("templates"), list) else "protocols"
    rows = (held_protocol(row, origin) for row in wire.listed(answer, found, name))
    following = wire.next_page(answer, found, page) if "meta" in found else None
    return ProtocolPage(tuple(row for row in rows if row.id), next=following)


def held_protocol(found: dict, origin: Origin | None = None) -> HeldProtocol:
    """A protocol in whatever keys it comes. Without a name it is called by its number."""
    row = payloads.folded(found)
    number = reading.text(row.get("id"))
    return HeldProtocol(
        id=number,
        name=reading.text(row.get("name")) or reading.text(row.get("title")) or number,
        lines=tuple(payloads.line(item) for item in reading.mappings(row.get("recommendations"))),
        message=reading.text(row.get("personal_message")),
        raw_state=reading.text(row.get("current_state")) or reading.text(row.get("state")),
        ownership=origin or "",
        raw=reading.plain(found),
    )
