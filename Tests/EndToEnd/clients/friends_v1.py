"""Lists friends with tweepy's API over all pages; prints their ids."""

import json

import tweepy

from recorder import parse_arguments
from redirect import redirect

arguments = parse_arguments()
zone = arguments.zone
api = tweepy.API(
    tweepy.OAuth1UserHandler(
        f"consumer-key-{zone}", f"consumer-secret-{zone}", f"access-token-{zone}",
        f"access-token-secret-{zone}"))
redirect(api.session, arguments.origin)
pages = tweepy.Cursor(api.get_friend_ids, screen_name="someone", stringify_ids=True).pages()
print(json.dumps([list(page) for page in pages]))
