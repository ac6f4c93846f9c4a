"""WholeScripts' EMR API. Section numbers are those of the WholeScripts reference.

A client made from the operator's credentials reads the catalogue and can connect a person;
`with_token` gives one that also acts for that practitioner. One call is one HTTP request
unless it says otherwise.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from urllib.parse import urlencode

from practice.vendors import reading, tokens
from practice.vendors.contract import (
    AccessRevoked,
    Account,
    FetchedFile,
    ListingRow,
    Page,
    PatientRow,
    PatientStanding,
    ReferralCode,
    Refused,
    Tokens,
    WholeList,
)
from practice.vendors.wholescripts import files, listings, payloads
from practice.vendors.wholescripts.recommendations import Recommendations
from practice.vendors.wholescripts.wire import KEY, SaidNo

LIFETIME = 900

# The whole catalogue comes at once (6.2): some 9 KiB a product, descriptions included.
CATALOGUE_BYTES = 128 * 1024 * 1024
# A file as a list of numbers takes up to four characters a byte.
FILE_GROWTH = 5


class WholeScripts(Recommendations):
    """One environment of WholeScripts, for the operator and its practitioners."""

    # Connecting (4)

    def authorize_url(self, state: str) -> str:
        """Where to send the browser; no password ever stands in it (4.1)."""
        query = {"client_id": self._basic[0], "redirect_uri": self._redirect_uri, "state": state}
        return f"{self._http.base_url}/authorize?{urlencode(query)}"

    def exchange(self, code: str) -> Tokens:
        """Tokens for a code, which lives five minutes and works once. After a lost answer
        it is burned: start again. The tokens do not say whose they are."""
        answer = self._token("exchange", grant_type="authorization_code", code=code)
        return tokens.read(answer.object(), answer, lifetime=LIFETIME)

    def refresh(self, held: Tokens) -> Tokens:
        """New tokens; the refresh token stays when no new one comes (4.3). One at a time
        per practitioner. 400 and 401 are `AccessRevoked`; a timeout may be tried once more.
        """
        try:
            answer = self._token(
                "refresh", grant_type="refresh_token", refresh_token=held.refresh_token
            )
        except Refused as refusal:
            if refusal.status != 400:
                raise
            raise AccessRevoked(
                "WholeScripts no longer accepts this connection.",
                vendor=KEY,
                operation="refresh",
                status=refusal.status,
                request_id=refusal.request_id,
            ) from None
        return tokens.read(
            answer.object(), answer, lifetime=LIFETIME, refresh_token=held.refresh_token
        )

    def account(self, held: Tokens, hint: str = "") -> Account:
        """The practitioner, known by the e-mail in the callback's address: editable on its
        way, so a person confirms it (4.1). No request."""
        return Account(id=hint.lower(), name=hint, email=hint)

    def probe(self, held: Tokens) -> None:
        """A small call that only a practitioner's own token may make."""
        self.referral_codes()

    def disconnect(self, held: Tokens) -> None:
        """End the connection; `held` must be fresh, which the caller sees to."""
        self.logout()

    def logout(self) -> None:
        """End this connection at the vendor: both tokens die. An expired access token is
        refused (`AccessRevoked`) while its refresh token lives on: refresh first (4.4)."""
        self._enveloped(self._bearer("GET", "/Logout", "logout", write=True))

    # Catalogue (6), Basic

    def brands(self) -> tuple[str, ...]:
        return reading.texts(self._catalogue("brands", "/BrandList").array())

    def categories(self) -> tuple[str, ...]:
        """Documented categories; products carry others as well (6.1)."""
        return reading.texts(self._catalogue("categories", "/CategoryList").array())

    @contextlib.contextmanager
    def catalogue(self) -> Iterator[WholeList]:
        """The whole catalogue: bottles, and the pills packs are made of. It comes in one request
        of two minutes at the most, into a file that is gone with the block; nothing is asked of
        the vendor while it is read."""
        with tempfile.TemporaryFile() as file:
            answer = self._catalogue(
                "products",
                "/ProductList",
                read_timeout=self._list_timeout,
                max_bytes=CATALOGUE_BYTES,
                into=file,
            )
            yield WholeList(
                lambda: (listings.product_rows(reading.mapping(one)) for one in answer.items())
            )

    def products(self, page: int = 1) -> Page:
        """The whole catalogue on one page, in memory."""
        if page != 1:
            raise ValueError("the WholeScripts catalogue has one page")
        with self.catalogue() as found:
            # Several bottles may share one pill.
            rows = tuple(found.rows())
            return Page(rows, total=len(rows) + found.skipped, pages=1, skipped=found.skipped)

    def product(self, sku: str) -> tuple[ListingRow, ...]:
        """One product's bottle and pill; () when WholeScripts does not know it (6.4)."""
        answer = self._by_sku("product", "/Product/{sku}", sku)
        if answer is None:
            return ()
        found = answer.json()
        if isinstance(found, dict) or found is None:
            found = [found or {}]
        if not isinstance(found, list):
            raise answer.bad("The answer is no product.")
        candidates = [listings.product_rows(row) for row in reading.mappings(found)]
        for rows in candidates:
            if rows and rows[0].sku == sku:
                return rows
        if any(candidates):
            raise answer.bad("The answer is another product.")
        return ()

    def product_image(self, sku: str) -> FetchedFile | None:
        return self._file("/ProductImage/{sku}", sku, files.IMAGES, files.MAX_IMAGE)

    def product_sheet(self, sku: str) -> FetchedFile | None:
        """The product's document (the vendor's DRS)."""
        return self._file("/ProductDRS/{sku}", sku, files.SHEETS, files.MAX_SHEET)

    # The practitioner's own (7), Bearer

    def private_label(self) -> tuple[ListingRow, ...]:
        """This practitioner's own bottles, pills and pack cartons. Never shared."""
        answer = self._bearer("GET", "/PrivateLabelProductList", "private_label")
        return listings.private_label_rows(answer.object())

    def referral_codes(self) -> tuple[ReferralCode, ...]:
        answer = self._bearer("GET", "/PractitionerReferralCodes", "referral_codes")
        codes = (payloads.referral_code(row) for row in reading.mappings(answer.array()))
        return tuple(code for code in codes if code.code)

    def patient_standing(self, email: str) -> tuple[PatientStanding, PatientRow | None]:
        """What WholeScripts says of `email` before anything is sent.

        Only an exact address counts. A list without it means that the filter was ignored:
        the whole list is then read once. ELSEWHERE forbids sending, and is not kept.
        """
        by_path = self._patients_by == "path"
        route = "/PractitionerPatients/{email}" if by_path else "/PractitionerPatients"
        try:
            found = self._patients(
                route,
                values={"email": email} if by_path else {},
                params={} if by_path else {"email": email},
            )
            if found and not _exactly(found, email):
                found = self._patients("/PractitionerPatients")
        except SaidNo:
            return PatientStanding.ELSEWHERE, None
        exact = _exactly(found, email)
        return (PatientStanding.KNOWN, exact) if exact else (PatientStanding.NEW, None)

    def patient_addresses(self) -> frozenset[str]:
        """The addresses, in lower case, of all patients that are this practitioner's there."""
        found = self._patients("/PractitionerPatients")
        return frozenset(row.email.strip().lower() for row in found if row.email.strip())

    def _file(
        self, route: str, sku: str, allowed: frozenset[str], limit: int
    ) -> FetchedFile | None:
        answer = self._by_sku("product_file", route, sku, max_bytes=FILE_GROWTH * limit)
        if answer is None:
            return None
        try:
            return files.read(answer.object(), allowed, limit)
        except ValueError as error:
            failure = answer.bad(f"The file cannot be used: {error}.")
        raise failure

    def _patients(self, route: str, **where) -> list[PatientRow]:
        answer = self._bearer("GET", route, "patient_standing", **where)
        found = self._enveloped(answer)
        if not isinstance(found.get("patients"), list):
            raise answer.bad("The answer holds no list of patients.")
        return [payloads.patient(row) for row in reading.mappings(found["patients"])]


def _exactly(found: list[PatientRow], email: str) -> PatientRow | None:
    return next((row for row in found if payloads.same_email(row.email, email)), None)
