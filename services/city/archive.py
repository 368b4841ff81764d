"""A whole pack as one ZIP file, and back, under limits: what unpacks must not be more than a pack can be."""

import io
import zipfile
from collections.abc import Mapping

from services.city.files import LARGEST_FILE
from services.city.pack import NEEDED_FILES, OPTIONAL_FILES

KNOWN_FILES = frozenset((*NEEDED_FILES, *OPTIONAL_FILES))
UNPACKED_MAX = 3 * LARGEST_FILE
"""Bytes of all files together."""
ENTRIES_MAX = 1_000
STAMP = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: the same pack is the same archive."""


class BadArchive(ValueError):
    """The archive cannot be used; the text says why."""


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """Return the files as a ZIP archive."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return body.getvalue()


def read_archive(body: bytes) -> dict[str, bytes]:
    """Return those files of an archive that belong to a pack; they may all lie in one folder.

    :raises BadArchive: if it is no ZIP, holds no pack, or unpacks to more than a pack may have.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadArchive(f"not readable as ZIP: {error}") from None


def _read(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > ENTRIES_MAX:
        raise BadArchive(f"more than {ENTRIES_MAX} files")
    folder = _find_folder([entry.filename for entry in entries])
    wanted = [entry for entry in entries if entry.filename.removeprefix(folder) in KNOWN_FILES]
    if sum(entry.file_size for entry in wanted) > UNPACKED_MAX:
        raise BadArchive(f"unpacks to more than {UNPACKED_MAX} bytes")
    files: dict[str, bytes] = {}
    for entry in wanted:
        # A header may lie about the size: no more than it announced is unpacked.
        with archive.open(entry) as content:
            files[entry.filename.removeprefix(folder)] = content.read(entry.file_size)
    return files


def _find_folder(names: list[str]) -> str:
    """Return the folder, with its slash, that holds `city.toml`.

    :raises BadArchive: if none does.
    """
    found = min((name for name in names if name.rpartition("/")[2] == "city.toml"), key=len, default=None)
    if found is None:
        raise BadArchive("holds no city.toml")
    return found.removesuffix("city.toml")
