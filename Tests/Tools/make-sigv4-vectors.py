#!/usr/bin/env python3
"""make-sigv4-vectors.py > Tests/SharedTests/Fixtures/sigv4.json

Signs requests with botocore, the signer of the AWS tools, at a fixed time. Needs botocore: run it
with .build/venvs/moto/bin/python, which Tests/Tools/with-s3-stores makes.
"""

import datetime
import hashlib
import json
import sys
from urllib.parse import quote

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEXAMPLE//////////wEaD+token/with=signs+" * 8


def encoded(text, safe=""):
    return quote(text, safe=safe + "-_.~")


def vector(
    name,
    method="GET",
    authority="bucket.s3.eu-west-1.amazonaws.com",
    key="segments/a.gz",
    query=(),
    headers=None,
    body="",
    token=None,
    region="eu-west-1",
    time="2024-06-01T12:34:56Z",
    base="",
):
    moment = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ")
    moment = moment.replace(tzinfo=datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda *_, **__: moment
    path = base + "/" + encoded(key, "/")
    text = "&".join(f"{encoded(n)}={encoded(v)}" for n, v in query)
    url = f"http://{authority}{path}" + (f"?{text}" if text else "")
    request = AWSRequest(method, url, data=body.encode(), headers=dict(headers or {}))
    botocore.auth.S3SigV4Auth(Credentials(KEY_ID, SECRET, token), "s3", region).add_auth(request)
    return {
        "name": name,
        "method": method,
        "authority": authority,
        "key": key,
        "base": base,
        "path": path,
        "query": [list(pair) for pair in query],
        "headers": [list(pair) for pair in (headers or {}).items()],
        "payload": hashlib.sha256(body.encode()).hexdigest(),
        "token": token,
        "region": region,
        "time": time,
        "authorization": request.headers["Authorization"],
    }


LISTING = [("list-type", "2"), ("encoding-type", "url"), ("max-keys", "1000")]

vectors = [
    vector("get"),
    vector("get the bucket", key=""),
    vector("head with a port", method="HEAD", authority="127.0.0.1:9000", key="bucket/a"),
    vector("put with a body", method="PUT", body="one record\n"),
    vector("delete", method="DELETE"),
    vector("another region", region="cn-north-1"),
    vector("the last second of a year", time="2023-12-31T23:59:59Z"),
    vector("a leap day", time="2024-02-29T00:00:00Z"),
    vector("a session token", token=TOKEN),
    vector("a path in front", authority="gateway.example", base="/storage/v1/s3", key="b/k"),
    vector("a range", headers={"Range": "bytes=0-9", "If-Match": '"abc"'}),
    vector(
        "a conditional put with a checksum",
        method="PUT",
        body="x",
        headers={"If-None-Match": "*", "x-amz-checksum-sha256": "LXEWQrcmsEQBYnyp+6wyKLP="},
    ),
    vector("blanks in a value", headers={"x-amz-meta-note": "  a   b  c "}),
    vector("listing", key="", query=[*LISTING, ("prefix", "manifests/zone=a/")]),
    vector(
        "listing after a key with blanks and signs",
        key="",
        query=[*LISTING, ("start-after", "a b+c&d=e/é~(x)*'!"), ("prefix", "")],
    ),
    vector("a query name without a value", method="POST", query=[("uploads", "")]),
    vector(
        "a part",
        method="PUT",
        query=[("partNumber", "10"), ("uploadId", "2~Jq+/x=="), ("partNumber2", "1")],
        body="part",
    ),
    *(
        vector(f"key {key}", key=key)
        for key in [
            "with space",
            "plus+and&equals=",
            "what?#fragment",
            "100%/%41",
            "é/日本/🐢",
            "(x)'*~!,;:@$",
            'quote"<x>\\[b]{c}|^`',
            "a//b/../c/./d",
            "date=2024-06-01/hour=12/tweets.ndjson.gz",
        ]
    ),
]

json.dump(
    {"botocore": botocore.__version__, "keyID": KEY_ID, "secret": SECRET, "vectors": vectors},
    sys.stdout,
    indent=1,
    ensure_ascii=False,
)
print()
