"""WholeScripts' column on the control page: what was recommended, to whom, and the counts."""

from tests.simulators.wholescripts.recommendations import shown


def context(here) -> dict:
    store = here.store["wholescripts"]
    return {
        "recommendations": [shown(here, kept) for kept in store["recommendations"][::-1][:20]],
        "total": len(store["recommendations"]),
        "counts": sorted(store["counts"].items()),
        "patients": store["patients"],
        "origin": here.origins.get("wholescripts", ""),
        "live": sorted({held["practitioner"] for held in store["refresh"].values()}),
    }
