#!/usr/bin/env python3
"""Deterministic multi-zone tweet NDJSON generator.

  gen.py --size S|M|L|N --seed 1 --out DIR [--zones 3] [--jobs 2] [...]

Output: DIR/zone-a/2026/11/22/HH/<stamp>-<seq>.ndjson.gz ... and DIR/truth.json,
DIR/truth_ids.npy (sorted uint64 ids seen by >=1 zone), DIR/truth_zones.npy (uint8 bit mask per id).

Two phases: (1) all tweets of the world, in blocks, deterministic in (seed, block) -> scratch file;
(2) per zone: drop (outages + single losses), jitter, in-zone duplicates after reconnects, gzip segments.
The output does not depend on --jobs.
"""

import argparse, hashlib, json, mmap, os, shutil, sys, time, zlib
from multiprocessing import Pool
import numpy as np

EPOCH = 1288834974657
SIZES = {"XS": 5_000, "S": 100_000, "M": 1_000_000, "L": 4_000_000}
BLOCK = 20_000
START_MS = 1795370400000  # 2026-11-22T18:00:00Z
SYLLABLES = (
    "ba be co da de di er fa ga go ha in ka ki la le li lo ma me mi na ne no on or "
    "pa pe ra re ri ro sa se si sta ta te ti to tra un va ve vi zo th ing ed ly"
)
ODD_TOKENS = [
    '"quoted"',
    "C:\\dir",
    "a/b",
    '{"id":"1234567890123456789"}',
    '"id":"42"',
    "}]}",
    '\\"id\\":',
    "line\nbreak",
    "tab\there",
    "&amp;",
    "&lt;3",
    "\u2026",
    "\u2028",
    "\u00a0",
    '"data":{"id":"7"}',
]
B62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


# ---------------------------------------------------------------- pools (depend on seed only)
def esc(s, ascii_=False):
    o = json.dumps(s, ensure_ascii=ascii_)[1:-1]
    return o.replace("/", "\\/") if ascii_ else o


