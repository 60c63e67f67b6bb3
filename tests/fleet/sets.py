"""The policy sets of the simulation: what is published, edited, and how its content is named."""

import hashlib
import pathlib
import shutil
import subprocess
import sys

DEMO = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "demo"
BASE_POLICIES = 30
BASE_AOIS = 300
NEW_AOI = "310115-9999"


def write_base(folder):
    """An ordinary day's set: 30 policies of 300 AOIs, 160 KB."""
    subprocess.run([sys.executable, str(DEMO / "generate.py"), "--policies", str(BASE_POLICIES), "--aois",
                    str(BASE_AOIS), "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)


def add_incident(folder):
    """The outage's 14 policies of about 300 AOIs, beside those that are there."""
    for file in sorted((DEMO / "policies").glob("aoi-*.json")):
        shutil.copy(file, folder)


def remove_incident(folder):
    for file in pathlib.Path(folder).glob("aoi-*.json"):
        file.unlink()


def edit_one_aoi(folder, number):
    """One code more in the middle of the list of policy `number` of the base."""
    file = sorted(pathlib.Path(folder).glob("gen-*.json"))[number]
    lines = file.read_text("utf-8").splitlines(keepends=True)
    codes = [at for at, line in enumerate(lines) if line.lstrip().startswith('"') and line.count('", "') > 2]
    middle = codes[len(codes) // 2]
    first = lines[middle].index('"')
    lines[middle] = f'{lines[middle][:first]}"{NEW_AOI}", {lines[middle][first:]}'
    file.write_text("".join(lines), "utf-8")


def _digest(data):
    return hashlib.blake2b(data, digest_size=16).digest()


def content_of(folder):
    """As the fleet names what a gateway holds (gateway.c): over names and bytes."""
    chain = bytes(16)
    for file in sorted(pathlib.Path(folder).glob("*.json"), key=lambda file: file.name.encode()):
        chain = _digest(chain + _digest(file.name.encode()) + _digest(file.read_bytes()))
    return chain.hex()
