#!/usr/bin/python3
"""Writes policy sets: the incident's 14 policies (the demo set), and larger ones of the same make.

  generate.py --incident --out policies --requests requests.jsonl     the committed demo set, byte for byte
  generate.py --policies 10000 --out /tmp/large                       10 000 policies x 300 AOIs, about 100 per AOI
  generate.py --policies 10000 --matching 6 --out /tmp/sparse         as many bytes, but 6 policies per AOI

A set is made of the TEMPLATES of incident.py (what the incident's operators wrote) and of AOI codes such as
310115-0001: a district's code and a running number. A policy of the incident chooses within the cities of its campaign;
any other chooses within a few districts, so that neighbours overlap. With --matching the codes are dealt out evenly
instead, so that every AOI is hit by nearly the same number of policies and two sets can be compared at equal work.
A policy for all users names about as many codes as the others: the places that it leaves out.

The same arguments give the same bytes with every Python 3: of the random module only random() is used, the one
function whose sequence Python promises to keep.
"""

import argparse
import collections
import copy
import json
import pathlib
import random
import sys

from incident import SETTINGS, TEMPLATES

CITIES = {  # city: (share of the universe in percent, codes of its districts)
    "上海": (32, "310101 310104 310105 310106 310107 310109 310110 310112 310113 310114 310115 310117".split()),
    "北京": (26, "110101 110102 110105 110106 110107 110108 110112 110113 110114 110115".split()),
    "广州": (14, "440103 440104 440105 440106 440111 440112 440113".split()),
    "深圳": (12, "440303 440304 440305 440306 440307".split()),
    "杭州": (9, "330102 330105 330106 330108 330109 330110".split()),
    "成都": (7, "510104 510105 510106 510107 510108".split()),
}
# With it 310115-0001, the code one types first, lies in both experiments of layer L1, is excluded by no policy, and has
# no lunch offer: the first answer that one sees is the same at any time of day.
INCIDENT_SEED = 20260217
INCIDENT_UNIVERSE = 3000
EXCLUDED_AOIS = 300
CODES_A_LINE = 8
LINE_COLUMNS = 110
POOL_PER_AOI = 1.6  # a policy chooses among this many times the codes it needs


def below(rng, bound):
    return int(rng.random() * bound)


def pick(rng, items):
    return items[below(rng, len(items))]


def choose(rng, items, count):
    """`count` of the items, each at most once, sorted: the head of a partial Fisher-Yates shuffle."""
    pool = list(items)
    for i in range(count):
        j = i + below(rng, len(pool) - i)
        pool[i], pool[j] = pool[j], pool[i]
    return sorted(pool[:count])


class Universe:
    """All AOI codes there are, by city and district."""

    def __init__(self, size):
        self.districts = []  # (city, [code, ...])
        left, percent_left = size, 100
        for city, (percent, names) in CITIES.items():
            of_city = left * percent // percent_left
            for i, name in enumerate(names):
                count = of_city * (i + 1) // len(names) - of_city * i // len(names)
                self.districts.append((city, [f"{name}-{number:04d}" for number in range(1, count + 1)]))
            left, percent_left = left - of_city, percent_left - percent
        self.codes = [code for _, codes in self.districts for code in codes]

    def codes_in(self, cities):
        return [code for city, codes in self.districts if city in cities for code in codes]

    def neighbourhood(self, rng, at_least):
        """Codes of whole districts side by side, at least so many: the place of one campaign."""
        start = below(rng, len(self.codes))
        first = 0
        while start >= len(self.districts[first][1]):
            start -= len(self.districts[first][1])
            first += 1
        pool = []
        for i in range(len(self.districts)):
            pool += self.districts[(first + i) % len(self.districts)][1]
            if len(pool) >= at_least:
                break
        return pool


def incident_policy(rng, universe, number, aoi_count):
    """A template as it stands; the lists of codes differ in length, "about 300"."""
    template = TEMPLATES[number - 1]
    count = (aoi_count if "cities" in template else EXCLUDED_AOIS) - 15 + below(rng, 31)
    if "cities" in template:
        scope = {"type": "aoi", "aois": choose(rng, universe.codes_in(template["cities"]), count)}
    else:
        scope = {"type": "all", "exclude": choose(rng, universe.codes_in(template["excludes"]), count)}
    return assemble(f"aoi-0212-{number:02d}", scope, template)


