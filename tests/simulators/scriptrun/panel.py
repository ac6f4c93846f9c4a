"""ScriptRun's column on the control page: packages with their buttons, and webhook answers."""


def context(here) -> dict:
    store, keys = here.store["scriptrun"], here.config["scriptrun"]["keys"]
    names = {key: account["name"] for key, account in keys.items()}
    return {
        "packages": [
            package | {"pharmacy": names.get(package["key"], "")}
            for package in list(store["packages"].values())[::-1][:20]
        ],
        "total": len(store["packages"]),
        "duplicates": store["duplicates"],
        "deliveries": [
            delivery | {"pharmacy": names.get(delivery["key"], "")} | _last_answer(delivery)
            for delivery in list(store["deliveries"].values())[::-1][:20]
        ],
        "pending": len(store["queue"]),
        "keys": [account | {"key": key} for key, account in keys.items()],
    }


def _last_answer(delivery: dict) -> dict:
    """What the endpoint said last, and the first digit that colours it."""
    if not delivery["attempts"]:
        return {"answer": "none", "digit": ""}
    status = delivery["attempts"][-1]["status"]
    return {"answer": status or "none", "digit": str(status)[0]}
