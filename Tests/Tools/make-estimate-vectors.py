"""Prints Fixtures/estimate.json: what numpy, scipy and statsmodels say about seeded worlds.

    "$(Tests/Tools/venv estimate)" Tests/Tools/make-estimate-vectors.py > Tests/MergerTests/Fixtures/estimate.json

An independent way to the figures of docs/ESTIMATE.md: the log-linear models are fitted by statsmodels on a
full design matrix of all blocks, and variances come from its covariance matrix.
"""

import itertools
import json
import math
import warnings

import numpy
import scipy.stats
import statsmodels
import statsmodels.api as sm

TWEETS_MIN = 50
SHARED_LOSSES_MIN = 5
SCARCE_BELOW = 0.5
Z = scipy.stats.norm.ppf(0.975)


def interval(value, variance, least=0.0, doubt=0.0):
    return {"value": value, "variance": variance, "least": least, "doubt": doubt}


def figure(parts):
    value = centre = variance = 0.0
    for p in parts:
        value += p["value"]
        if p["value"] < SCARCE_BELOW and p["least"] > p["value"]:
            centre += p["least"]
            variance += p["least"] + p["least"] ** 2 * p["doubt"]
        else:
            centre += p["value"]
            variance += p["variance"]
    if centre == 0:
        return [value, 0.0, value]
    ratio = math.exp(Z * math.sqrt(math.log1p(variance / centre**2)))
    return [value, min(value, math.floor(centre / ratio)), max(value, centre * ratio)]


def zones_of(mask):
    return [z for z in range(64) if mask >> z & 1]


def groups(strata):
    """{connected: (blocks, pooled)}, each a {frozenset of zones that saw it: count}."""
    found = {}
    for stratum in strata:
        if len(zones_of(stratum["connected"])) < 2:
            continue
        blocks = found.setdefault(stratum["connected"], [{}])
        for mask, count in stratum["counts"]:
            key = frozenset(zones_of(mask))
            blocks[-1][key] = blocks[-1].get(key, 0) + count
        if sum(blocks[-1].values()) >= TWEETS_MIN:
            blocks.append({})
    result = {}
    for connected, blocks in found.items():
        pooled = {}
        for block in blocks:
            for key, count in block.items():
                pooled[key] = pooled.get(key, 0) + count
        result[connected] = ([b for b in blocks if b], pooled)
    return result


def misses(block, zone):
    return sum(c for seen, c in block.items() if zone not in seen)


def least(connected, blocks, pooled):
    zones = zones_of(connected)
    n = sum(pooled.values())
    if n == 0:
        return 0.0
    total = 0.0
    for block in blocks:
        size = sum(block.values())
        total += size * math.prod((misses(block, z) + 0.5 * size / n) / size for z in zones)
    return total


