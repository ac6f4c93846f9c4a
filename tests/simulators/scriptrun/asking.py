"""What an action was asked for, and the sentence that answers it."""

from tests.simulators.registry import ActionError
from tests.simulators.scriptrun import events


def key_named(here, text: str) -> dict:
    try:
        return here.config["scriptrun"]["keys"][text]
    except KeyError:
        raise ActionError(f"There is no key {text}.") from None


def package_named(here, asked: dict) -> dict:
    try:
        return here.store["scriptrun"]["packages"][asked["package_id"]]
    except KeyError:
        raise ActionError(f"There is no package {asked.get('package_id')}.") from None


def emit(here, key_text: str, kind: str, data: dict) -> dict:
    key_named(here, key_text)
    done = events.emit(here, key_text, kind, data, even_so=True)
    return said(done, f"{kind} is on its way.")


def said(done: dict, sentence: str) -> dict:
    heard = "" if done["queued"] else " No webhook: no endpoint is registered for this event."
    return done | {"message": sentence + heard}
