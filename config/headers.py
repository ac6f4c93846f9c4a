"""Headers of every answer, static files included."""


def own_origin_only(get_response):
    """No other site's page may load what we answer."""

    def answer(request):
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return answer
