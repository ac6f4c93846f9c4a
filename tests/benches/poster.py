"""Posts signed events from a process of its own: at a given rate, or as fast as they go.

python -m tests.benches.poster URL KEY SECONDS CONNECTIONS RATE PREFIX [SOURCE [CLINIC [PATIENTS]]]

With RATE 0 every connection posts as soon as the last answer came. Otherwise requests leave by
the clock and their time counts from when they should have left, so that a server which stalls
is not spared. PATIENTS are ids, with commas between, that the events name in turn. Prints
{"sent", "ok", "statuses", "seconds", "waits"} as JSON; waits in ms.
"""

import http.client
import json
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

from tests.simulators.fullscript.signing import sign

# Where a real clinic's events differ, it is in what they name; a body has about this size.
PATIENT = {
    "id": "0b7f6a1e-3c1d-4a53-9a53-2f0a9f3f7c11",
    "first_name": "Made",
    "last_name": "Up",
    "email": "made.up@patients.example",
    "date_of_birth": "1980-01-01",
    "gender": "x",
    "discount": 0,
    "total_discount": 10,
    "mobile_number": None,
    "text_message_notification": False,
}


def body(event_id: str, clinic: str, patient_id: str) -> bytes:
    event = {
        "id": event_id,
        "type": "patient.updated",
        "created_at": "2026-11-02T10:00:00.000Z",
        "clinic_id": clinic,
        "data": {"patient": PATIENT | {"id": patient_id}},
    }
    return json.dumps({"event_payload": {"event": event}}, separators=(",", ":")).encode()


class Poster(threading.Thread):
    """One kept connection, as a vendor's delivery service holds them."""

    def __init__(self, url, key, prefix, number, source, clinic, patients):
        super().__init__(daemon=True)
        self.at, self.key, self.prefix, self.number = urlsplit(url), key, prefix, number
        self.source = (source, 0) if source else None
        self.clinic, self.patients = clinic or "clinic-of-nobody", patients or [PATIENT["id"]]
        self.statuses, self.waits, self.count = Counter(), [], 0
        self.every = self.begin = self.end = 0.0

    def run(self):
        link = http.client.HTTPConnection(
            self.at.hostname, self.at.port, timeout=10, source_address=self.source
        )
        due = self.begin
        while (now := time.monotonic()) < self.end:
            if self.every:
                if due > now:
                    time.sleep(due - now)
                began, due = due, due + self.every
                if began >= self.end:
                    break
            else:
                began = now
            self.count += 1
            patient = self.patients[self.count % len(self.patients)]
            sent = body(f"{self.prefix}-{self.number}-{self.count}", self.clinic, patient)
            headers = {
                "Content-Type": "application/json",
                "Fullscript-Signature": sign(sent, self.key, int(time.time())),
            }
            try:
                link.request("POST", self.at.path, sent, headers)
                answer = link.getresponse()
                answer.read()
                self.statuses[answer.status] += 1
            except (OSError, http.client.HTTPException) as error:
                link.close()
                self.statuses[type(error).__name__] += 1
            self.waits.append((time.monotonic() - began) * 1000)
        link.close()


def main(url, key, seconds, connections, rate, prefix, source="", clinic="", patients=""):
    named = patients.split(",") if patients else []
    posters = [Poster(url, key, prefix, n, source, clinic, named) for n in range(int(connections))]
    begin = time.monotonic() + 0.2
    for number, poster in enumerate(posters):
        poster.every = len(posters) / float(rate) if float(rate) else 0.0
        poster.begin = begin + number * poster.every / len(posters)
        poster.end = begin + float(seconds)
        poster.start()
    for poster in posters:
        poster.join()
    took = time.monotonic() - begin
    statuses = sum((poster.statuses for poster in posters), Counter())
    print(
        json.dumps(
            {
                "sent": sum(poster.count for poster in posters),
                "ok": statuses.get(200, 0),
                "statuses": {str(name): count for name, count in statuses.items()},
                "seconds": took,
                "waits": [wait for poster in posters for wait in poster.waits],
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
