"""Sends what a client means for X to the simulator instead."""

from urllib.parse import urlsplit

import requests.adapters


class Redirect(requests.adapters.HTTPAdapter):
    """Keeps the Host header, so that the server knows what a client has signed."""

    def __init__(self, origin):
        super().__init__()
        self._origin = origin

    def send(self, request, *arguments, **options):
        target = urlsplit(request.url)
        request.headers["Host"] = target.netloc
        request.url = self._origin + target.path + ("?" + target.query if target.query else "")
        return super().send(request, *arguments, **options)


def redirect(session, origin):
    session.mount("https://", Redirect(origin))
