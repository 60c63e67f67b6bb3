"""Makes the Debian package of the build folder, in any version."""

import subprocess

from gateway import BUILD

TOOLS = ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file")


def pack(version, folder):
    subprocess.run(["cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder, "-D", f"CPACK_PACKAGE_VERSION={version}"],
                   check=True, capture_output=True, cwd=BUILD)
    (package,) = folder.glob("*.deb")
    return package
