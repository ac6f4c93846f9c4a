"""Calls the simulated Fullscript as a partner's server would, for its tests."""

from urllib.parse import parse_qs, urlsplit

import requests

from tests.simulators.fullscript import app

SITE = "http://127.0.0.1:8999"
REDIRECT = SITE + app.REDIRECT_PATH
NORA = "nora.lindqvist@harbor-integrative.example"
IVY = "ivy.brandt@harbor-integrative.example"
CLARA = "clara.whitfield@meadow-functional.example"


class Caller:
    """One person's connection: `tokens` is the last `oauth` object, `id` the person's."""

    def __init__(self, sims, email=NORA):
        self.sims = sims
        self.api = sims.fullscript + "/api"
        self.http = requests.Session()
        self.http.trust_env = False
        held = sims.holds("fullscript")
        everyone = [*held["practitioners"].values(), *held["staff"].values()]
        self.id = next(person["id"] for person in everyone if person["email"] == email)
        self.tokens = {}

    def connect(self):
        self.tokens = self.exchange(self.code()).json()["oauth"]
        return self

    def consent(self, answer="authorize", **query):
        """The browser's redirect after the consent page."""
        asked = {
            "client_id": app.CLIENT_ID,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "state": "st-1",
        }
        return self.http.post(
            f"{self.api}/oauth/authorize",
            params=asked | query,
            data={"person": self.id, "answer": answer},
            allow_redirects=False,
        )

    def code(self) -> str:
        location = self.consent().headers["Location"]
        return parse_qs(urlsplit(location).query)["code"][0]

    def exchange(self, code):
        return self._token(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)

    def refresh(self, refresh_token=None):
        token = refresh_token or self.tokens["refresh_token"]
        return self._token(grant_type="refresh_token", refresh_token=token)

    def revoke(self, token):
        return self.http.post(f"{self.api}/oauth/revoke", json={**_secrets(), "token": token})

    def _token(self, **fields):
        return self.http.post(f"{self.api}/oauth/token", json=_secrets() | fields)

    def get(self, path, **query):
        return self._send("GET", path, params=query)

    def post(self, path, **body):
        return self._send("POST", path, json=body)

    def patch(self, path, **body):
        return self._send("PATCH", path, json=body)

    def _send(self, method, path, **more):
        headers = {"Authorization": f"Bearer {self.tokens.get('access_token', '')}"}
        return self.http.request(method, self.api + path, headers=headers, **more)

    def patient(self, first_name="Elena") -> dict:
        rows = self.get("/clinic/patients").json()["patients"]
        return next(row for row in rows if row["first_name"] == first_name)

    def variant_id(self) -> str:
        """Some variant of the catalogue, learnt as Embed's editor lists them."""
        return self.sims.act("fullscript/some-variant")["variant_id"]

    def line(self, **more) -> dict:
        """One recommendation, typed as the vendor documents: strings."""
        dosage = {"amount": "1-2", "frequency": "once per day", "time_of_day": ["morning"]}
        held = {"variant_id": self.variant_id(), "units_to_purchase": "2", "refill": "false"}
        return held | {"dosage": dosage} | more

    def plan(self, **body):
        """Create a plan by API for Elena."""
        body = {"recommendations": [self.line()]} | body
        return self.post(f"/clinic/patients/{self.patient()['id']}/treatment_plans", **body)


def _secrets():
    return {"client_id": app.CLIENT_ID, "client_secret": app.CLIENT_SECRET}
