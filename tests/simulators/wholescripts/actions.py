"""What the control API can make happen at WholeScripts.

status           id, status: another word on a recommendation
stock            sku, quantity: 0 or less is out of stock
expire           practitioner: access tokens die, refresh tokens live
revoke           practitioner: every token dies
register         email, first_name, last_name, practitioner: a patient signs up
recommendation   practitioner, body: one made at WholeScripts itself, not checked
"""

from tests.simulators.registry import ActionError
from tests.simulators.wholescripts import recommend
from tests.simulators.wholescripts.shelf import shelf


def status(here, asked: dict) -> dict:
    with here.lock:
        kept = _recommendation(here, asked["id"])
        kept["status"] = asked["status"]
    return {"message": f"Recommendation {kept['id']} is now {kept['status']}."}


def stock(here, asked: dict) -> dict:
    sku, quantity = asked["sku"], int(asked["quantity"])
    if sku not in shelf(here).by_sku:
        raise ActionError(f"There is no product {sku}.")
    with here.lock:
        here.store["wholescripts"]["stock"][sku] = quantity
    return {"message": f"{sku} has {quantity} in stock."}


def expire(here, asked: dict) -> dict:
    with here.lock:
        ended = _forget(here, "access", _practitioner(here, asked["practitioner"]))
    return {"ended": ended, "message": f"{ended} access tokens have expired."}


def revoke(here, asked: dict) -> dict:
    with here.lock:
        practitioner = _practitioner(here, asked["practitioner"])
        ended = _forget(here, "access", practitioner) + _forget(here, "refresh", practitioner)
    return {"ended": ended, "message": f"{practitioner} took the consent back."}


def register(here, asked: dict) -> dict:
    with here.lock:
        store = here.store["wholescripts"]
        practitioner = _practitioner(here, asked["practitioner"])
        email = asked["email"]
        if any(patient["email"].lower() == email.lower() for patient in store["patients"]):
            raise ActionError(f"{email} is registered already.")
        store["patients"].append(
            {
                "email": email,
                "firstName": asked["first_name"],
                "lastName": asked["last_name"],
                "practitioner": practitioner,
            }
        )
    return {"message": f"{email} is a patient of {practitioner}."}


def recommendation(here, asked: dict) -> dict:
    with here.lock:
        practitioner = _practitioner(here, asked["practitioner"])
        kept = recommend.keep(here, practitioner, {"SendEmail": False} | asked["body"])
    return {"id": kept["id"]}


ACTIONS = {
    "status": status,
    "stock": stock,
    "expire": expire,
    "revoke": revoke,
    "register": register,
    "recommendation": recommendation,
}


def _recommendation(here, number) -> dict:
    for kept in here.store["wholescripts"]["recommendations"]:
        if kept["id"] == int(number):
            return kept
    raise ActionError(f"There is no recommendation {number}.")


def _practitioner(here, email: str) -> str:
    for practitioner in here.store["wholescripts"]["practitioners"]:
        if practitioner["email"].lower() == email.lower():
            return practitioner["email"]
    raise ActionError(f"There is no practitioner {email}.")


def _forget(here, kind: str, practitioner: str) -> int:
    tokens = here.store["wholescripts"][kind]
    kept = {t: held for t, held in tokens.items() if held["practitioner"] != practitioner}
    here.store["wholescripts"][kind] = kept
    return len(tokens) - len(kept)
