"""Calls the simulated WholeScripts as an EMR would, for its tests."""

from urllib.parse import parse_qs, quote, urlsplit

import requests

from tests.simulators.wholescripts import app, people

BASIC = (app.USERNAME, app.PASSWORD)
CALLBACK = "http://127.0.0.1:8999/back"


class Caller:
    """`token` is an access token; `basic` and `bearer` send one kind of credentials each."""

    def __init__(self, sims):
        self.sims = sims
        self.base = sims.wholescripts + app.BASE_PATH
        self.http = requests.Session()
        self.http.trust_env = False
        self.token = ""

    def basic(self, path, method="GET", **more):
        return self._send(method, path, auth=BASIC, **more)

    def bearer(self, path, method="GET", **more):
        headers = {"Authorization": f"Bearer {self.token}"}
        return self._send(method, path, headers=headers, **more)

    def bare(self, path, method="GET", **more):
        return self._send(method, path, **more)

    def code(self, practitioner=people.NORA, decision="allow", **fields) -> dict:
        """What comes back in the redirect's query."""
        form = {"client_id": app.USERNAME, "redirect_uri": CALLBACK, "state": "st-1"}
        form |= {"practitioner": practitioner, "decision": decision} | fields
        answer = self._send("POST", "/authorize", data=form)
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return {name: values[0] for name, values in query.items()}

    def exchange(self, **form):
        return self.basic("/Token", "POST", data=form)

    def connect(self, practitioner=people.NORA) -> dict:
        """Sign in and keep the access token."""
        code = self.code(practitioner)["code"]
        tokens = self.exchange(grant_type="authorization_code", code=code).json()
        self.token = tokens["access_token"]
        return tokens

    def refresh(self, token):
        return self.exchange(grant_type="refresh_token", refresh_token=token)

    def patients(self, email):
        return self.bearer(f"/PractitionerPatients?email={quote(email, safe='')}")

    def recommend(self, body):
        return self.bearer("/Recommendations", "POST", json=body)

    def _send(self, method, path, **more):
        more.setdefault("timeout", 20)
        return self.http.request(method, self.base + path, allow_redirects=False, **more)
