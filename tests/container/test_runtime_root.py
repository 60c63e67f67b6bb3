"""The root of the image holds the two programs and what they load, and the gateway runs in it as it would in a pod."""

import os
import re
import stat
import subprocess

import pytest

from collecting import collect
from gateway import BUILD
from name_server import NameServer
from pod import SECRETS, USER_ID, Pod, why_not
from redis_server import RedisServer, free_port
from releases import Publisher, number_in, numbered_set

CLUSTER = "promo.svc.cluster.local"
NAMES = {f"redis.{CLUSTER}": "127.0.0.1", f"promogate-admin.{CLUSTER}": "127.0.0.1"}
PROGRAMS = {"promogate", "promoctl"}
LIBRARY = re.compile(r"(ld-linux[\w-]*|lib[\w+.-]+)\.so(\.[0-9.]+)?")


def files(root):
    """Regular ones, by their path below the root."""
    return {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file() and not path.is_symlink()}


def libraries_that_ldd_names():
    listed = subprocess.run(["ldd", *[BUILD / program for program in sorted(PROGRAMS)]], check=True, text=True,
                            capture_output=True, timeout=60).stdout
    return {path.rsplit("/", 1)[1] for path in re.findall(r"(/\S+\.so\S*) \(", listed)}


# what is in it

def test_nothing_can_be_run_but_the_two_programs(runtime_root):
    found = files(runtime_root)
    assert {path for path in found if path.startswith("usr/bin/")} == {f"usr/bin/{name}" for name in PROGRAMS}
    for path, file in found.items():
        mode = file.stat().st_mode
        assert not mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWOTH), path
        is_program = file.read_bytes()[:4] == b"\x7fELF" and not LIBRARY.fullmatch(file.name)
        assert is_program == (path in {f"usr/bin/{name}" for name in PROGRAMS}), path
        assert not file.read_bytes()[:2] == b"#!", path
    assert {file.name for file in found.values()}.isdisjoint({"sh", "bash", "dash", "busybox", "apt", "dpkg", "perl"})


@pytest.mark.skipif("PROMOGATE_RUNTIME_ROOT" in os.environ, reason="the root given was built elsewhere")
def test_it_has_the_libraries_that_ldd_names_and_no_others(runtime_root):
    assert {file.name for file in files(runtime_root).values() if LIBRARY.fullmatch(file.name)} == \
        libraries_that_ldd_names()


def test_scanners_of_images_find_the_package_of_each_library_and_its_licence(runtime_root):
    notes = runtime_root / "var/lib/dpkg/status.d"
    names = {note.name for note in notes.iterdir()}
    assert {"libc6", "ca-certificates"} <= names and len(names) > 10
    for note in notes.iterdir():
        text = note.read_text()
        assert re.search(rf"^Package: {re.escape(note.name)}$", text, re.M) and re.search(r"^Version: \S+$", text, re.M)
        assert (runtime_root / "usr/share/doc" / note.name / "copyright").stat().st_size > 0


def test_it_has_authorities_for_tls_where_openssl_looks_for_them(runtime_root):
    assert (runtime_root / "etc/ssl/certs/ca-certificates.crt").read_text().count("BEGIN CERTIFICATE") > 50
    assert os.readlink(runtime_root / "usr/lib/ssl/cert.pem") == "/etc/ssl/certs/ca-certificates.crt"


def test_the_script_refuses_a_folder_that_is_not_empty_and_one_without_programs(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "file").touch()
    (tmp_path / "build").mkdir()
    for build, root, reason in ((BUILD, tmp_path / "root", "is not empty"), (tmp_path / "build", tmp_path / "other",
                                                                             "holds no promogate")):
        done = collect(build, root)
        assert done.returncode == 1 and reason in done.stderr
    assert list((tmp_path / "root").iterdir()) == [tmp_path / "root" / "file"]


# the gateway in it

@pytest.fixture(scope="module")
def names():
    with NameServer(NAMES) as running:
        yield running


@pytest.fixture(scope="module")
def pod(runtime_root, names):
    if why_not():
        pytest.skip(why_not())
    with RedisServer(password=SECRETS["redis-password"]) as redis:
        Publisher(redis.url(), redis).publish(numbered_set(7))
        with Pod(runtime_root, redis, names) as running:
            yield running


def admin(pod, path):
    return pod.admin(path, headers=[("Authorization", f"Bearer {SECRETS['admin-token']}")])


def test_every_probe_is_200_and_a_caller_gets_its_decision(pod):
    assert [pod.admin(path).status for path in ("/startupz", "/livez", "/readyz")] == [200, 200, 200]
    response = pod.get()
    assert response.status == 200 and number_in(response.json()) == 7