def assemble(policy_id, scope, template):
    policy = {"id": policy_id, "name": template["name"], "state": "active"}
    if "interfaces" in template:
        policy["interfaces"] = template["interfaces"]
    policy["scope"] = scope
    policy.update({k: v for k, v in template.items() if k not in ("cities", "excludes", "name", "interfaces")})
    return policy


def incident(aoi_count):
    rng = random.Random(INCIDENT_SEED)
    universe = Universe(INCIDENT_UNIVERSE)
    policies = [incident_policy(rng, universe, number, aoi_count) for number in range(1, len(TEMPLATES) + 1)]
    return universe, policies


def large_policy(rng, number, scope):
    """A template with salts and a priority of its own; every 14 policies share the layers, as the incident's do."""
    template = copy.deepcopy(pick(rng, TEMPLATES))
    template["name"] = f"{template['name']}·第{number:05d}期"
    template["priority"] += below(rng, 50)
    if "rollout" in template:
        template["rollout"]["salt"] += f"-{number}"
    if "experiment" in template:
        template["experiment"]["salt"] += f"-{number}"
        template["experiment"]["layer"]["salt"] += f"-{number // len(TEMPLATES)}"
    return assemble(f"gen-{number:06d}", scope, template)


def is_for_all(index, all_share_bp):
    """Spreads the policies for all users evenly over the set."""
    return (index + 1) * all_share_bp // 10000 > index * all_share_bp // 10000


