"""Adds, lists and deletes rules with tweepy's StreamingClient; prints what it was told."""

import json

import tweepy

from recorder import parse_arguments
from redirect import redirect

arguments = parse_arguments()
client = tweepy.StreamingClient(f"token-{arguments.zone}")
redirect(client.session, arguments.origin)


def listed():
    return {rule.value: rule.tag for rule in client.get_rules().data or []}


report = {"before": listed()}
dry = client.add_rules(tweepy.StreamRule("from:nobody"), dry_run=True)
report["dry run"] = [dry.meta["summary"]["created"], listed()]
rules = [tweepy.StreamRule("from:alice", tag="friends"), tweepy.StreamRule("cats has:images")]
added = client.add_rules(rules)
report["added"] = [added.meta["summary"]["created"], listed()]
again = client.add_rules([rules[0], tweepy.StreamRule("(unbalanced")])
report["again"] = [again.meta["summary"], [error["title"] for error in again.errors]]
deleted = client.delete_rules([added.data[0].id, "999"])
report["deleted"] = [deleted.meta["summary"], listed()]
print(json.dumps(report))
