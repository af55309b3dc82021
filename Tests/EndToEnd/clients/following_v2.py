"""Looks up an account and lists whom it follows with tweepy's Client; prints the ids."""

import json

import tweepy

from recorder import parse_arguments
from redirect import redirect

arguments = parse_arguments()
client = tweepy.Client(f"token-{arguments.zone}")
redirect(client.session, arguments.origin)
account = client.get_user(username="someone").data
pages = tweepy.Paginator(client.get_users_following, account.id, max_results=10)
print(json.dumps([[user.id for user in page.data or []] for page in pages]))
