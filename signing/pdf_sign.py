"""A signed copy of a PDF, with the visible mark (PAdES baseline, ETSI EN 319 142-1).

The original stays as it is. The signature is written as an addition to the file, so earlier ones
stay valid, and so does PDF/A. It is never the only form: the detached one beside the document is.
"""

# The library has types for a part of its functions only.
# mypy: allow-untyped-calls

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard, cast

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from docgen.core.errors import InputFault, SigningFault
from docgen.core.files import write_atomic
from docgen.core.reasons import reason
from signing.cms import build_over
from signing.extend import with_stamps
from signing.holder import require_in_time
from signing.interfaces import Certification, SignResult
from signing.pdf_mark import Faces, draw_mark, mark_lines, owner
from signing.pdf_page import page_of
from signing.pdf_place import Place
from signing.pdf_reading import BrokenPdf, open_pdf, telling
from signing.pdf_verify import verify_pdf_bytes
from signing.report import Conclusion, VerificationReport
from signing.trust import TrustStore, load_certificate, subject_text, thumbprint

if TYPE_CHECKING:
    import datetime as dt

    from signing.interfaces import RawSigner, Signer, Timestamper

_KEPT_FOR_SIGNATURE = 8 * 1024  # bytes besides the certificates
_KEPT_FOR_TIME_STAMP = 16 * 1024
_WITHOUT_EXTENSION = (2, 0)  # the first version of PDF that knows PAdES by itself
_FIELD = "Подпись"


@dataclass(frozen=True, slots=True)
class Mark:
    """The visible mark: where it stands and with which fonts."""

    place: Place
    faces: Faces


def sign_pdf(
    source: Path,
    out: Path,
    signer: RawSigner | Signer,
    mark: Mark,
    *,
    signed_at: dt.datetime,
    tool: str,
    certified: Certification,
    timestamper: Timestamper | None = None,
) -> SignResult:
    """Write a copy of `source` with one more signature and its mark to `out`, whole or not at all.

    With `timestamper` the signature carries a time stamp (PAdES B-T). The copy is checked by our
    verifier before it is written; a file at `out` is replaced. Raises InputFault when `source`
    cannot be read, SigningFault when it is no PDF that can be signed, when `out` is `source`, the
    certificate is out of its term, the mark does not fit its page, there is no time stamp to be
    had, or the result does not verify.
    """
    if out.exists() and source.exists() and out.samefile(source):
        raise SigningFault(
            "Подписанную копию нельзя записать на место самого документа.",
            where=str(out),
            remedy="Укажите для копии другое имя.",
        )
    try:
        original = source.read_bytes()
    except OSError as fault:
        raise InputFault(
            f"Не удалось прочитать документ для подписания: {reason(fault)}.",
            where=str(source),
            remedy="Проверьте путь и права на файл.",
        ) from fault
    holder = load_certificate(signer.certificate)
    require_in_time(holder, signed_at, str(source))
    try:
        with telling("Подпись в этот файл PDF не встроилась: он повреждён или необычно устроен."):
            kept = _KEPT_FOR_TIME_STAMP if timestamper else 0
            prepared = _prepare(original, signer, mark, signed_at, source, kept=kept)
    except BrokenPdf as fault:
        raise SigningFault(
            str(fault),
            where=str(source),
            remedy="Соберите документ заново или подпишите его отдельным файлом подписи (.p7s).",
        ) from fault
    signature = _signature_over(prepared.covered(), signer, signed_at)
    signed = prepared.filled(signature, source)
    own = TrustStore(tuple(map(load_certificate, (signer.certificate, *signer.chain))))
    report = verify_pdf_bytes(signed, name=out, trust=own, at=signed_at)
    _require_sound(report, thumbprint(holder), source)
    if timestamper is not None:  # stamped last: whose stamps we trust is not known here
        signed = prepared.filled(with_stamps(signature, timestamper), source)
    try:
        write_atomic(out, signed)
    except OSError as fault:
        raise SigningFault(
            f"Не удалось записать подписанную копию: {reason(fault)}.",
            where=str(out),
            remedy="Проверьте, что папка существует, в неё можно писать и место есть.",
        ) from fault
    return SignResult(
        source=source,
        signature=out,
        signer=subject_text(holder),
        thumbprint=thumbprint(holder),
        signed_at=signed_at,
        tool=tool,
        certified=certified,
    )


