"""A busy year in a moment: thousands of events of all eleven types, for long runs.

Each changes what the vendor holds, by the same deeds as the control page's buttons, so the
end can be compared with what the product made of it. Deliveries are lined up; with `order`
"random" they leave in no order at all.
"""

from __future__ import annotations

import collections
import random
import time

from tests.simulators.fullscript import changes, happenings, labs, products, tokens, webhooks
from tests.simulators.registry import ActionError

# The first steps in this order, so that every type is among even a few events.
FIRST = (
    "born", "patient.updated", "patient.emancipated", "treatment_plan.created",
    "treatment_plan.recommendation.updated", "order.placed", "lab_bought", "lab_order.updated",
    "treatment_plan.created", "treatment_plan.updated", "product.created", "product.updated",
    "product.description.updated",
)  # fmt: skip
RESULTS = tuple(labs.TOLD)
SHARES = ("duplicates", "drops", "wrong_keys", "stale")


def many_events(world, fields):
    """`count` events (5000), drawn by `seed`, in `clinic_id` (any connected clinic) over
    `patient_ids` (all of the clinic's). Shares from 0 to 1: `duplicates` are told twice,
    `drops` never, `wrong_keys` and `stale` come once more from somebody else."""
    count, rng = int(fields.get("count") or 5000), random.Random(str(fields.get("seed") or 1))
    started = time.monotonic()
    with world.lock:
        store = world.store["fullscript"]
        first, queued = len(store["events"]), set(store["queue"])
        makers = [_Maker(world, rng, id, fields) for id in _clinics(world, fields)]
        steps = [*FIRST[:count], *[None] * (count - len(FIRST))]
        for step in steps:
            maker = rng.choice(makers) if step is None else makers[0]
            maker.do(step or rng.choice(maker.possible()))
        made = store["events"][first:]
        lost, forged = _disturb(world, rng, fields, queued)
    world.wake("fullscript")
    return {
        "message": f"{len(made)} events happened.",
        "events": len(made),
        "by_type": dict(collections.Counter(event["type"] for event in made)),
        "lost": lost,
        "forged": forged,
        "waiting": len(store["queue"]),
        "seconds": round(time.monotonic() - started, 2),
    }


def _clinics(world, fields):
    if fields.get("clinic_id"):
        return [fields["clinic_id"]]
    found = sorted({t["clinic_id"] for t in tokens.connected(world.store["fullscript"])})
    if not found:
        raise ActionError("No clinic is connected.")
    return found