def chapman(connected, blocks, pooled):
    a, b = zones_of(connected)
    value = variance = 0.0
    for block in blocks:
        n1 = sum(c for s, c in block.items() if a in s)
        n2 = sum(c for s, c in block.items() if b in s)
        m = block.get(frozenset((a, b)), 0)
        value += (n1 + 1) * (n2 + 1) / (m + 1) - 1 - sum(block.values())
        variance += (n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / ((m + 1) ** 2 * (m + 2))
    return interval(value, variance, least(connected, blocks, pooled), 4)


def chao(connected, blocks, pooled):
    zones = zones_of(connected)
    value = variance = 0.0
    for block in blocks:
        single = [block.get(frozenset((z,)), 0) for z in zones]
        pairs = sum(c for s, c in block.items() if len(s) == 2)
        missed = sum(x * y for x, y in itertools.combinations(single, 2)) / (pairs + 1)
        slopes = [(sum(single) - x) / (pairs + 1) for x in single] + [-missed / (pairs + 1)]
        value += missed
        variance += missed + sum(s * s * n for s, n in zip(slopes, single + [pairs]))
    return interval(value, variance, least(connected, blocks, pooled), 2 * len(zones))


def log_linear(connected, blocks, pairs):
    """A Poisson GLM: an intercept and losses for each block, pairs for all of them."""
    zones = zones_of(connected)
    names = {}
    rows, counts, unseen = [], [], []
    for number, block in enumerate(blocks):
        active = [z for z in zones if misses(block, z) > 0]
        if not active:
            continue
        for size in range(len(active) + 1):
            for lacks in itertools.combinations(active, size):
                terms = [("block", number)] + [("loss", number, z) for z in lacks]
                terms += [("pair", p) for p in pairs if set(p) <= set(lacks)]
                for term in terms:
                    names.setdefault(term, len(names))
                row = [names[t] for t in terms]
                if size == len(zones):
                    unseen.append(row)
                else:
                    rows.append(row)
                    counts.append(block.get(frozenset(zones) - frozenset(lacks), 0))
    def matrix(lists):
        dense = numpy.zeros((len(lists), len(names)))
        for i, row in enumerate(lists):
            dense[i, row] = 1
        return dense
    counts = numpy.array(counts, dtype=float)
    fit = sm.GLM(counts, matrix(rows), family=sm.families.Poisson()).fit(tol=1e-14, maxiter=200)
    means = numpy.exp(matrix(unseen) @ fit.params) if unseen else numpy.zeros(0)
    slope = means @ matrix(unseen) if unseen else numpy.zeros(len(names))
    value = float(means.sum())
    doubt = float(slope @ fit.cov_params() @ slope)
    mu = fit.fittedvalues
    likelihood = float((counts * numpy.log(mu) - mu).sum())
    dependences = [float(fit.params[names[("pair", p)]]) if ("pair", p) in names else 0.0 for p in pairs]
    return {"likelihood": likelihood, "dependences": dependences, "value": value, "variance": value + doubt}


def chosen(connected, blocks, pooled):
    zones = zones_of(connected)
    losses = sum(c for s, c in pooled.items() if len(s) < len(zones))
    price = math.log(max(losses, 1))
    pairs = []
    fit = log_linear(connected, blocks, pairs)
    while True:
        trials = []
        for pair in itertools.combinations(zones, 2):
            shared = sum(c for s, c in pooled.items() if not s & set(pair))
            if pair not in pairs and shared >= SHARED_LOSSES_MIN:
                trials.append((log_linear(connected, blocks, pairs + [pair]), pair))
        if not trials:
            break
        best, pair = max(trials, key=lambda t: t[0]["likelihood"])
        if 2 * (best["likelihood"] - fit["likelihood"]) <= price:
            break
        fit, pairs = best, pairs + [pair]
    return fit, pairs


def blind(strata):
    def seen(s):
        return sum(c for _, c in s["counts"])

    def comparable(s):
        return len(zones_of(s["connected"])) >= 2

    minutes = {}
    for s in filter(comparable, strata):
        for z in zones_of(s["connected"]):
            others = [(m, c) for m, c in s["counts"] if m & ~(1 << z)]
            exposed = sum(c for _, c in others)
            if exposed:
                lost = sum(c for m, c in others if not m >> z & 1)
                minutes.setdefault(z, []).append((lost, exposed))
    parts = []
    alone = {}
    milliseconds = 0
    for is_blind, run in itertools.groupby(enumerate(strata), key=lambda p: not comparable(p[1])):
        run = list(run)
        if not is_blind:
            continue
        milliseconds += sum(s["milliseconds"] for _, s in run)
        dark = []
        for _, s in run:
            zones = zones_of(s["connected"])
            if zones and zones[0] in minutes:
                alone[zones[0]] = alone.get(zones[0], 0) + seen(s)
            else:
                dark.append(s)
        length = sum(s["milliseconds"] for s in dark)
        if not length:
            continue
        sides = []
        for side in (reversed(strata[: run[0][0]]), strata[run[-1][0] + 1 :]):
            taken = []
            for s in filter(comparable, side):
                if sum(t["milliseconds"] for t in taken) >= max(length, 1_800_000):
                    break
                taken.append(s)
            if taken:
                sides.append(taken)
        around = sum(sides, [])
        weights = numpy.array([s["milliseconds"] for s in around], dtype=float)
        rates = numpy.array([seen(s) / s["milliseconds"] for s in around])
        rate = numpy.mean([sum(map(seen, side)) / sum(s["milliseconds"] for s in side) for side in sides])
        scatter = numpy.average((rates - rate) ** 2, weights=weights)
        value = max(0.0, rate * length - sum(map(seen, dark)))
        variance = value + length**2 * scatter * (1 + 1 / len(around))
        parts.append(interval(float(value), float(variance), 0.5 * length / weights.sum(), 2))
    for zone, count in alone.items():
        lost, exposed = map(numpy.array, zip(*minutes[zone]))
        share = min(lost.sum(), exposed.sum() - 0.5) / exposed.sum()
        scatter = numpy.average((lost / exposed - lost.sum() / exposed.sum()) ** 2, weights=exposed)
        value = count * share / (1 - share)
        variance = value / (1 - share) + (count / (1 - share) ** 2) ** 2 * scatter
        parts.append(interval(float(value), float(variance), 0.5 * count / exposed.sum(), 2))
    return parts, milliseconds


def world(seed, minutes, rate, losses, shared=0.0, outages=()):
    """`losses` by zone; `outages` are (zone, first minute, end); `shared` is lost to zones 0 and 1 at once."""
    random = numpy.random.default_rng(seed)
    strata = []
    for minute in range(minutes):
        up = [z for z in range(len(losses)) if not any(o[0] == z and o[1] <= minute < o[2] for o in outages)]
        tweets = random.poisson(rate * 60)
        saw = random.random((tweets, len(losses))) >= numpy.array(losses)
        both = random.random(tweets) < shared
        saw[both, 0] = False
        if len(losses) > 1:
            saw[both, 1] = False
        counts = {}
        for row in saw:
            mask = sum(1 << z for z in up if row[z])
            if mask:
                counts[mask] = counts.get(mask, 0) + 1
        strata.append({
            "connected": sum(1 << z for z in up), "milliseconds": 60_000,
            "counts": [[m, c] for m, c in sorted(counts.items())],
        })
    return strata


WORLDS = {
    "two zones": world(1, 10, 20, [0.05, 0.1]),
    "two zones, few tweets": world(2, 40, 0.2, [0.1, 0.2]),
    "two zones that lose nothing": world(3, 10, 10, [0.0, 0.0]),
    "three zones": world(4, 8, 20, [0.05, 0.1, 0.2]),
    "three zones, two of them on one way": world(5, 8, 30, [0.1, 0.1, 0.2], shared=0.05),
    "three zones with hardly a loss": world(6, 10, 10, [0.001, 0.002, 0.02]),
    "three zones with outages": world(
        7, 40, 10, [0.05, 0.1, 0.2], outages=[(0, 5, 20), (1, 10, 30), (2, 15, 18)]),
    "four zones, two of them on one way": world(8, 5, 50, [0.1, 0.2, 0.2, 0.3], shared=0.05),
    "five zones": world(9, 4, 40, [0.1, 0.2, 0.2, 0.3, 0.3]),
    "six zones": world(10, 4, 20, [0.2, 0.3, 0.3, 0.4, 0.4, 0.5]),
}


def expected(strata):
    bound, fitted, fits = [], [], []
    too_many = three = False
    for connected, (blocks, pooled) in groups(strata).items():
        if len(zones_of(connected)) == 2:
            bound.append(chapman(connected, blocks, pooled))
            fitted.append(bound[-1])
            continue
        three = True
        bound.append(chao(connected, blocks, pooled))
        if len(zones_of(connected)) > 5:
            too_many = True
            continue
        fit, pairs = chosen(connected, blocks, pooled)
        floor = least(connected, blocks, pooled)
        fitted.append(interval(fit["value"], fit["variance"], floor, 2 * len(zones_of(connected))))
        fits.append({"connected": connected, "pairs": pairs, **fit})
    if not three:
        models = [("chapman", fitted)]
    elif too_many:
        models = [("chao", bound)]
    else:
        models = [("log-linear", fitted), ("chao", bound)]
    parts, milliseconds = blind(strata)
    seen = sum(c for s in strata for _, c in s["counts"])
    value, low, high = figure(models[0][1] + parts)
    comparable = [s for s in strata if len(zones_of(s["connected"])) >= 2]
    return {
        "models": [{"name": name, "figure": figure(parts)} for name, parts in models],
        "fits": fits, "blind": figure(parts), "blindMs": milliseconds,
        "completeness": [100 * seen / (seen + x) for x in (value, high, low)],
        "strata": len(comparable), "tweets": sum(c for s in comparable for _, c in s["counts"]),
    }


warnings.simplefilter("ignore")
print(json.dumps({
    "statsmodels": statsmodels.__version__, "numpy": numpy.__version__,
    "worlds": [{"name": n, "strata": s, "expected": expected(s)} for n, s in WORLDS.items()],
}, separators=(",", ":")))
