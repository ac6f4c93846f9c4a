"""How much a request may bring, decided before its body is read.

A body is at most DATA_UPLOAD_MAX_MEMORY_SIZE, and files in it are dropped unread, unless the
view says with `takes_files` that it takes them and how much that may be. What is larger is
answered 413. A view that reads raw bytes under a cap of its own says `reads_itself`.
"""

from django.conf import settings
from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    SkipFile,
)
from django.shortcuts import render


def takes_files(max_bytes: int):
    """Marks a view whose form has a file. It is kept in memory and never written to disk."""

    def mark(view):
        view.upload_limit = max_bytes
        view.takes_files = True
        return view

    return mark


def reads_itself(view):
    """Marks a view that bounds its body by itself."""
    view.upload_limit = None
    return view


class NoFiles(FileUploadHandler):
    """Reads past every file."""

    def new_file(self, *args, **kwargs):
        raise SkipFile()

    def receive_data_chunk(self, raw_data, start):
        return None

    def file_complete(self, file_size):
        return None


class InMemory(MemoryFileUploadHandler):
    """Whatever the length: the whole body was found small enough already."""

    def handle_raw_input(self, *args, **kwargs):
        self.activated = True


class UploadMiddleware:
    """Stands before the first middleware that reads a form: the one against forged requests."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        limit = getattr(view, "upload_limit", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        if limit is None:
            return None
        if _length(request) > limit:
            return render(request, "413.html", {"limit": limit}, status=413)
        kind = InMemory if getattr(view, "takes_files", False) else NoFiles
        request.upload_handlers = [kind(request)]
        return None


def _length(request) -> int:
    """Of the body; a server hands on no more than it was told."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
