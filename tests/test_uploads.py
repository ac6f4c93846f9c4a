"""A request brings no more than its view takes."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import get_resolver

from practice.uploads import UploadMiddleware, takes_files
from tests.recommendations.conftest import harbor, signed_in  # noqa: F401

MEGABYTE = 1024 * 1024


def plain(request):
    return HttpResponse(repr([(f.name, f.size) for f in request.FILES.values()]))


@takes_files(2 * MEGABYTE)
def taking(request):
    return plain(request)


def posted(view, size, name="file"):
    request = RequestFactory().post("/", {name: SimpleUploadedFile("list.csv", b"x" * size)})
    stopped = UploadMiddleware(view).process_view(request, view, (), {})
    return stopped or view(request)


def test_a_view_that_takes_none_never_sees_a_file():
    assert posted(plain, 100).content == b"[]"


def test_a_view_that_takes_files_gets_one():
    assert posted(taking, MEGABYTE).content == b"[('list.csv', 1048576)]"


@pytest.mark.parametrize(("view", "size"), [(plain, MEGABYTE + 1), (taking, 2 * MEGABYTE + 1)])
def test_what_is_larger_is_refused_before_it_is_read(view, size):
    answer = posted(view, size)
    assert answer.status_code == 413
    assert b"nothing was changed" in answer.content


def test_a_long_form_is_answered_in_plain_words(signed_in):  # noqa: F811
    answer = signed_in.post("/harbor/patients/add", {"first_name": "x" * MEGABYTE})
    assert answer.status_code == 413
    assert "At most 1.0" in answer.content.decode()


@pytest.mark.parametrize("fields", [1001])
def test_a_form_of_too_many_fields_is_refused(signed_in, fields):  # noqa: F811
    many = {f"f{n}": "1" for n in range(fields)}
    assert signed_in.post("/harbor/patients/add", many).status_code == 400


def test_a_large_body_to_a_hook_is_refused_by_the_hook(signed_in):  # noqa: F811
    answer = signed_in.post(
        "/hooks/fullscript", "x" * 3 * MEGABYTE, content_type="application/json"
    )
    assert (answer.status_code, answer.content) == (413, b"")


def views(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns)
        else:
            yield pattern.callback


# What may be sent to us as a file, and by which view.
TAKES_FILES = {"import_start"}


def test_every_view_that_takes_files_is_known():
    found = {
        view.__name__ for view in views(get_resolver().url_patterns) if hasattr(view, "takes_files")
    }
    assert found == TAKES_FILES
