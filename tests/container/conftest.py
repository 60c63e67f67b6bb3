"""The support folder, and the root of the image: collected once a session from the build under test, or the one that
PROMOGATE_RUNTIME_ROOT names (build_run.py)."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from collecting import collect
from gateway import BUILD


@pytest.fixture(scope="session")
def runtime_root(tmp_path_factory):
    if os.environ.get("PROMOGATE_RUNTIME_ROOT"):
        return pathlib.Path(os.environ["PROMOGATE_RUNTIME_ROOT"])
    if os.environ.get("PROMOGATE_SANITIZE"):
        pytest.skip("a sanitizer's runtime is no part of an image")
    folder = tmp_path_factory.mktemp("root")
    done = collect(BUILD, folder)
    assert done.returncode == 0, done.stderr
    return folder
