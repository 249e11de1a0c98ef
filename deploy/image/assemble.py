#!/usr/bin/env python3
"""The third stage of the image: its root file system, from compiled programs and this Debian.

    deploy/image/assemble.py PROGRAMS ROOT

PROGRAMS is the folder with the programs, ROOT is made. Into it go the programs, the libraries
that the loader finds for them, certificate authorities, names of users, the licences of all that,
and a list of it (sbom.py). Whatever is not named here is not in the image.
"""

import gzip
import re
import shutil
import subprocess
import sys
from pathlib import Path

import sbom

# Copied as they are: certificate authorities, and for scanners which Debian this is.
DATA = ("/etc/ssl/certs/ca-certificates.crt", "/etc/os-release")
# Where OpenSSL looks for them.
LINKS = {"/usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt"}

# Any user will do (OpenShift has its own); the names are for who lists processes.
TEXTS = {
    "/etc/passwd": "root:x:0:0:root:/:/\nringside:x:65532:65532:ringside:/:/\n",
    "/etc/group": "root:x:0:\nringside:x:65532:\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
}
FOLDERS = ("/etc/ringside", "/run/ringside", "/var/lib/ringside")

# Where scanners look for packages in images without dpkg, a file for each; distroless began it.
PACKAGES = "/var/lib/dpkg/status.d"
# Boost names two thousand authors.
COPYRIGHT_BYTES_MAX = 100_000
COMMON_LICENSE = re.compile(r"/usr/share/common-licenses/([\w.+-]*\w)")


def output(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def libraries(programs):
    """What the loader finds for the programs, itself among it: absolute paths."""
    told = output("ldd", *programs)
    if "not found" in told:
        sys.exit(f"assemble.py: a library is missing here:\n{told}")
    return sorted(set(re.findall(r"(/\S+) \(0x", told)))


def owner(path):
    """The package that has brought a file. dpkg may know it under /lib, which now is /usr/lib."""
    names = (path, path.removeprefix("/usr"), f"/usr{path}", str(Path(path).resolve()))
    for name in names:
        run = subprocess.run(["dpkg-query", "--search", name], text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if run.returncode == 0:
            return run.stdout.split(":")[0]
    # Written when the package was installed.
    if path == "/etc/ssl/certs/ca-certificates.crt":
        return "ca-certificates"
    sys.exit(f"assemble.py: no package has {path}")


class Root:
    """The file system that is made, and which of its files are whose."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.files = {}  # package -> paths

    def place(self, path):
        place = self.folder / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def copy(self, path, package, mode=0o644):
        """The file at this path of Debian, where links lead to, under this path in the image."""
        place = self.place(path)
        shutil.copyfile(path, place)
        place.chmod(mode)
        self.files.setdefault(package, []).append(path)

    def write(self, path, text):
        self.place(path).write_text(text, encoding="utf-8")

    def add_licenses(self, package):
        """What the package says of its licences, and the texts that it refers to."""
        path = Path(f"/usr/share/doc/{package}/copyright")
        text = path.read_text(encoding="utf-8")
        if len(text) <= COPYRIGHT_BYTES_MAX:
            self.copy(str(path), package)
        else:
            self.place(f"{path}.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
            self.files.setdefault(package, []).append(f"{path}.gz")
        for name in set(COMMON_LICENSE.findall(text)):
            if not self.place(f"/usr/share/common-licenses/{name}").exists():
                self.copy(f"/usr/share/common-licenses/{name}", "base-files")


def assemble(programs, folder):
    root = Root(folder)
    names = sorted(path.name for path in programs.iterdir())
    for name in names:
        shutil.copyfile(programs / name, root.place(f"/usr/bin/{name}"))
        root.place(f"/usr/bin/{name}").chmod(0o755)
    for path in libraries([programs / name for name in names]):
        root.copy(path, owner(path), 0o755 if "/ld-" in path else 0o644)
    for path in DATA:
        root.copy(path, owner(path))
    for path, target in LINKS.items():
        root.place(path).symlink_to(target)
    for path, text in TEXTS.items():
        root.write(path, text)
    for path in FOLDERS:
        root.place(path).mkdir()

    shutil.copyfile("LICENSE", root.place("/usr/share/doc/ringside/LICENSE"))
    carried = sorted({*root.files, "base-files"})
    for package in (*carried, *sbom.COMPILED_IN):
        root.add_licenses(package)
    for package in carried:
        root.write(f"{PACKAGES}/{package}", output("dpkg-query", "--status", package))
    version = output(programs / "ringside", "--version").split()[-1]
    root.write("/usr/share/doc/ringside/sbom.cdx.json", sbom.document(version, names, root))

    for path in (root.folder, *root.folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    assemble(Path(sys.argv[1]), Path(sys.argv[2]))
