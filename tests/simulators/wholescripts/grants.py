"""Codes and tokens (reference section 4). A grant is one practitioner's consent.

Times in the store are seconds since the epoch on the world's clock.
"""

from tests.simulators.world import World

CODE_SECONDS = 300
ACCESS_SECONDS = 900


def new_code(world: World, practitioner: str) -> str:
    """Good for one exchange within five minutes."""
    code = world.new_token("wholescripts-code")[:32]
    _store(world)["codes"][code] = {
        "practitioner": practitioner,
        "until": world.now().timestamp() + CODE_SECONDS,
        "used": False,
    }
    return code


def take_code(world: World, code: str) -> str | None:
    """The practitioner whose code it is, once; None when used, expired or unknown."""
    held = _store(world)["codes"].get(code)
    if held is None or held["used"] or world.now().timestamp() > held["until"]:
        return None
    held["used"] = True
    return held["practitioner"]


def start(world: World, practitioner: str) -> dict:
    """A new grant with its first pair of tokens, as the token endpoint answers it."""
    grant = world.new_id("wholescripts-grant")
    return _issue(world, grant, practitioner, _new_refresh(world, grant, practitioner))


def refresh(world: World, token: str) -> dict | None:
    """A new access token, or None when the refresh token is dead.

    With `refresh_rotates` off the answer has no refresh token: the old one stays.
    """
    store, knobs = _store(world), world.knobs["wholescripts"]
    held = store["refresh"].get(token)
    if held is None:
        return None
    if not knobs["refresh_rotates"]:
        return _issue(world, held["grant"], held["practitioner"], None)
    if not knobs["refresh_old_token_valid"]:
        del store["refresh"][token]
    fresh = _new_refresh(world, held["grant"], held["practitioner"])
    return _issue(world, held["grant"], held["practitioner"], fresh)


def live_access(world: World, token: str) -> dict | None:
    held = _store(world)["access"].get(token)
    if held is None or world.now().timestamp() >= held["until"]:
        return None
    return held


def end(world: World, grant: str):
    """Log out: every token of the grant dies."""
    store = _store(world)
    for kind in ("access", "refresh"):
        store[kind] = {t: held for t, held in store[kind].items() if held["grant"] != grant}


def _new_refresh(world: World, grant: str, practitioner: str) -> str:
    token = world.new_token("wholescripts-refresh")
    _store(world)["refresh"][token] = {"grant": grant, "practitioner": practitioner}
    return token


def _issue(world: World, grant: str, practitioner: str, refresh_token: str | None) -> dict:
    access = world.new_token("wholescripts-access")
    _store(world)["access"][access] = {
        "grant": grant,
        "practitioner": practitioner,
        "until": world.now().timestamp() + ACCESS_SECONDS,
    }
    answer = {"access_token": access, "token_type": "bearer", "expires_in": ACCESS_SECONDS}
    return answer | ({"refresh_token": refresh_token} if refresh_token else {})


def _store(world: World) -> dict:
    return world.store["wholescripts"]