def _require_sound(report: VerificationReport, own: str, source: Path) -> None:
    """Refuse a copy whose new signature does not pass, or that has an earlier one spoiled."""
    *earlier, newest = report.signatures or (None,)
    if newest is None or newest.conclusion is not Conclusion.TOTAL_PASSED or not newest.certificate:
        passed = False
    else:
        passed = newest.certificate.thumbprint == own
    if not passed:
        raise SigningFault(
            "Подпись в файл PDF встроена, но собственную проверку не прошла; копия не записана.",
            where=str(source),
            remedy="Проверьте средство подписи: docgen signing backends. Документ подпишите "
            "отдельным файлом подписи (.p7s).",
        )
    if any(item and item.conclusion is Conclusion.TOTAL_FAILED for item in earlier):
        raise SigningFault(
            "Прежняя подпись в этом файле недействительна, поверх неё подписывать нельзя.",
            where=str(source),
            remedy="Возьмите документ без неё или верный экземпляр и подпишите его.",
        )


# --- the addition to the file ------------------------------------------------------------------


class _Addition(IncrementalPdfFileWriter):
    """What a signature adds to a file; the words about the file (Info, XMP) stay as they are."""

    def _update_meta(self) -> None:
        """Leave the metadata alone: the library would write its own name and ask the clock."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The copy with an empty place for the signature, from `begin` to `end` with its brackets."""

    data: bytes
    begin: int
    end: int

    def covered(self) -> tuple[bytes, bytes]:
        """Give the bytes that are signed: all but the place of the signature."""
        return self.data[: self.begin], self.data[self.end :]

    def filled(self, signature: bytes, source: Path) -> bytes:
        """Put the signature into its place; what is left of it stays zeros."""
        room = self.end - self.begin - len("<>")
        digits = signature.hex().encode().ljust(room, b"0")
        if len(digits) > room:
            raise SigningFault(
                "Подпись не поместилась в место, отведённое ей в файле PDF.",
                where=str(source),
                remedy="Подпишите документ отдельным файлом подписи (.p7s).",
            )
        before, after = self.covered()
        return b"".join((before, b"<", digits, b">", after))


def _prepare(
    original: bytes,
    signer: RawSigner | Signer,
    mark: Mark,
    signed_at: dt.datetime,
    source: Path,
    *,
    kept: int = 0,
) -> _Prepared:
    """Write the copy with field, mark and an empty place, as the library lays them out.

    `kept` are the bytes of room for more than the signature and its certificates.
    """
    writer = _Addition.from_reader(open_pdf(original))
    if writer.output_version < _WITHOUT_EXTENSION:
        writer.register_extension(ESIC_EXTENSION_1)
    holder = load_certificate(signer.certificate)
    page = page_of(writer, mark.place.page, where=str(source))
    form, width, height = draw_mark(
        writer,
        mark_lines(holder, signed_at.tzinfo),
        mark.faces,
        mark.place.width,
        rotation=page.rotation,
    )
    box = page.rectangle(mark.place, width, height, where=str(source))
    name = _free_name(writer)
    # The library's type says whole points; it writes fractions as they are.
    spec = SigFieldSpec(name, on_page=mark.place.page - 1, box=box)  # type: ignore[arg-type]
    embedding = PdfCMSEmbedder(new_field_spec=spec).write_cms(name, writer)
    field = next(embedding).get_object()
    field["/AP"] = generic.DictionaryObject({generic.NameObject("/N"): writer.add_object(form)})
    field["/TU"] = generic.pdf_string(f"Электронная подпись: {owner(holder)}")
    kept += _KEPT_FOR_SIGNATURE + sum(map(len, (signer.certificate, *signer.chain)))
    placeholder = SignatureObject(
        timestamp=signed_at,
        subfilter=SigSeedSubFilter.PADES,
        name=owner(holder),
        bytes_reserved=2 * kept,
    )
    embedding.send(SigObjSetup(sig_placeholder=placeholder))
    # The digest of the library is left aside: it knows no ГОСТ.
    place, output = embedding.send(SigIOSetup(md_algorithm="sha256", output=BytesIO()))
    return _Prepared(output.getvalue(), place.reserved_region_start, place.reserved_region_end)


def _free_name(writer: IncrementalPdfFileWriter) -> str:
    taken = {name for name, _, _ in enumerate_sig_fields(writer)}
    names = (f"{_FIELD} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _signature_over(
    covered: tuple[bytes, bytes], signer: RawSigner | Signer, signed_at: dt.datetime
) -> bytes:
    """Make the detached CMS over the bytes, ourselves or by the tool that only signs files."""
    if _signs_bytes(signer):
        running = signer.new_hash()
        for part in covered:
            running.update(part)
        return build_over(running.digest(), signer, signed_at=None)
    with tempfile.TemporaryDirectory(prefix="docgen-") as folder:
        content, signature = Path(folder, "content"), Path(folder, "content.p7s")
        content.write_bytes(b"".join(covered))
        cast("Signer", signer).sign_file(content, signature, signed_at=signed_at)
        return signature.read_bytes()


def _signs_bytes(signer: RawSigner | Signer) -> TypeGuard[RawSigner]:
    return hasattr(signer, "sign_raw")
