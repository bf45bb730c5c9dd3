"""A copy of a PDF with signatures inside it and the mark that people see (ГОСТ Р 7.0.97).

The original and its detached signature stay what counts; the copy is for whoever asks for one file.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from docgen.core.errors import SigningFault
from docgen.pipeline.sign import Seal
from docgen.rendering.fonts import shipped_faces
from signing.interfaces import SignResult
from signing.pdf_mark import Faces, mark_height, mark_lines
from signing.pdf_place import free_place
from signing.pdf_sign import Mark, sign_pdf
from signing.trust import load_certificate

WIDTH = 78.0
"""Of a mark, mm."""
SUFFIX = "_ep.pdf"
"""What a stamped copy is called by: volume.pdf, volume_ep.pdf."""


def stamped_name(path: Path) -> Path:
    """Where the stamped copy of a PDF stands; a stamped copy is its own."""
    if path.name.endswith(SUFFIX):
        return path
    return path.with_name(path.name.removesuffix(".pdf") + SUFFIX)


def stamp_copy(path: Path, seal: Seal, *, page: int) -> SignResult:
    """Sign a stamped copy, beside those who signed it already; the mark covers nothing.

    `page` counts from 1. Raises InputFault when the file cannot be read, SigningFault when it is no
    PDF that can be signed or the page has no room for the mark.
    """
    out = stamped_name(path)
    source = out if out.is_file() else path
    shipped = shipped_faces()
    faces = Faces(shipped["regular"], shipped["bold"])
    lines = mark_lines(load_certificate(seal.signer.certificate), seal.at.tzinfo)
    place = free_place(source, page, (WIDTH, mark_height(lines, WIDTH, faces)))
    if place is None:
        raise SigningFault(
            f"На странице {page} нет свободного места для отметки об электронной подписи.",
            where=str(source),
            remedy="Назовите другую страницу: --page НОМЕР.",
        )
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".signing.") as folder:
        fresh = Path(folder) / out.name
        result = sign_pdf(
            source,
            fresh,
            seal.signer,
            Mark(place, faces),
            signed_at=seal.at,
            tool=seal.tool,
            certified=seal.certified,
            timestamper=seal.timestamper,
        )
        fresh.replace(out)
    return replace(result, source=path, signature=out)
