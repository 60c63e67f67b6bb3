"""The drill's questions: many users, few places that most of them are at. The same seed asks the same questions.

    contexts = zipf.contexts(policies_folder, 20000)

Place number k of the incident's codes (shuffled, so that no city is the busy one) is asked for 1/k as often as the
first: Zipf's law with exponent 1.
"""

import itertools
import json
import random

SEED = 20260213
USERS = 200_000
SEVERAL_PLACES = 0.2  # of the questions name two or three, as an address on the edge of a mall does
TIERS = ["silver", "gold", "platinum", ""]
INTERFACES = ["checkout", "checkout", "checkout", "cart", "browse"]


def codes(policies_folder):
    """Every AOI that the incident's policies name, offered or left out."""
    found = set()
    for file in sorted(policies_folder.glob("*.json")):
        scope = json.loads(file.read_text(encoding="utf-8")).get("scope", {})
        found.update(scope.get("aois", []), scope.get("exclude", []))
    return sorted(found)


def context(chance, places, cumulative):
    count = chance.choice((2, 3)) if chance.random() < SEVERAL_PLACES else 1
    aois = list(dict.fromkeys(chance.choices(places, cum_weights=cumulative, k=count)))
    tier = chance.choice(TIERS)
    return {
        "user_id": f"u{chance.randrange(USERS)}",
        "aoi": aois,
        "amount": chance.randrange(1500, 16000),
        "delivery_fee": chance.choice((0, 300, 600)),
        "interface": chance.choice(INTERFACES),
        "attributes": {"city": chance.choice(("上海", "北京")), **({"tier": tier} if tier else {})},
    }


def contexts(policies_folder, count):
    chance = random.Random(SEED)
    places = codes(policies_folder)
    chance.shuffle(places)
    cumulative = list(itertools.accumulate(1 / rank for rank in range(1, len(places) + 1)))
    return [context(chance, places, cumulative) for _ in range(count)]
