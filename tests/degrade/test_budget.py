"""X-Budget-Ms: who has no time to wait gets his fallback at once."""

import pytest

from gateway import Gateway, get_request, post_request
from operators import order
from policies import context

JSON = ("Content-Type", "application/json")
LARGEST = 600000
BAD = ["", "-1", "+1", "1.5", "1e3", "0x10", "ten", "50 ms", "5 0", "600001", "99999999999999999999", "１０", "1,2", "null"]


@pytest.fixture(scope="module")
def gateway():
    with Gateway() as running:
        yield running


def budget(text):
    return "X-Budget-Ms", text


def both(gateway, *headers):
    """The answers to a GET and a POST."""
    return [gateway.ask(get_request(headers)), gateway.post(context(), [JSON, *headers])]


@pytest.mark.parametrize("text", ["0", "000"])
def test_no_time_at_all_is_a_fallback(gateway, text):
    for answer in both(gateway, budget(text)):
        decision = answer.json()
        assert answer.status == 200 and (decision["degraded"], decision["cause"]) == (True, "budget")
        assert answer.header("X-Promo-Degraded") == "budget"
        assert [offer["coupon"] for offer in decision["offers"]] == ["C-SAFE", "C-MORE"]


@pytest.mark.parametrize("text", ["5000", str(LARGEST), "0000600000"])
def test_enough_time_is_evaluated(gateway, text):
    for answer in both(gateway, budget(text)):
        assert answer.status == 200 and answer.json()["degraded"] is False
        assert answer.header("X-Promo-Degraded") is None


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_number_of_milliseconds_is_refused(gateway, text):
    try:
        header = budget(text)
        text.encode("latin-1")
    except UnicodeEncodeError:
        header = budget(text.encode().decode("latin-1"))
    for answer in both(gateway, header):
        assert answer.status == 400 and answer.json()["status"] == 400, answer


def test_two_budgets_are_refused_equal_or_not(gateway):
    for second in ("50", "60"):
        for answer in both(gateway, budget("50"), ("x-budget-ms", second)):
            assert answer.status == 400, answer


def test_the_name_is_of_any_case(gateway):
    assert gateway.ask(get_request([("x-BUDGET-ms", "0")])).json()["cause"] == "budget"


def test_a_bad_context_is_refused_whatever_its_budget(gateway):
    assert gateway.post(context(user_id=None), [JSON, budget("0")]).status == 400


def test_a_switch_says_so_whatever_the_budget(gateway):
    for text in ("0", "5000"):
        assert gateway.post(context(interface="switched"), [JSON, budget(text)]).json()["cause"] == "switch"


def test_never_is_no_way_around_a_budget():
    with Gateway() as gateway:
        order(gateway, "checkout", "never", ttl_s=60)
        assert gateway.post(context(), [JSON, budget("0")]).json()["cause"] == "budget"


def batch(gateway, text, count=3):
    data = post_request({"requests": [context()] * count}, [JSON, budget(text)], "/v1/evaluate/batch")
    return gateway.ask(data)


def test_a_batch_has_one_budget_for_all(gateway):
    assert {result["cause"] for result in batch(gateway, "0").json()["results"]} == {"budget"}
    assert {result["degraded"] for result in batch(gateway, "5000").json()["results"]} == {False}
    for text in ("-1", "x"):
        assert batch(gateway, text).status == 400


def test_a_connection_forgets_the_budget_with_its_request(gateway):
    with gateway.connect() as connection:
        assert connection.ask(get_request([budget("0")])).json()["degraded"] is True
        assert connection.ask(get_request()).json()["degraded"] is False
