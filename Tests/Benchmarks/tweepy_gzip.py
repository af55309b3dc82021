"""What people write with tweepy: every line of the v2 filtered stream into a gzip file.

    python tweepy_gzip.py ORIGIN FILE
"""

import gzip
import pathlib
import sys

import tweepy

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd" / "clients"))
from redirect import redirect  # noqa: E402


class Client(tweepy.StreamingClient):
    def on_data(self, raw_data):
        output.write(raw_data + b"\n")

    def on_closed(self, response):
        self.disconnect()


origin, path = sys.argv[1:]
with gzip.open(path, "wb", compresslevel=6) as output:
    client = Client("token")
    redirect(client.session, origin)
    client.filter()