class _Maker:
    """What happens in one clinic; each step makes one event."""

    def __init__(self, world, rng, clinic_id, fields):
        self.world, self.rng, self.clinic_id = world, rng, clinic_id
        self.number = 0
        store = world.store["fullscript"]
        wanted = fields.get("patient_ids")
        self.patients = [
            p["id"]
            for p in store["patients"].values()
            if p["clinic_id"] == clinic_id and (not wanted or p["id"] in wanted)
        ]
        if not self.patients:
            raise ActionError("The clinic has no such patients.")
        self.dependents = []  # those born here, to be emancipated
        self.plans = [
            p["id"]
            for p in store["plans"].values()
            if p["patient_id"] in self.patients and p["state"] == "active"
        ]
        self.labs = []
        self.products = products.every(world)

    def possible(self):
        """The steps whose needs are met."""
        steps = ["born", "patient.updated", "treatment_plan.created", "lab_bought"]
        steps += ["product.created", "product.updated", "product.description.updated"]
        if self.dependents:
            steps.append("patient.emancipated")
        if self.plans:
            steps += ["treatment_plan.recommendation.updated", "order.placed"]
        if len(self.plans) > 1:
            steps.append("treatment_plan.updated")
        if self.labs:
            steps.append("lab_order.updated")
        return steps

    def do(self, step):
        self.number += 1
        if step.startswith("product."):
            return self._product(step)
        return getattr(self, "_" + step.replace(".", "_"))()

    def _born(self):
        guardian = self.rng.choice(self.patients)
        email = f"many.{self.clinic_id[:8]}.{self._taken()}@mail.example"
        person = {"first_name": "Many", "last_name": f"Event {self.number}", "email": email}
        made = changes.add_patient(self.world, {**person, "guardian_patient_id": guardian})
        self.dependents.append(made["patient_id"])

    def _taken(self):
        return len(self.world.store["fullscript"]["patients"])

    def _patient_updated(self):
        mobile = f"+1202555{self.rng.randrange(10_000):04d}"
        self._act(changes.update_patient, self.rng.choice(self.patients), mobile_number=mobile)

    def _patient_emancipated(self):
        grown = self.dependents.pop(self.rng.randrange(len(self.dependents)))
        self._act(changes.emancipate, grown)

    def _treatment_plan_created(self):
        variant = self.rng.choice(self.products)["variants"][0]["id"]
        line = {"variant_id": variant, "units_to_purchase": str(self.rng.randint(1, 4))}
        patient = self.rng.choice(self.patients)
        made = self._act(happenings.make_plan, patient, recommendations=[line])
        self.plans.append(made["plan_id"])

    def _treatment_plan_recommendation_updated(self):
        units = self.rng.randint(1, 9)
        plan = {"plan_id": self.rng.choice(self.plans), "units_to_purchase": units}
        happenings.change_plan(self.world, plan)

    def _treatment_plan_updated(self):
        plan = self.plans.pop(self.rng.randrange(len(self.plans)))
        happenings.cancel_plan(self.world, {"plan_id": plan})

    def _order_placed(self):
        happenings.order(self.world, {"plan_id": self.rng.choice(self.plans)})

    def _lab_bought(self):
        made = self._act(happenings.buy_lab, self.rng.choice(self.patients))
        self.labs.append(made["lab_order_id"])

    def _lab_order_updated(self):
        """The next state with results; an amended one may be amended again, then rests."""
        lab = self.rng.choice(self.labs)
        state = self.world.store["fullscript"]["lab_orders"][lab]["state"]
        step = RESULTS.index(state) + 1 if state in RESULTS else 0
        happenings.move_lab(self.world, {"lab_order_id": lab, "state": RESULTS[min(step, 2)]})
        if step == len(RESULTS):
            self.labs.remove(lab)

    def _product(self, type):
        product = self.rng.choice(self.products)["id"]
        change = {"msrp": f"{self.rng.randint(900, 6000) / 100:.2f}"}
        if type == "product.description.updated":
            change = {"description_html": f"<p>Made-up words, {self.number}.</p>"}
        told = {"product_id": product, "type": type, "clinic_id": self.clinic_id}
        changes.touch_product(self.world, told | change)

    def _act(self, deed, patient_id, **fields):
        return deed(self.world, {"patient_id": patient_id, **fields})


def _disturb(world, rng, fields, before) -> tuple[list[str], int]:
    """Spoil the new deliveries by their shares; (ids of events never told, forged ones)."""
    store, lost, forged = world.store["fullscript"], [], 0
    share = {name: float(fields.get(name) or 0) for name in SHARES}
    for entry in [e for id, e in store["queue"].items() if id not in before]:
        event = store["events"][entry["position"]]
        for fault, name in (("wrong_key", "wrong_keys"), ("stale", "stale")):
            if rng.random() < share[name]:
                webhooks.line_up(world, event, fault=fault, is_forged=True)
                forged += 1
        if rng.random() < share["drops"]:
            del store["queue"][entry["id"]]
            lost.append(event["id"])
        elif rng.random() < share["duplicates"]:
            webhooks.line_up(world, event)
    if fields.get("order") == "random":
        fresh = [(id, e) for id, e in store["queue"].items() if id not in before]
        rng.shuffle(fresh)
        kept = {id: e for id, e in store["queue"].items() if id in before}
        store["queue"] = kept | dict(fresh)
    return lost, forged
