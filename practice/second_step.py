"""What a second step is made of, kept sealed: the secret of an authenticator app and the seed
of recovery codes. allauth asks this adapter whenever it writes or reads one."""

from allauth.mfa.adapter import DefaultMFAAdapter

from practice import sealing

PLACE = "mfa"
NAMES = ("secret", "seed")


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text):
        return sealing.seal_for(PLACE, text)

    def decrypt(self, encrypted_text):
        """What was written before secrets were sealed stays readable until `rotate_keys`."""
        if not encrypted_text.startswith(sealing.MARK):
            return encrypted_text
        return sealing.open_for(PLACE, encrypted_text)


def sealed_parts(data: dict) -> list[str]:
    """The secret texts in an authenticator's `data`. Passkeys have none: their keys are public."""
    return [
        *(data[name] for name in NAMES if data.get(name)),
        *(code for code in data.get("migrated_codes") or () if code),
    ]


def seal_anew(data: dict) -> dict:
    """`data` with its secrets under the newest key. Raises sealing.CannotOpen."""
    adapter = MFAAdapter()

    def again(text):
        return adapter.encrypt(adapter.decrypt(text))

    new = {**data, **{name: again(data[name]) for name in NAMES if data.get(name)}}
    if data.get("migrated_codes"):
        new["migrated_codes"] = [again(code) for code in data["migrated_codes"]]
    return new
