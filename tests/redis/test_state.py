"""A gateway starts from what it had: without Redis, from damaged files, on a full disk, after kill -9 at any moment."""

import os
import pathlib
import shutil
import subprocess
import time

import pytest

import kill_run
from redis_gateway import RedisGateway
from redis_server import RedisServer
from releases import Publisher, number_in, numbered_set
from wire import wait_until

READY_S = 5.0
KILLS = int(os.environ.get("PROMOGATE_TEST_KILLS", "40"))
GENERATIONS = ("promogate-a.state", "promogate-b.state")


class Home:
    """A state_dir, the Redis that fills it, and which numbered set each release is."""

    def __init__(self, redis, folder):
        self.redis, self.folder = redis, folder
        self.publisher, self.sets = Publisher(redis.url(), redis), {}

    def publish(self, number):
        release = self.publisher.publish(numbered_set(number, fillers=40))
        self.sets[release] = number
        return release

    def gateway(self, **options):
        return RedisGateway(self.redis.url(), state_dir=str(self.folder), **options)

    def files(self):
        """The generations, the newest last."""
        found = [self.folder / name for name in GENERATIONS if (self.folder / name).exists()]
        return sorted(found, key=lambda file: int.from_bytes(file.read_bytes()[16:24], "little"))

    def fill(self):
        """Two generations; Redis is away afterwards. The releases, older first."""
        releases = [self.publish(1)]
        with self.gateway() as gateway:
            gateway.wait_event("state_written")
            releases.append(self.publish(2))
            wait_until(lambda: gateway.metric("promogate_state_writes_total") == 2, what="both are written")
        self.redis.save()
        self.redis.kill()
        return releases


@pytest.fixture
def home(redis, tmp_path):
    return Home(redis, tmp_path / "state")


def origin(gateway):
    return gateway.wait_event("snapshot_active")["origin"]


def skipped(gateway):
    return [event["reason"] for event in gateway.events if event["event"] == "state_skipped"]


# whole files

def test_a_gateway_is_ready_and_right_without_redis(home):
    _, newest = home.fill()
    with home.gateway() as gateway:
        assert origin(gateway) == "state"
        assert (gateway.decide()["release"], number_in(gateway.decide())) == (newest, 2)
        gateway.wait_event("source_unavailable")
        assert gateway.is_ready() and skipped(gateway) == []


def test_it_goes_on_with_redis_when_that_is_back(home):
    home.fill()
    with home.gateway() as gateway:
        gateway.wait_event("source_unavailable")
        home.redis.start()
        gateway.wait_release(home.publish(3))
        assert number_in(gateway.decide()) == 3


def test_when_redis_still_says_the_same_nothing_is_fetched(home):
    home.fill()
    home.redis.start()
    with home.gateway() as gateway:
        gateway.polls_on(3)
        assert gateway.metric("promogate_source_pieces_total", origin="fetched") == 0
        assert [event["origin"] for event in gateway.events if event["event"] == "snapshot_active"] == ["state"]


def test_an_edit_after_the_start_fetches_only_what_changed(home):
    home.fill()
    home.redis.start()
    with home.gateway() as gateway:
        gateway.wait_release(home.publish(3))
        assert 0 < gateway.metric("promogate_source_pieces_total", origin="fetched") <= 4


def test_a_redis_with_older_data_does_not_take_the_state_away(home):
    home.publish(1)
    home.redis.save()
    with home.gateway() as gateway:
        newest = home.publish(2)
        gateway.wait_release(newest)
        wait_until(lambda: gateway.metric("promogate_state_writes_total") == 2, what="both are written")
    home.redis.kill()
    home.redis.start()
    with home.gateway() as gateway:
        assert "is older than" in gateway.wait_reason("is older than")["reason"]
        assert (gateway.decide()["release"], number_in(gateway.decide())) == (newest, 2)


def test_the_folder_is_created_and_is_nobody_elses(home):
    home.publish(1)
    with home.gateway() as gateway:
        gateway.wait_event("state_written")
        assert home.folder.stat().st_mode & 0o777 == 0o700
        assert home.files()[0].stat().st_mode & 0o077 == 0
        assert set(os.listdir(home.folder)) == {home.files()[0].name, "promogate.lock", "promogate.trial"}


def test_a_directory_has_its_last_known_good_too(tmp_path):
    with RedisGateway("file:policies", state_dir=str(tmp_path / "state")) as gateway:
        gateway.wait_event("state_written")
        before = gateway.decide()
    with RedisGateway("file:policies", policies={"bad.json": {}}, state_dir=str(tmp_path / "state")) as gateway:
        after = gateway.decide()
        assert (after["release"], after["offers"]) == (before["release"], before["offers"])
        gateway.wait_event("snapshot_refused")
        assert gateway.is_ready()


def test_a_second_gateway_on_the_same_folder_serves_without_it(home):
    release = home.publish(1)
    with home.gateway() as first, home.gateway() as second:
        first.wait_event("state_written")
        assert "is locked" in second.wait_event("state_skipped")["reason"]
        assert second.decide()["release"] == release


# damaged files

def damage(file, at=None, to=None, length=None, tail=b""):
    data = bytearray(file.read_bytes())
    if at is not None:
        at = int(at * (len(data) - 1)) if isinstance(at, float) else at
        data[at] = data[at] ^ 0x10 if to is None else to
    file.write_bytes(bytes(data[:length if not isinstance(length, float) else int(length * len(data))]) + tail)