def large(options, universe):
    """Yields the policies one by one: a large set need not fit in memory."""
    rng = random.Random(options.seed)
    deck = shuffled(rng, universe.codes) if options.matching else []
    dealt = 0
    for index in range(options.policies):
        if is_for_all(index, options.all_share):
            excluded = min(EXCLUDED_AOIS, len(universe.codes) // 10)
            scope = {"type": "all", "exclude": choose(rng, universe.codes, excluded)}
        elif options.matching:
            scope = {"type": "aoi", "aois": sorted(deck[(dealt + i) % len(deck)] for i in range(options.aois))}
            dealt += options.aois
        else:
            pool = universe.neighbourhood(rng, int(options.aois * POOL_PER_AOI))
            scope = {"type": "aoi", "aois": choose(rng, pool, options.aois)}
        yield large_policy(rng, index + 1, scope)


def shuffled(rng, items):
    deck = list(items)
    for i in range(len(deck) - 1, 0, -1):
        j = below(rng, i + 1)
        deck[i], deck[j] = deck[j], deck[i]
    return deck


def request_context(rng, number, places):
    """What a payment system would ask: one order of one user, now and then in two places at once."""
    amount = 2000 + 100 * below(rng, 60) + (below(rng, 9000) if rng.random() < 0.4 else 0)
    orders = 0 if rng.random() < 0.2 else 1 + below(rng, 60)
    attributes = {"city": pick(rng, ["上海", "上海", "北京"]), "order_count": orders, "new_user": orders == 0}
    if rng.random() < 0.6:
        attributes["tier"] = pick(rng, ["gold", "silver", "bronze", "platinum"])
    if orders > 0:
        attributes["idle_days"] = below(rng, 90)
        attributes["tags"] = pick(rng, [[], ["coffee"], ["vegan", "office"], ["staff"]])
    aois = choose(rng, places, pick(rng, [1, 1, 1, 1, 2, 3]))
    context = {
        "request_id": f"req-{number:04d}",
        "user_id": pick(rng, ["u{}", "u{}", "u{}", "用户{}"]).format(1000 + below(rng, 9000)),
        "aoi": aois[0] if len(aois) == 1 else aois,
        "amount": amount,
        "delivery_fee": pick(rng, [0, 300, 500, 600]),
        "interface": pick(rng, ["checkout", "checkout", "checkout", "cart", "browse"]),
        "attributes": attributes,
    }
    if rng.random() < 0.2:
        del context["request_id"]
    if rng.random() < 0.1:
        del context["attributes"]
    return context


def render(value, indent=0):
    """JSON that a person can read: on one line where that fits, codes several a line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or indent + len(line) <= LINE_COLUMNS:
        return line
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f'{json.dumps(key, ensure_ascii=False)}: {render(item, indent + 2)}' for key, item in value.items()]
        brackets = "{}"
    elif isinstance(value[0], str):
        quoted = line[1:-1].split(", ")
        parts = [", ".join(quoted[i : i + CODES_A_LINE]) for i in range(0, len(quoted), CODES_A_LINE)]
        brackets = "[]"
    else:
        parts = [render(item, indent + 2) for item in value]
        brackets = "[]"
    return f"{brackets[0]}\n{pad}" + f",\n{pad}".join(parts) + f"\n{' ' * indent}{brackets[1]}"


def write_set(out, policies):
    """Writes the set and returns its policies and the codes that they name, each counted by the scope's type."""
    out.mkdir(parents=True, exist_ok=True)
    policy_counts, code_counts = collections.Counter(), collections.Counter()
    (out / "settings.json").write_text(render(SETTINGS) + "\n", encoding="utf-8")
    for policy in policies:
        scope = policy["scope"]
        policy_counts[scope["type"]] += 1
        code_counts[scope["type"]] += len(scope["aois"] if scope["type"] == "aoi" else scope["exclude"])
        (out / f"{policy['id']}.json").write_text(render(policy) + "\n", encoding="utf-8")
    return policy_counts, code_counts


def write_requests(file, rng, places, count):
    lines = (json.dumps(request_context(rng, i + 1, places), ensure_ascii=False) for i in range(count))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def universe_size_for(options):
    """With --matching the universe is as large as makes each AOI policy's share of it come out right."""
    if not options.matching:
        return options.universe
    for_all = options.policies * options.all_share // 10000
    if options.matching <= for_all:
        sys.exit(f"generate.py: --matching {options.matching} needs fewer than the {for_all} policies for all users")
    size = round((options.policies - for_all) * options.aois / (options.matching - for_all))
    return max(options.aois, size)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="DIR", help="the policy set's folder")
    parser.add_argument("--incident", action="store_true", help="the demo set: the incident's 14 policies")
    parser.add_argument("--policies", type=int, default=10000, metavar="N", help="default 10000")
    parser.add_argument("--aois", type=int, default=300, metavar="N", help="codes in each AOI policy, default 300")
    parser.add_argument("--universe", type=int, default=30000, metavar="N", help="codes there are, default 30000")
    parser.add_argument("--all-share", type=int, default=0, metavar="BP", help="policies for all users, basis points")
    parser.add_argument("--matching", type=int, metavar="K", help="policies per AOI, dealt evenly; sets the universe")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
    parser.add_argument("--requests", type=pathlib.Path, metavar="FILE", help="also write contexts, one a line")
    parser.add_argument("--request-count", type=int, default=200, metavar="N", help="default 200")
    options = parser.parse_args()
    if min(options.policies, options.aois, options.universe, options.request_count) < 1:
        parser.error("counts are at least 1")
    if not 0 <= options.all_share <= 10000:
        parser.error("--all-share is 0 to 10000 basis points")
    if not options.incident and not options.matching and options.universe < options.aois:
        parser.error("--universe is smaller than --aois")
    return options


def main():
    options = parse_arguments()
    if options.incident:
        universe, policies = incident(options.aois)
        places = universe.codes_in(["上海", "北京"])
        seed = INCIDENT_SEED
    else:
        universe = Universe(universe_size_for(options))
        policies = large(options, universe)
        places = universe.codes
        seed = options.seed
    policy_counts, code_counts = write_set(options.out, policies)
    if options.requests:
        write_requests(options.requests, random.Random(seed + 1), places, options.request_count)
    per_aoi = (code_counts["aoi"] - code_counts["all"]) / len(universe.codes) + policy_counts["all"]
    print(
        f"{policy_counts.total()} policies in {options.out}, {len(universe.codes)} AOI codes: {policy_counts['aoi']} "
        f"policies name {code_counts['aoi']}, {policy_counts['all']} for all users exclude {code_counts['all']}; "
        f"{per_aoi:.1f} policies per AOI"
    )


if __name__ == "__main__":
    main()
