"""Streams from v1.1 statuses/filter with tweepy's Stream, as it comes from PyPI."""

import tweepy

from recorder import Recorder, parse_arguments
from redirect import redirect


class Client(Recorder, tweepy.Stream):
    pass


arguments = parse_arguments()
zone = arguments.zone
client = Client(
    f"consumer-key-{zone}", f"consumer-secret-{zone}", f"access-token-{zone}",
    arguments.secret or f"access-token-secret-{zone}")
client.record_to(arguments)
redirect(client.session, arguments.origin)
# Signed in the form: characters that are encoded differently in forms and in signatures.
client.filter(follow=["12", "34"], track=["ünï code", "a+b=c&d", "~*'()"], stall_warnings=True)
