"""Every secret under the newest key, while the site reads and writes."""

import base64
import io
import os
import threading

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.utils import timezone

from deliveries.models import Proof
from practice import rotate, sealing, tenancy
from practice.models import Connection, CourierAccount, Receipt
from practice.second_step import MFAAdapter
from practice.session_store import SessionStore
from practice.vendors.contract import Tokens
from tests.factories import MembershipFactory, PracticeFactory, UserFactory

OLD, NEW = (f"{name}:{base64.b64encode(os.urandom(32)).decode()}" for name in ("k1", "k2"))


@pytest.fixture(autouse=True)
def old_key(settings):
    settings.ENCRYPTION_KEYS = [OLD]


def run(*arguments):
    out = io.StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def connected(count=1, token="token"):
    """Connections whose tokens are `token-1`, `token-2`, …"""
    with tenancy.unit(tenancy.EVERYTHING):
        practice = PracticeFactory()
        made = []
        for n in range(1, count + 1):
            one = Connection.objects.create(
                practice=practice,
                membership=MembershipFactory(practice=practice),
                vendor="fullscript",
                state="active",
            )
            one._hold(Tokens(f"{token}-{n}", f"refresh-{n}", None, frozenset()), timezone.now())
            one.save()
            made.append(one)
    return made


def one_of_each(user):
    """A value in everything that seals; what opens each of them."""
    (link,) = connected()
    with tenancy.unit(tenancy.EVERYTHING):
        courier = CourierAccount.objects.create(practice=link.practice)
        courier.set_key("rx-key")
        courier.roll_secret("first")
        courier.roll_secret("second")
        receipt = Receipt(endpoint="fullscript", event_id="e1", received_at=timezone.now())
        receipt.keep(b'{"name": "Elena"}')
        receipt.save()
    session = SessionStore()
    session["said"] = "Saved."
    session.save()
    step = Authenticator.objects.create(
        user=user, type="totp", data={"secret": MFAAdapter().encrypt("TOTP-SECRET")}
    )

    def opened():
        with tenancy.unit(tenancy.EVERYTHING):
            held = CourierAccount.objects.get(pk=courier.pk)
            return [
                Connection.objects.get(pk=link.pk).tokens().access_token,
                held.key(),
                *held.secrets(),
                Receipt.objects.get(pk=receipt.pk).content(),
                SessionStore(session.session_key)["said"],
                MFAAdapter().decrypt(Authenticator.objects.get(pk=step.pk).data["secret"]),
            ]

    return opened


@pytest.mark.django_db
def test_everything_is_sealed_anew_and_the_old_key_may_go(settings):
    opened = one_of_each(UserFactory())
    before = opened()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    said = run()
    assert "Key k1: nothing is sealed with it; it may be dropped." in said
    settings.ENCRYPTION_KEYS = [NEW]
    assert opened() == before
    assert before[0] == "token-1"


@pytest.mark.django_db
def test_a_second_run_changes_nothing(settings):
    connected(3)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    run()
    with tenancy.unit(tenancy.EVERYTHING):
        before = list(Connection.objects.order_by("pk").values_list("access_token", flat=True))
        assert "practice.Connection: 0 sealed" in run()
        assert before == list(
            Connection.objects.order_by("pk").values_list("access_token", flat=True)
        )


@pytest.mark.django_db
def test_check_counts_and_changes_nothing(settings):
    connected(3)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    said = run("--check")
    assert "practice.Connection: 6 with k1" in said
    assert "Key k1: 6 values left" in said
    assert said == run("--check")


@pytest.mark.django_db
def test_a_key_that_is_still_needed_is_missed(settings):
    connected()
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="lacks k1: 2 values do not open"):
        run("--check")


@pytest.mark.django_db
def test_a_value_moved_from_another_row_is_named_and_left(settings):
    one, other = connected(2)
    with tenancy.unit(tenancy.EVERYTHING):
        Connection.objects.filter(pk=one.pk).update(access_token=other.access_token)
        settings.ENCRYPTION_KEYS = [NEW, OLD]
        with pytest.raises(CommandError, match=f"access_token of {one.pk}$"):
            run()
        assert Connection.objects.get(pk=one.pk).access_token == other.access_token
        assert Connection.objects.get(pk=other.pk).access_token.startswith("v1.k2.")


@pytest.mark.django_db
def test_what_was_stored_before_it_was_sealed_is_sealed():
    Authenticator.objects.create(user=UserFactory(), type="totp", data={"secret": "PLAIN"})
    Authenticator.objects.create(
        user=UserFactory(), type="recovery_codes", data={"seed": "SEED", "used_mask": 3}
    )
    with tenancy.unit(tenancy.EVERYTHING):
        Receipt.objects.create(
            endpoint="f", event_id="1", body=b"\x00{plain}", received_at=timezone.now()
        )
        assert "3 values are not sealed yet" in run("--check")
        run()
        receipt = Receipt.objects.get()
        assert (bytes(receipt.body[:6]), receipt.content()) == (b"v1.k1.", b"\x00{plain}")
    totp, codes = Authenticator.objects.order_by("pk")
    assert totp.data["secret"].startswith("v1.k1.")
    assert MFAAdapter().decrypt(codes.data["seed"]) == "SEED"
    assert codes.data["used_mask"] == 3


