"""The decision log: each decision as it was made, in a file that has an end."""

import json
import os
import pathlib
import stat

import prometheus
import pytest
from gateway import Gateway, get_request
from policies import context
from wire import wait_until


def lines(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]


def wait_lines(path, count):
    wait_until(lambda: path.exists() and len(lines(path)) >= count, 10, what=f"{count} decisions in the file")
    return lines(path)


def counted(gateway, result):
    families = prometheus.parse(gateway.admin("/metrics").body.decode())
    return families["promogate_decision_log_lines_total"].total(result=result)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.jsonl"


def keeping(path, **settings):
    return Gateway(workers=1, decision_log={"file": str(path), **settings})


def test_a_line_is_the_context_as_understood_and_the_answer_byte_for_byte(path):
    with keeping(path) as gateway:
        answer = gateway.post(context(attributes={"tier": "gold", "n": 3, "l": ["a"]}, request_id="r")).body.decode()
        (line,) = wait_lines(path, 1)
        assert line["context"] == {**context(attributes={"tier": "gold", "n": 3, "l": ["a"]}, request_id="r"),
                                   "delivery_fee": 0, "interface": "checkout"}
        assert path.read_text().endswith(f',"decision":{answer}}}\n')
        assert list(line) == ["ts", "context", "decision"]


def test_get_batch_and_fallback_are_kept_alike(path):
    with keeping(path) as gateway:
        answers = [gateway.get(user_id="u1", aoi="A1", amount=5, tier="gold").json(),
                   gateway.get(user_id="u1", aoi="A1", amount=5, interface="switched").json()]
        batch = gateway.batch({"requests": [context(), {"user_id": "u"}, context(user_id="u3")]}).json()["results"]
        answers += [batch[0], batch[2]]
        kept = [line["decision"] for line in wait_lines(path, 4)]
        assert kept == answers
        assert lines(path)[0]["context"]["attributes"] == {"tier": "gold"}
        assert lines(path)[1]["decision"]["degraded"]


def test_refusals_are_no_decisions(path):
    with keeping(path) as gateway:
        gateway.get(user_id="u1", aoi="A1", amount=-5)
        gateway.get(user_id="u1", aoi="A1", amount=5)
        assert len(wait_lines(path, 1)) == 1


def test_the_file_is_its_owners_alone(path):
    with keeping(path) as gateway:
        gateway.get(user_id="u1", aoi="A1", amount=5)
        wait_lines(path, 1)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_share_can_be_kept_and_changed_while_it_runs(path):
    with keeping(path, sample_bp=1000) as gateway, gateway.connect() as connection:
        for _ in range(50):
            connection.ask(get_request())
        wait_lines(path, 5)
        gateway.reload(decision_log={"sample_bp": 0})
        for _ in range(50):
            connection.ask(get_request())
        assert len(lines(path)) == 5


def test_a_full_file_gives_way_and_no_decision_is_lost(path):
    with keeping(path, file_max_bytes=65536, old_files_max=20) as gateway, gateway.connect() as connection:
        for number in range(400):
            connection.ask(get_request(user_id=f"u{number}", aoi="310115-0001", amount=6200))
        wait_until(lambda: counted(gateway, "written") == 400, 10, what="all written")
    files = sorted(path.parent.glob("decisions.jsonl*"))
    assert len(files) > 1 and all(file.stat().st_size <= 65536 for file in files)
    users = {line["context"]["user_id"] for file in files for line in lines(file)}
    assert users == {f"u{number}" for number in range(400)}


def test_a_folder_that_is_missing_costs_lines_and_no_answer_and_its_coming_is_enough(tmp_path):
    path = tmp_path / "later" / "decisions.jsonl"
    with keeping(path) as gateway:
        assert gateway.get(user_id="u1", aoi="A1", amount=5).status == 200
        assert gateway.wait_event("decision_log_failed")["file"] == "decisions.jsonl"
        wait_until(lambda: counted(gateway, "dropped") == 1, 10, what="a dropped line")
        path.parent.mkdir()
        gateway.get(user_id="u2", aoi="A1", amount=5)
        gateway.wait_event("decision_log_back")
        assert [line["context"]["user_id"] for line in lines(path)] == ["u2"]


def test_decisions_made_before_the_end_are_in_the_file(path):
    with keeping(path) as gateway:
        for number in range(30):
            gateway.get(user_id=f"u{number}", aoi="A1", amount=1)
    assert len(lines(path)) == 30


def test_a_relative_path_is_beside_the_configuration():
    with Gateway(workers=1, decision_log={"file": "kept.jsonl"}) as gateway:
        gateway.get(user_id="u1", aoi="A1", amount=5)
        wait_lines(pathlib.Path(gateway.folder) / "kept.jsonl", 1)


def test_without_a_file_nothing_is_kept(gateway):
    gateway.get()
    assert counted(gateway, "written") == counted(gateway, "dropped") == 0
    assert "kept" not in str(os.listdir(gateway.folder))
