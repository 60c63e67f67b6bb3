"""Makes a failing case smaller, greedily: fewer policies, fewer members of each, a smaller context."""

import json

ATTEMPTS_MAX = 600  # runs of the program under test


def plain_files(policies, settings):
    files = {f"{number}.json": policy for number, policy in enumerate(policies)}
    files["settings.json"] = settings
    return {name: json.dumps(document, ensure_ascii=False, indent=1).encode() for name, document in files.items()}


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


def smaller_cases(policies, settings, context):
    """Every case that is one removal away."""
    for i in range(len(policies) if len(policies) > 1 else 0):
        yield policies[:i] + policies[i + 1:], settings, context
    for i, policy in enumerate(policies):
        for name in policy.keys() - {"id", "scope", "offer", "experiment"}:
            yield policies[:i] + [without(policy, name)] + policies[i + 1:], settings, context
        for name in ("conditions", "interfaces"):
            for k in range(len(policy.get(name, []))):
                shorter = {**policy, name: policy[name][:k] + policy[name][k + 1:]}
                yield policies[:i] + [shorter] + policies[i + 1:], settings, context
    for name in settings:
        yield policies, without(settings, name), context
    for name in context.keys() - {"user_id", "aoi", "amount"}:
        yield policies, settings, without(context, name)
    for name in context.get("attributes", {}):
        yield policies, settings, {**context, "attributes": without(context["attributes"], name)}


def smallest(policies, settings, context, disagreement):
    """What `disagreement(policies, settings, context)` says of the smallest case found, or None if it says None of this one.

    A removal that makes a document invalid is no danger: the case is then refused, which is another kind of answer.
    """
    case, found, attempts = (policies, settings, context), disagreement(policies, settings, context), 0
    progress = found is not None
    while progress and attempts < ATTEMPTS_MAX:
        progress = False
        for candidate in smaller_cases(*case):
            attempts += 1
            answer = disagreement(*candidate)
            if answer is not None:
                case, found, progress = candidate, answer, True
                break
    return found
