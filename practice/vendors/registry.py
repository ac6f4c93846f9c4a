"""The table of vendors: what each offers and how to ask for it.

The only place that knows them by name. Everything else looks a vendor up by its key and
asks for an `Ability`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from types import ModuleType

from practice.vendors import meanings
from practice.vendors.contract import (
    Ability,
    Account,
    Allowed,
    FetchedFile,
    HeldPlan,
    ListingRow,
    OutgoingPlan,
    ParcelOrder,
    PatientRow,
    PlanLine,
    Slot,
    Term,
    Tokens,
    Vocabulary,
    WholeList,
    Wording,
)
from practice.vendors.fullscript import client as fullscript
from practice.vendors.fullscript import dosage as fullscript_dosage
from practice.vendors.fullscript import embed as fullscript_embed
from practice.vendors.fullscript import plans as fullscript_plans
from practice.vendors.fullscript import vocabulary as fullscript_vocabulary
from practice.vendors.fullscript import webhook as fullscript_webhook
from practice.vendors.scriptrun import client as scriptrun
from practice.vendors.scriptrun import proof as scriptrun_proof
from practice.vendors.scriptrun import webhook as scriptrun_webhook
from practice.vendors.wholescripts import client as wholescripts
from practice.vendors.wholescripts import items as wholescripts_items
from practice.vendors.wholescripts import payloads as wholescripts_payloads
from practice.vendors.wholescripts import vocabulary as wholescripts_vocabulary


@dataclass(frozen=True)
class PackRules:
    """What a packet may hold: its times of day, and how many of one pill."""

    slots: tuple[Slot, ...]
    max_pills_per_packet: int
    max_name_length: int

    def with_more(self, allowed: Allowed) -> PackRules:
        """These, with the times of day that were opened and the number that was set."""
        opened = meanings.slots(allowed, Term.PACKET)
        return replace(
            self,
            slots=tuple(slot for slot in Slot if slot in self.slots or slot in opened),
            max_pills_per_packet=allowed.pills_per_packet or self.max_pills_per_packet,
        )


@dataclass(frozen=True)
class Vendor:
    """One vendor. `client` makes its client from plain values (see the vendor's README).

    `only_in` names the environments of an ability that not all of them have.
    `grants` are abilities the vendor gives on request only, by the name of the right.
    `account` and `disconnect` are None where nobody connects in person; `account` takes
    what the vendor's page told the browser, which is a hint and no proof.
    `probe` is a small call as a person, `scopes` what all our calls as one need and
    `scope_words` what each lets us do, after "may not". `restricted` names the right that an
    operation takes, of those in `grants`: a 403 there is meant for us, whoever asks.
    `environments` are the vendor's worlds by key: what each is called, and whether it is for
    trying out only.
    `wording`, `problems`, `send`, `look_up` and `read` are None where no plan can be sent,
    `parcel_problems` and `fetch_proof` where nothing is couriered, `fetch_result` where no
    laboratory reports;
    `webhook` is a module with `verify(headers, body, secrets, now)`, `parse(body, headers)`
    and `MAX_BYTES`, or None. `echoes_our_id` is False where a lost send is found by its
    fingerprint. `can_refuse_patient` asks for `patient_standing` before sending.
    `keeps_patients` says that a plan names one of the vendor's own patients, found and made
    by `patients_by_our_id`, `search_patients`, `patient` and `create_patient`, changed by
    `change_patient` and `leave_our_id`, with their `dependents` and `addresses`;
    `dependents_note` is what a clinician must know of dependents there. `reads_back`
    says that a sent plan is read again at once and compared, `notifies_always` that the
    vendor e-mails the patient of a plan whatever we ask for.
    `plans_of_address` gives a patient's plans by the e-mail address, of one practitioner: (client,
    patient's address, practitioner's, ids that are known), where the vendor knows patients by it.
    `follow_days` is for how long a sent plan is read again (0: `PLAN_FOLLOW_DAYS`), `look_gaps`
    how often while it is young, (age, gap), later daily; `status_note` says what the state
    there does not tell.
    `listings` reads one SKU with what belongs to it, where products can be learned one by one.
    `advice_is_directions` is False where a default dose that is no numbers is code and no
    sentence: it is shown, and the practitioner types the dose.
    `whole_list` gives the catalogue as one list that is read row by row, where the vendor gives it
    whole; the client is the operator's.
    `files` fetches a product's public files by their kind (`image`, `document`), each None where
    the vendor has none; the client is the operator's.
    `event_categories` are the lists of events that can be asked for again, where there are any;
    the client then has `events`, `event` and `failed_deliveries`, the webhook module `body_of`.
    `vocabularies` are the words it takes, of which staff may open more for writing.
    `warnings` explains the codes of a listing's warnings, `ended` are the words of its
    availability that say it is sold no more, in lower case.
    `framed_patient` gives what the vendor's frame takes of a patient, `refuses_frame(client,
    public key, site)` whether it lets our pages show it (None: not to be told).
    """

    key: str
    label: str
    client: Callable[..., object]
    abilities: frozenset[Ability]
    account: Callable[[object, Tokens, str], Account] | None = None
    disconnect: Callable[[object, Tokens], None] | None = None
    probe: Callable[[object, Tokens], object] | None = None
    scopes: frozenset[str] = frozenset()
    scope_words: Mapping[str, str] = field(default_factory=dict, hash=False)
    restricted: Mapping[str, str] = field(default_factory=dict, hash=False)
    environments: Mapping[str, tuple[str, bool]] = field(default_factory=dict, hash=False)
    only_in: Mapping[Ability, frozenset[str]] = field(default_factory=dict, hash=False)
    grants: Mapping[str, Ability] = field(default_factory=dict, hash=False)
    wording: Callable[[PlanLine], Wording] | None = None
    problems: Callable[[OutgoingPlan], tuple[str, ...]] | None = None
    send: Callable[[object, OutgoingPlan], HeldPlan] | None = None
    look_up: Callable[[object, OutgoingPlan, dt.datetime], tuple[HeldPlan, ...]] | None = None
    read: Callable[[object, str, str], HeldPlan | None] | None = None
    plans_of_address: Callable[[object, str, str, Iterable[str]], tuple[HeldPlan, ...]] | None = (
        None
    )
    fingerprint: Callable[[OutgoingPlan], str] | None = None
    addresses: Callable[[object], frozenset[str]] | None = None
    parcel_problems: Callable[[ParcelOrder, dt.date | None], tuple[str, ...]] | None = None
    fetch_proof: Callable[[str, Iterable[str]], FetchedFile] | None = None
    fetch_result: Callable[[object, str, Iterable[str]], FetchedFile] | None = None
    missing_scopes: Callable[[str, frozenset[str]], frozenset[str]] | None = None
    needs_patient_email: bool = False
    echoes_our_id: bool = False
    listings: Callable[[object, str], tuple[ListingRow, ...]] | None = None
    whole_list: Callable[[object], AbstractContextManager[WholeList]] | None = None
    files: Mapping[str, Callable[[object, str], FetchedFile | None]] = field(
        default_factory=dict, hash=False
    )
    advice_is_directions: bool = True
    can_recall: bool = False
    can_refuse_patient: bool = False
    keeps_patients: bool = False
    dependents_note: str = ""
    reads_back: bool = False
    notifies_always: bool = False
    follow_days: int = 0
    look_gaps: tuple[tuple[dt.timedelta, dt.timedelta], ...] = ()
    status_note: str = ""
    packs: PackRules | None = None
    event_categories: tuple[str, ...] = ()
    vocabularies: tuple[Vocabulary, ...] = ()
    warnings: Mapping[str, str] = field(default_factory=dict, hash=False)
    ended: frozenset[str] = frozenset()
    webhook: ModuleType | None = None
    framed_patient: Callable[[PatientRow], dict[str, str]] | None = None
    refuses_frame: Callable[[object, str, str], bool | None] | None = None

    def gap_after(self, age: dt.timedelta) -> dt.timedelta:
        """How long to leave a plan alone that was sent `age` ago."""
        gaps = (gap for until, gap in self.look_gaps if age < until)
        return next(gaps, dt.timedelta(days=1))

    def vocabulary(self, term: str) -> Vocabulary | None:
        return next((one for one in self.vocabularies if one.term == term), None)

    def has_in(self, environment: str, ability: Ability) -> bool:
        """Whether `ability` is to be had in `environment` at all."""
        return environment in self.only_in.get(ability, {environment})

    def offers(self, ability: Ability, granted: Iterable[str] = ()) -> bool:
        """Whether the vendor offers `ability`, given the restricted rights we hold."""
        return ability in self.abilities or any(
            self.grants.get(right) == ability for right in granted
        )


VENDORS: Mapping[str, Vendor] = {
    vendor.key: vendor
    for vendor in (
        Vendor(
            key=fullscript.KEY,
            label="Fullscript",
            client=fullscript.Fullscript,
            account=fullscript.Fullscript.account,
            disconnect=fullscript.Fullscript.disconnect,
            probe=fullscript.Fullscript.account,
            scopes=fullscript_vocabulary.NEEDED_SCOPES,
            scope_words=fullscript_vocabulary.SCOPE_WORDS,
            restricted=fullscript_vocabulary.RESTRICTED,
            environments=fullscript_vocabulary.ENVIRONMENTS,
            abilities=frozenset(
                {
                    Ability.PLAN_BY_HAND_OVER,
                    Ability.PLAN_BY_LINK,
                    Ability.PLAN_HISTORY,
                    Ability.CHECKOUT,
                    Ability.PATIENT_LIST,
                    Ability.ORDERS,
                    Ability.LABS,
                    Ability.PROTOCOLS,
                    Ability.EVENTS,
                    Ability.WEBHOOKS,
                    Ability.POLLING,
                },
            ),
            only_in={Ability.LABS: fullscript_vocabulary.LAB_ENVIRONMENTS},
            fetch_result=fullscript.Fullscript.lab_result,
            grants={"products": Ability.CATALOGUE, "plans": Ability.PLAN_BY_API},
            wording=fullscript_dosage.wording,
            problems=fullscript_plans.problems,
            send=fullscript.Fullscript.create_plan,
            look_up=fullscript.Fullscript.look_up,
            read=fullscript.Fullscript.plan,
            missing_scopes=fullscript_vocabulary.missing_scopes,
            listings=fullscript.Fullscript.variant_and_others,
            echoes_our_id=True,
            can_recall=True,
            keeps_patients=True,
            dependents_note=fullscript_vocabulary.DEPENDENTS,
            reads_back=True,
            notifies_always=True,
            event_categories=fullscript_vocabulary.EVENT_CATEGORIES,
            vocabularies=fullscript_vocabulary.VOCABULARIES,
            ended=fullscript_vocabulary.ENDED,
            webhook=fullscript_webhook,
            framed_patient=fullscript_embed.framed_patient,
            refuses_frame=fullscript.Fullscript.refuses_frame,
        ),
        Vendor(
            key=wholescripts.KEY,
            label="WholeScripts",
            client=wholescripts.WholeScripts,
            account=wholescripts.WholeScripts.account,
            disconnect=wholescripts.WholeScripts.disconnect,
            probe=wholescripts.WholeScripts.probe,
            abilities=frozenset(
                {
                    Ability.CATALOGUE,
                    Ability.PRIVATE_LABEL,
                    Ability.PLAN_BY_API,
                    Ability.POLLING,
                    Ability.PACKS,
                }
            ),
            wording=wholescripts_items.wording,
            problems=wholescripts_payloads.problems,
            send=wholescripts.WholeScripts.recommend,
            look_up=wholescripts.WholeScripts.look_up,
            read=wholescripts.WholeScripts.recommendation,
            plans_of_address=wholescripts.WholeScripts.recommendations,
            addresses=wholescripts.WholeScripts.patient_addresses,
            fingerprint=wholescripts_payloads.plan_fingerprint,
            whole_list=wholescripts.WholeScripts.catalogue,
            files={
                "image": wholescripts.WholeScripts.product_image,
                "document": wholescripts.WholeScripts.product_sheet,
            },
            needs_patient_email=True,
            can_refuse_patient=True,
            follow_days=wholescripts_vocabulary.FOLLOW_DAYS,
            look_gaps=wholescripts_vocabulary.LOOK_GAPS,
            status_note=wholescripts_vocabulary.STATUS_NOTE,
            advice_is_directions=False,
            vocabularies=wholescripts_vocabulary.VOCABULARIES,
            warnings=wholescripts_vocabulary.WARNINGS,
            packs=PackRules(
                slots=tuple(wholescripts_vocabulary.PILL_TIMES),
                max_pills_per_packet=wholescripts_vocabulary.MAX_PILLS_PER_PACKET,
                max_name_length=wholescripts_vocabulary.MAX_PACK_NAME,
            ),
        ),
        Vendor(
            key=scriptrun.KEY,
            label="ScriptRun",
            client=scriptrun.ScriptRun,
            abilities=frozenset({Ability.COURIER, Ability.WEBHOOKS}),
            parcel_problems=scriptrun.problems,
            fetch_proof=scriptrun_proof.fetch,
            webhook=scriptrun_webhook,
        ),
    )
}


def warning(vendor: str, code: str) -> str:
    """A manufacturer's warning in words, without a full stop; a code that a vendor does not
    explain is shown as it came, never left out."""
    known = VENDORS[vendor].warnings if vendor in VENDORS else {}
    return f"Manufacturer's warning: {known.get(code, code)}"


def offering(ability: Ability, granted: Iterable[str] = ()) -> tuple[Vendor, ...]:
    """The vendors that offer `ability`, in the table's order."""
    held = tuple(granted)
    return tuple(vendor for vendor in VENDORS.values() if vendor.offers(ability, held))
