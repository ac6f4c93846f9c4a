"""Leading a browser to a vendor's own pages, by an address that the vendor gave.

Only to the origins that are configured for it (`VENDOR_LINK_ORIGINS`). An address that opens
something once is answered as a redirect and stands in no page, log or row.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect


def is_theirs(vendor_key: str, url: str) -> bool:
    """Whether `url` leads to that vendor's own pages."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" in settings.VENDOR_LINK_ORIGINS.get(vendor_key, ())


def lead(vendor_key: str, url: str) -> HttpResponse:
    """Sends the browser there, without telling where it came from. ValueError for an address
    that is not theirs."""
    if not is_theirs(vendor_key, url):
        raise ValueError("This address does not belong to the vendor.")
    response = HttpResponseRedirect(url)
    response.status_code = 303
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


def forms_may_lead(response: HttpResponse, vendor_key: str) -> HttpResponse:
    """Lets the forms of this one page end at the vendor: browsers hold redirects after a form
    to the policy of the page it stood on."""
    response._csp_update = {"form-action": list(settings.VENDOR_LINK_ORIGINS[vendor_key])}
    return response
