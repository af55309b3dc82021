"""Streams from the v2 filtered stream with tweepy's StreamingClient, as it comes from PyPI."""

import tweepy

from recorder import Recorder, parse_arguments
from redirect import redirect


class Client(Recorder, tweepy.StreamingClient):
    pass


arguments = parse_arguments()
client = Client(arguments.secret or f"token-{arguments.zone}")
client.record_to(arguments)
redirect(client.session, arguments.origin)
client.filter(tweet_fields=["created_at", "author_id"], expansions="author_id")
