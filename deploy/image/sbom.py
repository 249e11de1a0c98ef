"""What the image consists of, in CycloneDX: each package with version, licence and files."""

import hashlib
import json
import subprocess
import urllib.parse
from pathlib import Path

# Packages of which there is something in the image, and the licence of what is taken from them, as
# /usr/share/doc/PACKAGE/copyright has it. A new library needs a row, from who has read that.
LICENSES = {
    "base-files": "GPL-2.0-or-later",
    "ca-certificates": "MPL-2.0 AND GPL-2.0-or-later",
    "libboost1.81-dev": "BSL-1.0",
    "libc-ares2": "MIT",
    "libc6": "LGPL-2.1-or-later",
    "libfmt9": "MIT",
    "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libspdlog1.10": "MIT",
    "libssl3": "Apache-2.0",
    "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libyaml-cpp0.7": "MIT",
    "nlohmann-json3-dev": "MIT",
    "zlib1g": "Zlib",
}
# Nothing but headers: they are in the programs.
COMPILED_IN = ("libboost1.81-dev", "nlohmann-json3-dev")


def facts(package):
    """Version, architecture, and source package with its version."""
    form = "${Version}\t${Architecture}\t${source:Package}\t${source:Version}"
    run = subprocess.run(["dpkg-query", "--show", f"--showformat={form}", package],
                         check=True, text=True, stdout=subprocess.PIPE)
    return run.stdout.split("\t")


def file_component(root, path):
    content = (Path(root.folder) / path.lstrip("/")).read_bytes()
    return {"type": "file", "bom-ref": path, "name": path,
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}]}


def package_component(root, package):
    if package not in LICENSES:
        raise SystemExit(f"sbom.py: {package} is new in the image: read "
                         f"/usr/share/doc/{package}/copyright and add its licence to LICENSES")
    version, architecture, source, source_version = facts(package)
    quote = urllib.parse.quote
    purl = (f"pkg:deb/debian/{quote(package)}@{quote(version)}?arch={architecture}"
            "&distro=debian-12")
    component = {
        "type": "library", "bom-ref": purl, "name": package, "version": version, "purl": purl,
        "description": "headers, compiled into the programs" if package in COMPILED_IN
                       else "files of Debian's package",
        "licenses": [{"expression": LICENSES[package]}],
        "properties": [{"name": "debian:source", "value": f"{source} {source_version}"}],
        "components": [file_component(root, path) for path in sorted(root.files[package])],
    }
    return component


def document(version, programs, root):
    """The text of the document; the same for the same files. root: what assemble.py has made, with
    `folder` and `files`, the paths of each package."""
    packages = [package_component(root, package) for package in sorted(root.files)]
    own = {"type": "application", "bom-ref": "ringside", "name": "ringside", "version": version,
           "licenses": [{"license": {"id": "Apache-2.0"}}],
           "components": [file_component(root, f"/usr/bin/{name}") for name in programs]}
    return json.dumps({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": own},
        "components": packages,
        "dependencies": [{"ref": "ringside", "dependsOn": [each["bom-ref"] for each in packages]}],
    }, indent=1) + "\n"