@pytest.mark.django_db
def test_what_is_written_between_reading_and_replacing_stays(settings):
    (one,) = connected()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    (table,) = (each for each in rotate.holders() if each.name == "practice.Connection")
    replace = table._replace

    def written_first(changed):
        with tenancy.unit(tenancy.EVERYTHING):
            mine = Connection.objects.get(pk=one.pk)
            mine._hold(Tokens("written meanwhile", "r", None, frozenset()), timezone.now())
            mine.save()
        return replace(changed)

    table._replace = written_first
    with tenancy.declare(tenancy.EVERYTHING):
        (done,) = table.batches("k2")
    assert (done.sealed, done.lost) == (0, 2)
    with tenancy.unit(tenancy.EVERYTHING):
        assert Connection.objects.get(pk=one.pk).tokens().access_token == "written meanwhile"


@pytest.mark.django_db
def test_a_refreshed_token_is_kept_though_the_old_one_was_sealed_anew_meanwhile(settings):
    (one,) = connected()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    run()
    with tenancy.unit(tenancy.EVERYTHING):
        one.hold(Tokens("fresh", "fresh-refresh", None, frozenset()), timezone.now())
        assert Connection.objects.get(pk=one.pk).tokens().refresh_token == "fresh-refresh"


def test_nobody_fails_to_read_and_no_write_is_lost_while_keys_rotate(settings, committed_db):
    made = connected(300)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    stop, failed, reads, written = threading.Event(), [], [], {}

    def during(act):
        def loop():
            try:
                n = 0
                while not stop.is_set():
                    with tenancy.unit(tenancy.EVERYTHING):
                        act(made[n % len(made)].pk, n)
                    n += 1
            except Exception as error:
                failed.append(error)
            finally:
                connection.close()

        return threading.Thread(target=loop)

    def read(pk, n):
        Connection.objects.get(pk=pk).tokens()
        reads.append(pk)

    def write(pk, n):
        mine = Connection.objects.select_for_update().get(pk=pk)
        mine._hold(Tokens(f"written-{n}", f"r-{n}", None, frozenset()), timezone.now())
        mine.save(update_fields=["access_token", "refresh_token"])
        written[pk] = f"written-{n}"

    threads = [during(read), during(read), during(write)]
    for thread in threads:
        thread.start()
    rotate.ROWS, rows = 20, rotate.ROWS
    try:
        for _ in range(3):
            run()
    finally:
        rotate.ROWS = rows
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert len(reads) > 50
    settings.ENCRYPTION_KEYS = [NEW]
    with tenancy.unit(tenancy.EVERYTHING):
        for one in Connection.objects.all():
            held = one.tokens().access_token
            assert held == written.get(one.pk, held)


def test_a_run_that_was_killed_is_finished_by_the_next(settings, committed_db):
    connected(60)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    (table,) = (each for each in rotate.holders() if each.name == "practice.Connection")
    rotate.ROWS, rows = 25, rotate.ROWS
    try:
        with tenancy.declare(tenancy.EVERYTHING):
            next(table.batches("k2"))  # committed; the rest of the run never comes
            assert table.counts() == {"k2": 50, "k1": 70}
        run()
    finally:
        rotate.ROWS = rows
    settings.ENCRYPTION_KEYS = [NEW]
    with tenancy.unit(tenancy.EVERYTHING):
        assert len({one.tokens().access_token for one in Connection.objects.all()}) == 60


def test_everything_that_seals_declares_it():
    """`seal` refuses a field that is not declared, so these are all; none was lost."""
    found = {f"{field.model.__name__}.{field.name}" for field in sealing.sealed_fields()}
    assert found >= {
        "Connection.access_token",
        "Connection.refresh_token",
        "CourierAccount.api_key",
        "CourierAccount.hook_secret",
        "CourierAccount.former_hook_secret",
        "Proof.sealed",
        "Receipt.body",
    }
    tables = [holder for holder in rotate.holders() if hasattr(holder, "fields")]
    assert {field for table in tables for field in table.fields} > set(sealing.sealed_fields())


@pytest.mark.parametrize("field", [Proof._meta.get_field("url"), Session._meta.pk])
def test_what_is_not_declared_as_sealed_is_not_sealed(field: models.Field):
    with pytest.raises(TypeError, match="not declared as sealed"):
        sealing.seal(field.model(pk=1), field.name, "secret")