def test_it_found_redis_by_the_name_that_the_base_has_and_logged_in_with_the_secrets_password(pod, names):
    assert f"redis.{CLUSTER}" in names.asked
    source = admin(pod, "/admin/status").json()["source"]
    assert source["error"] in (None, "")


def test_it_runs_as_the_numeric_user_without_a_capability_in_a_root_that_nobody_can_write_to(pod):
    status = dict(line.split(":", 1) for line in pod.process_file("status").splitlines())
    assert {int(user) for user in status["Uid"].split()} == {USER_ID} == {int(group) for group in status["Gid"].split()}
    assert int(status["CapEff"], 16) == 0
    mounts = {line.split()[4]: line.split()[5].split(",") for line in pod.process_file("mountinfo").splitlines()}
    assert {place for place, options in mounts.items() if "rw" in options and place in
            ("/", "/etc/promogate", "/run/secrets/promogate", "/etc/resolv.conf", "/var/lib/promogate")} == \
        {"/var/lib/promogate"}


def test_what_is_in_force_is_kept_on_the_one_mount_that_can_be_written(pod):
    assert pod.wait_event("state_written")
    states = list(pod.state().glob("*.state"))
    assert states and all(file.stat().st_uid == USER_ID for file in states)


def test_the_admin_port_asks_for_the_secrets_token(pod):
    assert pod.admin("/admin/status").status == 401
    assert admin(pod, "/admin/status").status == 200


def test_a_config_map_that_kubelet_swaps_is_in_force_without_a_restart(pod):
    seen = len(pod.events)
    switched = pod.config_text.replace('{ name = "checkout"; degrade = "auto";', '{ name = "checkout"; degrade = "on";')
    assert switched != pod.config_text
    pod.swap_config(switched)
    pod.wait_event("config_active", since=seen)
    assert pod.get().json()["cause"] == "switch"
    seen = len(pod.events)
    pod.swap_config(pod.config_text)
    pod.wait_event("config_active", since=seen)


def test_promoctl_by_exec_orders_the_gateways_behind_the_name(pod, names):
    port = pod.admin_address[1]
    order = pod.execute("promoctl", "degrade", "on", "--interface", "cart", "--reason", "a test",
                        "--admin", f"http://promogate-admin:{port}")
    assert order.returncode == 0, order.stdout + order.stderr
    assert f"promogate-admin.{CLUSTER}" in names.asked
    assert pod.get(user_id="u1", aoi="A1", amount=1, interface="cart").json()["cause"] == "switch"


def test_redis_by_tls_with_an_authority_of_the_config_map(runtime_root, names, tmp_path):
    if not list(runtime_root.rglob("libhiredis_ssl*")):
        pytest.skip("hiredis before 1.0 has no TLS: the image on Debian 13 has")
    if why_not():
        pytest.skip(why_not())
    subprocess.run([*"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=redis".split(), "-addext",
                    "subjectAltName=DNS:redis", "-keyout", "key.pem", "-out", "cert.pem"], cwd=tmp_path, check=True,
                   capture_output=True, timeout=60)
    tls_port = free_port()
    server = RedisServer(f"tls-port {tls_port}", f"tls-cert-file {tmp_path}/cert.pem",
                         f"tls-key-file {tmp_path}/key.pem", "tls-auth-clients no", password=SECRETS["redis-password"])
    with server as redis:
        Publisher(redis.url(), redis).publish(numbered_set(8))
        to_tls = (f"redis://redis:{redis.port}", f"rediss://redis:{tls_port}")
        authority = ("redis = {", 'redis = { ca_file = "/etc/promogate/ca.pem";')
        files = {"ca.pem": (tmp_path / "cert.pem").read_bytes()}
        with Pod(runtime_root, redis, names, [to_tls, authority], files) as pod:
            assert number_in(pod.get().json()) == 8
        with Pod(runtime_root, redis, names, [to_tls], wait_ready=False) as pod:
            assert "not trusted" in pod.wait_event("source_unavailable")["reason"]


def test_sigterm_drains_it_and_it_ends_with_0(runtime_root, names):
    """Without Redis: it is started, live, not ready, and told why."""
    if why_not():
        pytest.skip(why_not())
    with RedisServer(password="another") as redis, Pod(runtime_root, redis, names, wait_ready=False) as pod:
        assert "WRONGPASS" in pod.wait_event("source_unavailable")["reason"]
        assert [pod.admin(path).status for path in ("/startupz", "/livez", "/readyz")] == [200, 200, 503]
        pod.terminate()
        pod.wait_exit()
