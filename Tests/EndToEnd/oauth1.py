"""Signs requests with OAuth 1.0a, written from RFC 5849 and not from the simulator."""

import base64
import hashlib
import hmac
import secrets
import time
from urllib.parse import quote


def _encode(text):
    return quote(text, safe="-._~")


def authorization(
    method, url, zone="a", parameters=(), nonce=None, timestamp=None, consumer_secret=None,
    token_secret=None,
):
    """The header for a request with those parameters in its query or form."""
    oauth = {
        "oauth_consumer_key": f"consumer-key-{zone}",
        "oauth_nonce": nonce or secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(timestamp or int(time.time())),
        "oauth_token": f"access-token-{zone}",
        "oauth_version": "1.0",
    }
    pairs = sorted(
        (_encode(name), _encode(value))
        for name, value in [*parameters, *oauth.items()])
    base = "&".join(
        _encode(part)
        for part in (method, url, "&".join(f"{name}={value}" for name, value in pairs)))
    key = "&".join((
        _encode(consumer_secret or f"consumer-secret-{zone}"),
        _encode(token_secret or f"access-token-secret-{zone}"),
    ))
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()
    oauth["oauth_signature"] = base64.b64encode(digest).decode()
    return "OAuth " + ", ".join(
        f'{_encode(name)}="{_encode(value)}"' for name, value in oauth.items())


def credentials(zone):
    """The settings of a zone's own credential."""
    return {
        "CONSUMER_KEY": f"consumer-key-{zone}", "CONSUMER_SECRET": f"consumer-secret-{zone}",
        "ACCESS_TOKEN": f"access-token-{zone}",
        "ACCESS_TOKEN_SECRET": f"access-token-secret-{zone}"}
