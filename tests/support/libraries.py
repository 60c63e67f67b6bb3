"""Which versions of the libraries the tree is built against: a test may have to know what a newer one does by itself."""

import subprocess


def version(package):
    """As pkg-config has it: (1, 0, 1); () when it knows no such package."""
    done = subprocess.run(["pkg-config", "--modversion", package], capture_output=True, text=True)
    return tuple(map(int, done.stdout.strip().split("."))) if done.returncode == 0 else ()