DAMAGES = {
    "of zero length": {"length": 0},
    "of one byte": {"length": 1},
    "cut within its head": {"length": 100},
    "cut after its head": {"length": 5000},
    "cut in half": {"length": 0.5},
    "a byte short": {"length": -1},
    "a byte longer": {"tail": b"x"},
    "twice as long": {"tail": bytes(100000)},
    "of another magic": {"at": 0, "to": 0},
    "of another format": {"at": 8, "to": 77},
    "of another byte order": {"at": 12},
    "with a flipped bit in its sequence": {"at": 20},
    "with a flipped bit in its release": {"at": 32},
    "with a flipped bit in its image's length": {"at": 40},
    "with a flipped bit in its origin": {"at": 700},
    **{f"with a flipped bit at {share:.0%}": {"at": share} for share in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)},
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_newest_file(home, damages_home, how):
    """It is skipped with a reason, in whole or in part, and the start is right all the same."""
    folder, sets, url = damages_home
    own = home.folder
    shutil.copytree(folder, own)
    newest = home.files()[-1]
    damage(newest, **DAMAGES[how])
    with RedisGateway(url, state_dir=str(own)) as gateway:
        assert origin(gateway) == "state"
        decision = gateway.decide()
        assert number_in(decision) == sets[decision["release"]]
        assert any(newest.name in reason for reason in skipped(gateway)), skipped(gateway)
        assert gateway.metric("promogate_state_skipped_total") == len(skipped(gateway))


@pytest.fixture(scope="module")
def damages_home(tmp_path_factory):
    """(state_dir, sets, URL of a Redis that is gone), filled once for all damages."""
    with RedisServer() as redis:
        filled = Home(redis, tmp_path_factory.mktemp("filled") / "state")
        filled.fill()
        yield filled.folder, filled.sets, redis.url()


@pytest.mark.parametrize("how", ["of zero length", "of another format", "with a flipped bit in its release"])
def test_when_no_file_is_whole_it_starts_without_and_replaces_them(home, how):
    home.fill()
    for file in home.files():
        damage(file, **DAMAGES[how])
    with home.gateway(wait_ready=False) as gateway:
        gateway.wait_event("source_unavailable")
        assert len(skipped(gateway)) == 2 and not gateway.is_ready()
        home.redis.start()
        gateway.wait_ready()
        gateway.wait_event("state_written")
    home.redis.save()
    home.redis.kill()
    with home.gateway() as gateway:
        assert origin(gateway) == "state" and number_in(gateway.decide()) == 2


def test_files_of_another_namespace_are_foreign(home):
    home.fill()
    with RedisGateway(home.redis.url("other"), state_dir=str(home.folder), wait_ready=False) as gateway:
        gateway.wait_event("source_unavailable")
        assert len(skipped(gateway)) == 2 and all("is foreign" in reason for reason in skipped(gateway))
        assert not gateway.is_ready()


def test_a_pipe_a_folder_or_a_link_in_a_files_place_holds_nobody_up(home, tmp_path):
    home.fill()
    first, second = (home.folder / name for name in GENERATIONS)
    for replace in (os.mkfifo, pathlib.Path.mkdir, lambda at: at.symlink_to("/dev/zero"),
                    lambda at: at.symlink_to(tmp_path / "nowhere")):
        for at in (first, second):
            shutil.rmtree(at) if at.is_dir() and not at.is_symlink() else at.unlink(missing_ok=True)
            replace(at)
        with home.gateway(wait_ready=False) as gateway:
            gateway.wait_event("source_unavailable")
            assert skipped(gateway) != [] and not gateway.is_ready()


# folders that cannot be written to

def serves_unaffected(home, gateway):
    """A publish becomes active though it cannot be kept; the log and the metric say so."""
    release = home.publish(5)
    gateway.wait_release(release)
    failed = gateway.wait_event("state_write_failed")
    assert failed["release"] and failed["reason"]
    assert gateway.metric("promogate_state_write_failures_total") >= 1
    assert gateway.decide()["release"] == release and gateway.is_ready()
    return failed["reason"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk(redis, small_disk):
    home = Home(redis, small_disk / "state")
    home.publish(1)
    with home.gateway() as gateway:
        gateway.wait_event("state_written")
        filler = small_disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        assert "No space left" in serves_unaffected(home, gateway)
        assert len(home.files()) == 1 and set(os.listdir(home.folder)) <= {*GENERATIONS, "promogate.lock", "promogate.trial"}
        filler.unlink()
        written = gateway.metric("promogate_state_writes_total")
        home.publish(6)
        wait_until(lambda: gateway.metric("promogate_state_writes_total") > written, what="it writes again")


def test_a_read_only_disk_can_still_be_started_from(redis, small_disk):
    home = Home(redis, small_disk / "state")
    home.publish(1)
    with home.gateway() as gateway:
        gateway.wait_event("state_written")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with home.gateway() as gateway:
        assert origin(gateway) == "state" and skipped(gateway) == []
        assert "Read-only" in serves_unaffected(home, gateway)


def test_a_folder_that_is_removed_while_it_runs(home):
    home.publish(1)
    with home.gateway() as gateway:
        gateway.wait_event("state_written")
        shutil.rmtree(home.folder)
        serves_unaffected(home, gateway)


@pytest.mark.parametrize("path", ["missing/missing/state", "file/state", "file"])
def test_a_folder_that_cannot_be_is_told_and_does_without(home, tmp_path, path):
    (tmp_path / "file").write_text("no folder")
    home.folder = tmp_path / path
    release = home.publish(1)
    with home.gateway() as gateway:
        assert str(home.folder) in gateway.wait_event("state_skipped")["reason"]
        assert gateway.decide()["release"] == release


# kills

def test_kill_9_at_random_moments_always_leaves_a_release_to_start_from(tmp_path):
    """The full run is tests/redis/kill_run.py --kills 1000."""
    run = kill_run.run(KILLS, tmp_path / "state", time.time_ns())
    print(run)
    assert run.problems == []
    assert run.starts_from_state >= KILLS // 2