class Pools:
    def __init__(self, seed):
        r = np.random.default_rng([seed, 999])
        syl = SYLLABLES.split()
        common = (
            "the to and of in a is for on you it with that my this me be at are have just so not but we all was can like what your from "
            "up get do out now they one if new when love about good day how more will time no or people go know see today don't i'm it's via"
        ).split()
        W = list(common)
        for n in r.integers(1, 5, 9000):
            W.append("".join(syl[i] for i in r.integers(0, len(syl), n)))
        kana = [chr(c) for c in range(0x3042, 0x3094)] + list(
            "日本人今年大会国東京見行時間新年前生学校天気地震速報電車遅延"
        )
        for n in r.integers(2, 7, 2500):
            W.append("".join(kana[i] for i in r.integers(0, len(kana), n)))
        cyr = [chr(c) for c in range(0x430, 0x450)]
        for n in r.integers(2, 9, 800):
            W.append("".join(cyr[i] for i in r.integers(0, 32, n)))
        ara = [chr(c) for c in range(0x627, 0x64A)]
        for n in r.integers(2, 8, 800):
            W.append("".join(ara[i] for i in r.integers(0, len(ara), n)))
        han = [chr(c) for c in range(0xAC00, 0xAC00 + 2000)]
        for n in r.integers(1, 4, 700):
            W.append("".join(han[i] for i in r.integers(0, 2000, n)))
        emo = [chr(c) for c in list(range(0x1F600, 0x1F640)) + list(range(0x1F300, 0x1F340))] + [
            "\u2764\ufe0f",
            "\U0001f1ef\U0001f1f5",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        ]
        W += emo * 3
        W += ODD_TOKENS
        perm = np.concatenate(
            [np.arange(len(common)), len(common) + r.permutation(len(W) - len(common))]
        )
        W = [W[i] for i in perm]
        self.nw = len(W)
        # one script per text: Latin (66 %) or one of the others, each with emoji and odd tokens mixed in
        scr = lambda w: (
            "k"
            if "\u3040" <= w[0] <= "\u30ff" or "\u4e00" <= w[0] <= "\u9fff"
            else "c"
            if "\u0400" <= w[0] <= "\u04ff"
            else "a"
            if "\u0600" <= w[0] <= "\u06ff"
            else "h"
            if "\uac00" <= w[0] <= "\ud7ff"
            else "l"
            if w[0].isascii() and w[0].isalnum()
            else "x"
        )
        cl = {}
        for w in W:
            cl.setdefault(scr(w), []).append(w)
        lists = []
        for c, wgt in (("l", 66), ("k", 18), ("a", 6), ("c", 5), ("h", 5)):
            base = cl[c]
            mix = []
            xs = cl["x"]
            for j in range(self.nw):
                mix.append(
                    xs[(j * 7 + j // 9) % len(xs)] if j % 9 == 8 else base[(j - j // 9) % len(base)]
                )
            lists += [mix] * wgt
        cache = {}

        def L(m, A):
            if (id(m), A) not in cache:
                cache[id(m), A] = [esc(w, A) for w in m]
            return cache[id(m), A]

        self.w_u = [L(m, False) for m in lists]
        self.w_a = [L(m, True) for m in lists]
        p = 1.0 / (np.arange(1, self.nw + 1) + 3.0) ** 0.95
        self.cdf = np.cumsum(p / p.sum())
        self.langs = (
            ["en"] * 10
            + ["ja"] * 6
            + ["es"] * 3
            + ["pt", "ar", "ko", "tr", "fr", "in", "und", "ru", "de"]
        )
        self.src = [
            ("Twitter for iPhone", "http://twitter.com/download/iphone"),
            ("Twitter for Android", "http://twitter.com/download/android"),
            ("Twitter Web App", "https://mobile.twitter.com"),
            ("TweetDeck", "https://about.twitter.com/products/tweetdeck"),
            ("Buffer", "https://buffer.com"),
            ("Hootsuite Inc.", "https://www.hootsuite.com"),
        ]
        # context annotations
        dom = [
            (str(d), n)
            for d, n in [
                (3, "TV Shows"),
                (10, "Person"),
                (11, "Sport"),
                (30, "Entities [Entity Service]"),
                (46, "Business Taxonomy"),
                (47, "Brand"),
                (54, "Musician"),
                (65, "Interests and Hobbies Vertical"),
                (123, "Ongoing News Story"),
                (131, "Unified Twitter Taxonomy"),
                (159, "States"),
                (164, "Fields of study"),
            ]
        ]
        self.ctx = []
        for i in range(600):
            d = dom[int(r.integers(len(dom)))]
            e = " ".join(W[int(x)] for x in r.integers(90, 4000, 2))
            ds = (
                ',"description":"%s"'
                % esc(" ".join(W[int(x)] for x in r.integers(0, 900, int(r.integers(4, 14)))))
                if r.random() < 0.6
                else ""
            )
            self.ctx.append(
                '{"domain":{"id":"%s","name":"%s"%s},"entity":{"id":"%d","name":"%s"}}'
                % (d[0], d[1], ds, int(r.integers(7e17, 1.6e18)), esc(e))
            )
        # users
        NU = 40_000
        self.nu = NU
        ids = np.where(r.random(NU) < 0.4, r.integers(1e5, 4e9, NU), r.integers(7e17, 19e17, NU))
        self.uid = [str(int(i)) for i in ids]
        self.uname, self.u2, self.u2a, self.u1 = [], [], [], []
        fc = (10 ** r.uniform(0, 5.5, (NU, 5))).astype(int)
        wi = r.integers(0, self.nw, (NU, 22))
        ln = r.integers(0, 19, NU)
        b = r.random((NU, 6))
        rb = r.integers(0, 62, (NU, 24))
        yr = r.integers(2008, 2026, NU)
        mo = r.integers(1, 13, NU)
        dd = r.integers(1, 29, NU)
        sec = r.integers(0, 86400, NU)
        mon = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
        for i in range(NU):
            un = (
                "".join(
                    c
                    for c in (syl[wi[i, 0] % 50] + syl[wi[i, 1] % 50] + syl[wi[i, 2] % 50])
                    if c.isalnum()
                )
                + ("_" if b[i, 0] < 0.3 else "")
                + str(int(rb[i, 0] * rb[i, 1] % 997))
            )[:15]
            self.uname.append(un)
            rnd = "".join(B62[k] for k in rb[i])
            hms = "%02d:%02d:%02d" % (sec[i] // 3600, sec[i] // 60 % 60, sec[i] % 60)
            name = W[wi[i, 3]] + " " + W[wi[i, 4]]
            desc = " ".join(W[k] for k in wi[i, 5 : 5 + ln[i]])
            loc = W[wi[i, 20]] + ", " + W[wi[i, 21]]
            hasurl = b[i, 1] < 0.45
            pic = "%d/%s" % (ids[i] % 10**18 + 10**18, rnd[:8])
            tco = "https://t.co/" + rnd[8:18]
            real = "https://www.%s.com/%s" % (un.lower(), rnd[18:23])
            for A in (False, True):
                q = lambda s: esc(s, A)
                ent = (
                    (
                        '"entities":{"url":{"urls":[{"start":0,"end":23,"url":"%s","expanded_url":"%s","display_url":"%s"}]}},'
                        % (q(tco), q(real), q(real[12:]))
                    )
                    if hasurl
                    else ""
                )
                (self.u2a if A else self.u2).append(
                    '{"created_at":"%d-%02d-%02dT%s.000Z","description":"%s",%s"id":"%s",%s"name":"%s",%s"profile_image_url":"%s","protected":false,"public_metrics":{"followers_count":%d,"following_count":%d,"tweet_count":%d,"listed_count":%d,"like_count":%d,"media_count":%d},"url":"%s","username":"%s","verified":%s,"verified_type":"%s"}'
                    % (
                        yr[i],
                        mo[i],
                        dd[i],
                        hms,
                        q(desc),
                        ent,
                        self.uid[i],
                        ('"location":"%s",' % q(loc)) if b[i, 2] < 0.6 else "",
                        q(name),
                        ('"pinned_tweet_id":"%d",' % (ids[i] % 10**17 + 15 * 10**17))
                        if b[i, 3] < 0.5
                        else "",
                        q("https://pbs.twimg.com/profile_images/%s_normal.jpg" % pic),
                        fc[i, 0],
                        fc[i, 1],
                        fc[i, 2],
                        fc[i, 3] // 100,
                        fc[i, 4],
                        fc[i, 2] // 9,
                        q(tco) if hasurl else "",
                        un,
                        "true" if b[i, 4] < 0.08 else "false",
                        "blue" if b[i, 4] < 0.08 else "none",
                    )
                )
            q = lambda s: esc(s, True)
            hx = "%06X" % (rb[i, 3] * 62 * 62 + rb[i, 4] * 62 + rb[i, 5])
            self.u1.append(
                '{"id":%s,"id_str":"%s","name":"%s","screen_name":"%s","location":%s,"url":%s,"description":"%s","translator_type":"none","protected":false,"verified":%s,"followers_count":%d,"friends_count":%d,"listed_count":%d,"favourites_count":%d,"statuses_count":%d,"created_at":"%s %s %02d %s +0000 %d","utc_offset":null,"time_zone":null,"geo_enabled":%s,"lang":null,"contributors_enabled":false,"is_translator":false,"profile_background_color":"%s","profile_background_image_url":"http:\\/\\/abs.twimg.com\\/images\\/themes\\/theme%d\\/bg.png","profile_background_image_url_https":"https:\\/\\/abs.twimg.com\\/images\\/themes\\/theme%d\\/bg.png","profile_background_tile":false,"profile_link_color":"%s","profile_sidebar_border_color":"C0DEED","profile_sidebar_fill_color":"DDEEF6","profile_text_color":"333333","profile_use_background_image":true,"profile_image_url":"http:\\/\\/pbs.twimg.com\\/profile_images\\/%s_normal.jpg","profile_image_url_https":"https:\\/\\/pbs.twimg.com\\/profile_images\\/%s_normal.jpg","profile_banner_url":"https:\\/\\/pbs.twimg.com\\/profile_banners\\/%s\\/%d","default_profile":%s,"default_profile_image":false,"following":null,"follow_request_sent":null,"notifications":null,"withheld_in_countries":[]}'
                % (
                    self.uid[i],
                    self.uid[i],
                    q(name),
                    un,
                    ('"%s"' % q(loc)) if b[i, 2] < 0.6 else "null",
                    ('"%s"' % q(real)) if hasurl else "null",
                    q(desc),
                    "true" if b[i, 4] < 0.08 else "false",
                    fc[i, 0],
                    fc[i, 1],
                    fc[i, 3] // 100,
                    fc[i, 4],
                    fc[i, 2],
                    "Mon Tue Wed Thu Fri Sat Sun".split()[i % 7],
                    mon[mo[i] - 1],
                    dd[i],
                    hms,
                    yr[i],
                    "true" if b[i, 5] < 0.5 else "false",
                    hx,
                    i % 18 + 1,
                    i % 18 + 1,
                    hx,
                    pic.replace("/", "\\/"),
                    pic.replace("/", "\\/"),
                    self.uid[i],
                    1400000000 + sec[i] * 3000,
                    "true" if b[i, 0] < 0.5 else "false",
                )
            )
        self.rules = [
            ('{"id":"%d","tag":"%s"}' % (int(r.integers(14e17, 19e17)), esc("track " + W[int(k)])))
            for k in r.integers(90, 3000, 40)
        ]


P = None


def pools(seed):
    global P
    if P is None:
        P = Pools(seed)
    return P


def iso(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + ".%03dZ" % (ms % 1000)


def v1date(ms):
    return time.strftime("%a %b %d %H:%M:%S +0000 %Y", time.gmtime(ms // 1000))


def world_ids(seed, n, rate):
    """sorted unique snowflake ids + arrival base times (ms); diurnal + bursts"""
    r = np.random.default_rng([seed, 1])
    gap = r.exponential(1000.0 / rate, n) * (1 + 0.4 * np.sin(np.arange(n) / n * 12.0))
    t = START_MS + np.cumsum(gap).astype(np.int64)
    low = (r.integers(0, 1024, n) << 12) | np.minimum(r.geometric(0.55, n) - 1, 4095)
    ids = ((t - EPOCH) << 22) | low
    ids = np.unique(ids)
    while len(ids) < n:  # rare ms+worker+seq collision: top up deterministically
        ids = np.unique(np.concatenate([ids, ids[: n - len(ids)] + 4097]))
    return ids.astype(np.uint64)


def gen_block(a):
    seed, k, ids, allids_path, v11, control, adversarial, tmp = a
    p = pools(seed)
    n = len(ids)
    r = np.random.default_rng([seed, 2, k])
    allids = np.load(allids_path, mmap_mode="r")
    U = (p.nu * r.random((n, 4)) ** 2.2).astype(int).tolist()
    nwords = r.integers(5, 42, n * 2).tolist()
    widx = np.searchsorted(p.cdf, r.random(int(sum(nwords)) + 10)).clip(0, p.nw - 1).tolist()
    R = r.random((n, 20)).tolist()
    M = (10 ** r.uniform(-1.2, 4.2, (n, 12))).astype(int).tolist()
    rnd = bytes(np.frombuffer(B62.encode(), np.uint8)[r.integers(0, 62, n * 64)]).decode()
    lim = min(int(k) * BLOCK + n, len(allids))
    refin = allids[
        r.integers(0, max(1, lim), n)
    ].tolist()  # refs to ids that ARE in the stream (or will be)
    refout = r.integers(int(12e17), int(ids[0]), n).tolist()
    C = (len(p.ctx) * r.random((n, 8)) ** 1.6).astype(int).tolist()
    rmed = r.integers(int(15e17), int(ids[-1]), n).tolist()
    out = []
    wpos = 0
    w_u, w_a, ctx, langs, rules, srcs = p.w_u, p.w_a, p.ctx, p.langs, p.rules, p.src
    for i, idn in enumerate(ids.tolist()):
        x = R[i]
        m = M[i]
        u = U[i]
        ms = (idn >> 22) + EPOCH
        one = x[0] < v11
        A = one or x[1] < 0.15
        ww = (w_a if A else w_u)[int(x[19] * 9973) % 100]
        sl = "\\/" if A else "/"
        n1 = nwords[2 * i]
        n2 = nwords[2 * i + 1]
        t1 = " ".join([ww[j] for j in widx[wpos : wpos + n1]])
        wpos += n1
        t2 = " ".join([ww[j] for j in widx[wpos : wpos + n2]])
        wpos += n2
        z = rnd[i * 64 : i * 64 + 64]
        lang = langs[int(x[2] * len(langs))]
        kind = (
            0 if x[3] < 0.34 else 1 if x[3] < 0.66 else 2 if x[3] < 0.78 else 3
        )  # orig, RT, quote, reply
        ref = refin[i] if x[4] < 0.3 else refout[i]
        if ref == idn:
            ref = refout[i]
        tco = f"https:{sl}{sl}t.co{sl}{z[:10]}"
        real = f"https:{sl}{sl}www.{p.uname[u[3]].lower()}.com{sl}{int(x[5] * 2026)}{sl}{z[10:18]}?utm_source=twitter&id={int(x[6] * 1e6)}"
        hasurl = x[7] < 0.4
        hasmed = x[8] < 0.3
        uid = p.uid[u[0]]
        rid = p.uid[u[1]]
        tag = ww[widx[i]]
        if not one:
            us = p.u2a if A else p.u2
            if kind == 1:
                text = (
                    f"RT @{p.uname[u[1]]}: {t2[: t2.rfind(' ', 0, 110)]}…"
                    if not A
                    else f"RT @{p.uname[u[1]]}: {t2[: t2.rfind(' ', 0, 110)]}\\u2026"
                )
            elif kind == 3:
                text = f"@{p.uname[u[1]]} {t1}"
            else:
                text = f"{t1} {tco}" if hasurl or hasmed or kind == 2 else t1
            ent = []
            if x[9] < 0.3:
                ent.append(
                    f'"annotations":[{{"start":{int(x[10] * 40)},"end":{int(x[10] * 40) + 9},"probability":{x[11]:.4f},"type":"Person","normalized_text":"{tag}"}}]'
                )
            if x[12] < 0.4:
                ent.append(
                    f'"hashtags":[{{"start":{int(x[10] * 60)},"end":{int(x[10] * 60) + 8},"tag":"{tag}"}}]'
                )
            if kind in (1, 3):
                ent.append(
                    f'"mentions":[{{"start":{3 if kind == 1 else 0},"end":{len(p.uname[u[1]]) + 4},"username":"{p.uname[u[1]]}","id":"{rid}"}}]'
                )
            if hasurl:
                ent.append(
                    f'"urls":[{{"start":{len(t1)},"end":{len(t1) + 23},"url":"{tco}","expanded_url":"{real}","display_url":"{real[20:44]}","status":200,"title":"{t2[: t2.find(" ")]}","unwound_url":"{real}"}}]'
                )
            if hasmed:
                ent.append(
                    f'"urls":[{{"start":{len(t1)},"end":{len(t1) + 23},"url":"{tco}","expanded_url":"https:{sl}{sl}twitter.com{sl}{p.uname[u[0]]}{sl}status{sl}{idn}{sl}photo{sl}1","display_url":"pic.twitter.com{sl}{z[:10]}","media_key":"3_{rmed[i]}"}}]'
                ) if not hasurl else None
            nc = int(x[13] * 5)
            f = {}
            f["author_id"] = f'"author_id":"{uid}"'
            f["conversation_id"] = f'"conversation_id":"{idn if kind != 3 else ref}"'
            f["created_at"] = f'"created_at":"{iso(ms)}"'
            f["edit"] = f'"edit_history_tweet_ids":["{idn}"]'
            if hasmed:
                f["att"] = f'"attachments":{{"media_keys":["3_{rmed[i]}"]}}'
            if nc:
                f["ctx"] = '"context_annotations":[' + ",".join([ctx[j] for j in C[i][:nc]]) + "]"
            if ent:
                f["entities"] = '"entities":{' + ",".join([e for e in ent if e]) + "}"
            f["id"] = f'"id":"{idn}"'
            if kind == 3:
                f["irt"] = f'"in_reply_to_user_id":"{rid}"'
            f["lang"] = f'"lang":"{lang}"'
            f["ps"] = '"possibly_sensitive":false'
            f["pm"] = (
                f'"public_metrics":{{"retweet_count":{m[0] if kind == 1 else 0},"reply_count":0,"like_count":0,"quote_count":0,"bookmark_count":0,"impression_count":{m[1] // 50}}}'
            )
            if kind:
                f["ref"] = '"referenced_tweets":[{"type":"%s","id":"%d"}]' % (
                    ("retweeted", "quoted", "replied_to")[kind - 1],
                    ref,
                )
            f["rs"] = '"reply_settings":"everyone"'
            f["text"] = f'"text":"{text}"'
            lay = x[14]
            if lay < 0.38:
                order = ["id", "text"] + [q for q in f if q not in ("id", "text")]  # id first
            elif lay < 0.90:
                order = sorted(
                    f,
                    key=lambda q: {
                        "att": "attachments",
                        "ctx": "context",
                        "edit": "edit",
                        "irt": "in_r",
                        "ps": "pos",
                        "pm": "pub",
                        "ref": "refe",
                        "rs": "reply",
                    }.get(q, q),
                )  # alphabetical
            else:
                order = [q for q in f if q != "id"] + ["id"]  # id last
            data = "{" + ",".join([f[q] for q in order]) + "}"
            users = us[u[0]] + ("," + us[u[1]] if kind else "")
            inc = f'"users":[{users}]'
            if kind:
                inc += f',"tweets":[{{"author_id":"{rid}","conversation_id":"{ref}","created_at":"{iso((ref >> 22) + EPOCH)}","edit_history_tweet_ids":["{ref}"],"id":"{ref}","lang":"{lang}","possibly_sensitive":false,"public_metrics":{{"retweet_count":{m[2]},"reply_count":{m[3]},"like_count":{m[4] * 3},"quote_count":{m[5]},"bookmark_count":{m[6]},"impression_count":{m[7] * 70}}},"reply_settings":"everyone","text":"{t2}"}}]'
            if hasmed:
                inc += f',"media":[{{"height":{int(x[15] * 2000)},"media_key":"3_{rmed[i]}","type":"photo","url":"https:{sl}{sl}pbs.twimg.com{sl}media{sl}{z[20:35]}.jpg","width":1200}}]'
            mr = ",".join(
                [rules[int(x[16] * 40)]] + ([rules[int(x[17] * 40)]] if x[18] < 0.15 else [])
            )
            inc = '"includes":{' + inc + "}"
            mr = '"matching_rules":[' + mr + "]"
            line = (
                f'{{{inc},"data":{data},{mr}}}'
                if x[19] < 0.15
                else f'{{"data":{data},{inc},{mr}}}'
                if x[19] < 0.97
                else f'{{{mr},{inc},"data":{data}}}'
            )
        else:
            s = srcs[int(x[5] * 6)]
            source = f'"\\u003ca href=\\"{s[1]}\\" rel=\\"nofollow\\"\\u003e{s[0]}\\u003c\\/a\\u003e"'.replace(
                "://", ":\\/\\/"
            ).replace("com/", "com\\/")
            med = (
                f'"media":[{{"id":{rmed[i]},"id_str":"{rmed[i]}","indices":[{len(t1)},{len(t1) + 23}],"media_url":"http:\\/\\/pbs.twimg.com\\/media\\/{z[20:35]}.jpg","media_url_https":"https:\\/\\/pbs.twimg.com\\/media\\/{z[20:35]}.jpg","url":"{tco}","display_url":"pic.twitter.com\\/{z[:10]}","expanded_url":"https:\\/\\/twitter.com\\/{p.uname[u[0]]}\\/status\\/{idn}\\/photo\\/1","type":"photo","sizes":{{"thumb":{{"w":150,"h":150,"resize":"crop"}},"small":{{"w":680,"h":510,"resize":"fit"}},"medium":{{"w":1200,"h":900,"resize":"fit"}},"large":{{"w":2048,"h":1536,"resize":"fit"}}}}}}]'
                if hasmed
                else ""
            )
            ents = '"hashtags":[%s],"urls":[%s],"user_mentions":[%s],"symbols":[]' % (
                f'{{"text":"{tag}","indices":[3,12]}}' if x[12] < 0.4 else "",
                f'{{"url":"{tco}","expanded_url":"{real}","display_url":"{real[24:46]}","indices":[{len(t1)},{len(t1) + 23}]}}'
                if hasurl
                else "",
                f'{{"screen_name":"{p.uname[u[1]]}","name":"{tag}","id":{rid},"id_str":"{rid}","indices":[3,{len(p.uname[u[1]]) + 4}]}}'
                if kind in (1, 3)
                else "",
            )

            def v1(idv, msv, txt, usr, extra, cnt, md, irt=None):
                irs = (
                    f'"in_reply_to_status_id":{irt},"in_reply_to_status_id_str":"{irt}","in_reply_to_user_id":{rid},"in_reply_to_user_id_str":"{rid}","in_reply_to_screen_name":"{p.uname[u[1]]}"'
                    if irt
                    else '"in_reply_to_status_id":null,"in_reply_to_status_id_str":null,"in_reply_to_user_id":null,"in_reply_to_user_id_str":null,"in_reply_to_screen_name":null'
                )
                head = f'"created_at":"{v1date(msv)}","id":{idv},"id_str":"{idv}",'
                body = f'"text":"{txt}","source":{source},"truncated":false,{irs},"user":{usr},"geo":null,"coordinates":null,"place":null,"contributors":null,{extra}"is_quote_status":{"true" if kind == 2 else "false"},"quote_count":{cnt[0]},"reply_count":{cnt[1]},"retweet_count":{cnt[2]},"favorite_count":{cnt[3]},"entities":{{{ents}{"," + md if md else ""}}},{chr(34) + "extended_entities" + chr(34) + ":{" + md + "}," if md else ""}"favorited":false,"retweeted":false,"possibly_sensitive":false,"filter_level":"low","lang":"{lang}"'
                return head, body

            inner = ""
            if kind in (1, 2):
                h, b = v1(
                    ref,
                    (ref >> 22) + EPOCH,
                    t2,
                    p.u1[u[1]],
                    "",
                    [m[2] // 9, m[3], m[4], m[5] * 3],
                    "",
                )
                inner = f'"{"retweeted_status" if kind == 1 else "quoted_status"}":{{{h}{b}}},'
                if kind == 2:
                    inner = f'"quoted_status_id":{ref},"quoted_status_id_str":"{ref}",' + inner
            txt = (
                f"RT @{p.uname[u[1]]}: {t2[: t2.rfind(' ', 0, 110)]}\\u2026"
                if kind == 1
                else t1 + (" " + tco if hasurl or hasmed else "")
            )
            h, b = v1(
                idn, ms, txt, p.u1[u[0]], inner, (0, 0, 0, 0), med, ref if kind == 3 else None
            )
            ts = f'"timestamp_ms":"{ms}"'
            line = (
                f"{{{h}{b},{ts}}}" if x[14] < 0.9 else f"{{{b},{ts},{h[:-1]}}}"
            )  # 10 %: id after user/retweeted_status
        if adversarial and x[18] > 1 - adversarial:
            v = int(x[17] * 4)
            if v == 0:
                line = (
                    line.replace('"id":"%d"' % idn, '"\\u0069d":"%d"' % idn, 1) if not one else line
                )
            elif v == 1:
                line = (
                    line.replace('":', '" : ').replace(',"', ', "') if '\\"' not in line else line
                )
            elif v == 2:
                line = "  " + line + " "
            else:
                line = line[:-1] + ',"zz_deep":' + '{"id":[' * 40 + '"x"' + "]}" * 40 + "}"
        out.append(line)
        if control and x[17] < control:
            # v1.1 control message: not a tweet; has ids inside. Tagged with \x00 in scratch, split off in phase 2.
            out[-1] = (
                line
                + "\x01"
                + (
                    f'{{"delete":{{"status":{{"id":{ref},"id_str":"{ref}","user_id":{rid},"user_id_str":"{rid}"}},"timestamp_ms":"{ms}"}}}}'
                    if x[16] < 0.8
                    else f'{{"limit":{{"track":{int(x[15] * 1e5)},"timestamp_ms":"{ms}"}}}}'
                )
            )
    fn = os.path.join(tmp, f"b{k:06d}")
    buf = "\n".join(out).encode("utf-8") + b"\n"
    with open(fn, "wb") as fh:
        fh.write(buf)
    nl = np.flatnonzero(np.frombuffer(buf, np.uint8) == 10)
    assert len(nl) == n, (len(nl), n)
    st = np.concatenate([[0], nl[:-1] + 1])
    np.save(fn + ".idx.npy", np.stack([st, nl + 1 - st], 1).astype(np.int64))
    return fn, len(buf)


class SegWriter:
    """~segment MB compressed gzip files; member_kb>0: a new gzip member every member_kb raw KiB; flush_kb>0: Z_SYNC_FLUSH every."""

    def __init__(self, root, zone, target, level, member_kb, flush_kb):
        self.root, self.zone, self.target, self.level, self.mk, self.fk = (
            root,
            zone,
            target,
            level,
            member_kb << 10,
            flush_kb << 10,
        )
        self.seq = 0
        self.fh = None
        self.files = []
        self.raw = 0
        self.comp = 0

    def write(self, chunk, ms):
        if self.fh is None:
            d = os.path.join(
                self.root, self.zone, time.strftime("%Y/%m/%d/%H", time.gmtime(ms // 1000))
            )
            os.makedirs(d, exist_ok=True)
            fn = os.path.join(
                d,
                time.strftime("%Y%m%dT%H%M%S", time.gmtime(ms // 1000))
                + "Z-%s-%06d.ndjson.gz" % (self.zone, self.seq),
            )
            self.seq += 1
            self.fh = open(fn, "wb")
            self.files.append(fn)
            self.c = zlib.compressobj(self.level, zlib.DEFLATED, 31)
            self.n = 0
            self.m = 0
            self.f = 0
        o = self.c.compress(chunk)
        self.raw += len(chunk)
        self.m += len(chunk)
        self.f += len(chunk)
        if self.mk and self.m >= self.mk:
            o += self.c.flush()
            self.c = zlib.compressobj(self.level, zlib.DEFLATED, 31)
            self.m = 0
            self.f = 0
        elif self.fk and self.f >= self.fk:
            o += self.c.flush(zlib.Z_SYNC_FLUSH)
            self.f = 0
        self.fh.write(o)
        self.n += len(o)
        self.comp += len(o)
        if self.n >= self.target:
            self.close()

    def close(self):
        if self.fh is None:
            return
        if not (self.mk and self.m == 0 and self.n):
            o = self.c.flush()
            self.fh.write(o)
            self.comp += len(o)
        self.fh.close()
        self.fh = None


def plan_zone(seed, zi, n, t, loss, outage, dup):
    """indices of the tweets in the arrival order of this zone"""
    r = np.random.default_rng([seed, 3, zi])
    keep = r.random(n) >= loss
    left = int(outage * n)
    rec = []
    ng = max(1, min(4, n // 20000))
    for g in range(ng):
        ln = left // ng
        s = int(r.integers(0, max(1, n - ln)))
        keep[s : s + ln] = False
        rec.append(s + ln)
    nrec = max(3, n // 50_000)
    rec += r.integers(0, n, nrec).tolist()
    idx = np.flatnonzero(keep)
    jit = np.where(
        r.random(len(idx)) < 0.95, r.exponential(150, len(idx)), r.exponential(2500, len(idx))
    )
    arr = t[idx] + jit
    per = max(1, int(dup * n / len(rec)))
    di, da = [], []
    for s in rec:  # after a reconnect the backfill delivers the last `per` tweets again
        a = np.searchsorted(idx, min(s, n - 1))
        lo = max(0, a - per)
        w = idx[lo:a]
        if len(w):
            di.append(w)
            da.append(np.full(len(w), t[min(s, n - 1)] + 3000.0) + np.arange(len(w)) * 0.5)
    idx2 = np.concatenate([idx] + di)
    arr2 = np.concatenate([arr] + da)
    o = np.argsort(arr2, kind="stable")
    return idx2[o], arr2[o].astype(np.int64), int(sum(map(len, di)))


def gen_zone(a):
    seed, zi, n, out, blocks, tmp, o = a
    ids = np.load(os.path.join(tmp, "ids.npy"))
    t = (ids >> np.uint64(22)).astype(np.int64) + EPOCH
    idx, arr, nd = plan_zone(seed, zi, n, t, o.loss, o.outage, o.dup)
    r = np.random.default_rng([seed, 4, zi])
    var = np.zeros(n, bool)
    if zi:
        var[:] = r.random(n) < o.variant
    mm = []
    meta = []
    for b in blocks:
        f = open(b, "rb")
        mm.append(mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ))
        meta.append(np.load(b + ".idx.npy"))
    meta = np.concatenate(meta)
    zone = "zone-" + "abcdefghijklmnopqrstuvwxyz"[zi]
    w = SegWriter(out, zone, int(o.segment_mb * 1e6), o.level, o.member_kb, o.flush_kb)
    st = meta[idx, 0].tolist()
    ln = meta[idx, 1].tolist()
    bl = (idx // BLOCK).tolist()
    vv = var[idx].tolist()
    ar = arr.tolist()
    buf = []
    sz = 0
    extra = 0
    for i in range(len(st)):
        L = mm[bl[i]][st[i] : st[i] + ln[i]]
        if vv[i]:  # same tweet, other bytes: the metrics moved between the deliveries
            L = L.replace(b'"quote_count":', b'"quote_count":1', 1).replace(
                b'"quote_count":10', b'"quote_count":1', 1
            )
        if o.control and b"\x01" in L:
            L = L.replace(b"\x01", b"\n")
            extra += 1
        buf.append(L)
        sz += len(L)
        if sz >= 262144:
            w.write(b"".join(buf), ar[i])
            buf = []
            sz = 0
    if buf:
        w.write(b"".join(buf), ar[-1])
    w.close()
    if o.truncate_last:  # a listener killed in the middle of its last segment
        s = os.path.getsize(w.files[-1])
        os.truncate(w.files[-1], max(20, int(s * 0.7)))
    mask = np.zeros(n, bool)
    mask[idx] = True
    np.save(os.path.join(tmp, f"mask{zi}.npy"), mask)
    return dict(
        zone=zone,
        lines=len(idx),
        control_lines=extra,
        distinct=int(mask.sum()),
        dup_lines=nd,
        segments=len(w.files),
        raw_bytes=w.raw,
        gz_bytes=w.comp,
    )


def main():
    ap = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    ap.add_argument("--size", default="S", help="XS,S,M,L or a number of tweets")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--out", required=True)
    ap.add_argument("--zones", type=int, default=3)
    ap.add_argument("--jobs", type=int, default=os.cpu_count())
    ap.add_argument("--rate", type=float, default=50.0, help="tweets/s of the stream")
    ap.add_argument("--v11", type=float, default=0.15, help="share of v1.1 tweets")
    ap.add_argument("--loss", type=float, default=0.01)
    ap.add_argument("--outage", type=float, default=0.02)
    ap.add_argument("--dup", type=float, default=0.01)
    ap.add_argument(
        "--variant",
        type=float,
        default=0.02,
        help="share of tweets whose bytes differ in zones b,c",
    )
    ap.add_argument(
        "--control", type=float, default=0.0, help="share of v1.1 delete/limit messages"
    )
    ap.add_argument(
        "--adversarial",
        type=float,
        default=0.0,
        help="share of lines with escaped keys, whitespace, deep nesting",
    )
    ap.add_argument("--segment-mb", type=float, default=16.0)
    ap.add_argument("--level", type=int, default=6)
    ap.add_argument("--member-kb", type=int, default=0)
    ap.add_argument("--flush-kb", type=int, default=0)
    ap.add_argument("--truncate-last", action="store_true")
    ap.add_argument("--keep-scratch", action="store_true")
    o = ap.parse_args()
    n = SIZES.get(o.size) or int(o.size)
    T0 = time.time()
    tmp = os.path.join(o.out, ".scratch")
    shutil.rmtree(tmp, ignore_errors=True)
    os.makedirs(tmp)
    ids = world_ids(o.seed, n, o.rate)
    n = len(ids)
    ip = os.path.join(tmp, "ids.npy")
    np.save(ip, ids)
    pools(o.seed)
    T1 = time.time()
    with Pool(o.jobs) as pool:
        jobs = [
            (o.seed, k, ids[k * BLOCK : (k + 1) * BLOCK], ip, o.v11, o.control, o.adversarial, tmp)
            for k in range((n + BLOCK - 1) // BLOCK)
        ]
        blocks = [b for b, _ in pool.imap(gen_block, jobs)]
        T2 = time.time()
        zs = list(
            pool.imap(
                gen_zone,
                [(o.seed, z, n, o.out, blocks, tmp, o) for z in range(o.zones)],
                chunksize=1,
            )
        )
    zones = np.zeros(n, np.uint8)
    for z in range(o.zones):
        zones |= np.load(os.path.join(tmp, f"mask{z}.npy")).astype(np.uint8) << z
    seen = zones > 0
    np.save(os.path.join(o.out, "truth_ids.npy"), ids[seen])
    np.save(os.path.join(o.out, "truth_zones.npy"), zones[seen])
    sha = hashlib.sha256(("\n".join(map(str, ids[seen].tolist())) + "\n").encode()).hexdigest()
    rep = dict(
        args={k: v for k, v in vars(o).items() if k not in ("out", "jobs")},
        world=n,
        unique=int(seen.sum()),
        ids_sha256=sha,
        mask_hist={str(m): int((zones == m).sum()) for m in range(1 << o.zones)},
        zones=zs,
        raw_bytes=sum(z["raw_bytes"] for z in zs),
        gz_bytes=sum(z["gz_bytes"] for z in zs),
        lines=sum(z["lines"] for z in zs),
    )
    json.dump(rep, open(os.path.join(o.out, "truth.json"), "w"), indent=1)
    if not o.keep_scratch:
        shutil.rmtree(tmp)
    print(
        json.dumps({k: rep[k] for k in ("world", "unique", "lines", "raw_bytes", "gz_bytes")}),
        "pools %.1fs world %.1fs zones+gzip %.1fs" % (T1 - T0, T2 - T1, time.time() - T2),
    )


if __name__ == "__main__":
    main()
