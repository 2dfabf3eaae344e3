"""Builds the wheel and the source archive of this folder as PEP 517 wants, with the standard library only, so that
`pip install --no-index --no-build-isolation .` works where there is no network and no setuptools.

A libcentime.so that lies in centime/ becomes part of the wheel, which then is one of this machine's kind only."""

import base64
import hashlib
import re
import sysconfig
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PACKAGE = "centime"


def project():
    """Name, version, description and the oldest Python, as pyproject.toml has them."""
    text = (HERE / "pyproject.toml").read_text()
    wanted = ("name", "version", "description", "requires-python")
    return {key: re.search(rf'^{key} = "(.*)"$', text, flags=re.M).group(1) for key in wanted}


def package_files():
    """Files of the package, by their path in a wheel."""
    paths = sorted(path for path in (HERE / PACKAGE).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(HERE).as_posix(): path for path in paths if path.suffix != ".pyc"}


def tag():
    has_library = any(Path(name).name.startswith("libcentime.") for name in package_files())
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform()) if has_library else "any"
    return f"py3-none-{platform}"


def metadata():
    about = project()
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {about['name']}",
        f"Version: {about['version']}",
        f"Summary: {about['description']}",
        "License: Apache-2.0",
        f"Requires-Python: {about['requires-python']}",
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + (HERE / "README.md").read_text()


def digest(content):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def write_wheel(path, contents, folder):
    """contents: bytes by name; RECORD, which lists them, is added."""
    record = "".join(f"{name},{digest(content)},{len(content)}\n" for name, content in contents.items())
    contents = {**contents, f"{folder}/RECORD": f"{record}{folder}/RECORD,,\n".encode()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same sources give the same bytes
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    about = project()
    stem = f"{about['name']}-{about['version']}"
    folder = f"{stem}.dist-info"
    contents = {name: path.read_bytes() for name, path in package_files().items()}
    contents[f"{folder}/METADATA"] = metadata().encode()
    contents[f"{folder}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: centime_build\nRoot-Is-Purelib: {str('any' in tag()).lower()}\nTag: {tag()}\n"
    ).encode()
    name = f"{stem}-{tag()}.whl"
    write_wheel(Path(wheel_directory, name), contents, folder)
    return name


def build_sdist(sdist_directory, config_settings=None):
    about = project()
    stem = f"{about['name']}-{about['version']}"
    files = [*package_files().values(), *(HERE / name for name in ("pyproject.toml", "README.md", "build_backend/centime_build.py"))]
    with tarfile.open(Path(sdist_directory, f"{stem}.tar.gz"), "w:gz") as archive:
        for path in files:
            archive.add(path, f"{stem}/{path.relative_to(HERE).as_posix()}")
    return f"{stem}.tar.gz"
