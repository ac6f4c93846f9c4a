"""Which lists of products can be read, with whose credentials, and one page of each."""

from __future__ import annotations

from contextlib import AbstractContextManager

from catalog.models import SyncRun
from practice import connect
from practice.models import Connection
from practice.vendors import registry
from practice.vendors.contract import Ability, Page, WholeList

ABILITIES = {
    SyncRun.Part.CATALOGUE: Ability.CATALOGUE,
    SyncRun.Part.PRIVATE_LABEL: Ability.PRIVATE_LABEL,
}


def is_shared(vendor_key: str, part: str) -> bool:
    """Whether the list is read with the operator's own credentials and serves all practices.

    A catalogue that the vendor offers to every partner is; one that it grants as a right is
    read with a practitioner's token and belongs to the practice (design 6).
    """
    own = Ability.CATALOGUE in registry.VENDORS[vendor_key].abilities
    return part == SyncRun.Part.CATALOGUE and own


def parts(vendor_key: str) -> list[str]:
    """The lists that can be read at a vendor with the rights we hold."""
    return [part for part, ability in ABILITIES.items() if connect.offers(vendor_key, ability)]


def whole(run: SyncRun) -> AbstractContextManager[WholeList] | None:
    """The list of `run`, where its vendor gives it whole with the operator's own credentials.
    Entering it asks the vendor. Raises the contract's errors."""
    ask = registry.VENDORS[run.vendor].whole_list
    if ask is None or not is_shared(run.vendor, run.part):
        return None
    return ask(connect.operator_client(run.vendor))


def page(run: SyncRun, connection: Connection | None, number: int) -> Page:
    """One page of the list of `run`, asked of the vendor. Raises the contract's errors."""
    if run.part == SyncRun.Part.PRIVATE_LABEL:
        rows = connect.call(connection, lambda client: client.private_label())
        return Page(rows, total=len(rows))
    if connection is None:
        return _products(connect.operator_client(run.vendor), number)
    return connect.call(connection, lambda client: _products(client, number))


def _products(client, number: int) -> Page:
    """A vendor that knows no pages gives everything as the first."""
    return client.products() if number == 1 else client.products(number)
