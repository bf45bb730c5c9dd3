"""What the volumes of a class were printed from: kept beside them, to tell later what changed.

`09a_q1.printed.csv.gz` holds the journal's content of one class and period
(`docgen/journal/content.py`); the SHA-256 of the text within is `content` of the volumes' cards.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from docgen.core.files import write_atomic
from docgen.journal.content import digest
from docgen.pipeline.volume_cards import read_cards
from docgen.pipeline.workspace import Workspace, class_slug

_MODE = 0o600
"""Names and marks of pupils: for the owner of the folder only, as the journal itself."""


def printed_digest(workspace: Workspace, year: str, period_code: str, class_id: str) -> str:
    """Digest of the journal's content the class's volumes of a period were printed from (BD-02).

    Hexadecimal, as `Journal.digest`; "" when nothing was printed, or by a version that kept none.
    """
    cards = read_cards(workspace.volumes(year, period_code), class_id)
    return cards[0].content if cards else ""


def keep_printed(folder: Path, class_id: str, period_code: str, content: bytes) -> None:
    """Keep the content a class's volumes are printed from; the same content gives the same file."""
    packed = gzip.compress(content, compresslevel=3, mtime=0)
    write_atomic(_printed_path(folder, class_id, period_code), packed, mode=_MODE)


def read_printed(folder: Path, class_id: str, period_code: str, expected: str) -> bytes | None:
    """Read the content that was printed; None when it is not there or has not this digest."""
    try:
        content = gzip.decompress(_printed_path(folder, class_id, period_code).read_bytes())
    except (OSError, EOFError, zlib.error):
        return None
    return content if digest(content) == expected else None


def _printed_path(folder: Path, class_id: str, period_code: str) -> Path:
    return folder / f"{class_slug(class_id)}_{period_code.lower()}.printed.csv.gz"
