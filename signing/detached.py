"""Signing a file with any key: build, check, write whole, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docgen.core.errors import InputFault, SigningFault
from docgen.core.files import write_atomic
from docgen.core.reasons import reason
from signing.cms import build_detached
from signing.extend import with_stamps
from signing.interfaces import Certification, SignResult
from signing.report import Conclusion
from signing.trust import TrustStore, load_certificate, subject_text, thumbprint
from signing.verify import verify_bytes

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from signing.interfaces import RawSigner, Timestamper


def sign_detached(
    signer: RawSigner,
    source: Path,
    out: Path,
    *,
    signed_at: dt.datetime,
    tool: str,
    certified: Certification,
    timestamper: Timestamper | None = None,
) -> SignResult:
    """Write a detached signature (DER) of `source` to `out`, whole or not at all: CAdES-BES.

    With `timestamper` it becomes CAdES-T.

    The signature is checked by our verifier before it is written, and what was written is read
    back; a file at `out` is replaced. Raises InputFault when `source` cannot be read, SigningFault
    when `out` is the document itself, or when the result cannot be written or does not verify.
    """
    if out.exists() and source.exists() and out.samefile(source):
        raise SigningFault(
            "Подпись нельзя записать на место самого документа.",
            where=str(out),
            remedy="Укажите для подписи другое имя, например с .p7s на конце.",
        )
    try:
        data = build_detached(source, signer, signed_at=signed_at)
    except OSError as fault:
        raise InputFault(
            f"Не удалось прочитать документ для подписания: {reason(fault)}.",
            where=str(source),
            remedy="Проверьте путь и права на файл.",
        ) from fault
    own = TrustStore(tuple(map(load_certificate, (signer.certificate, *signer.chain))))
    holder = own.certificates[0]
    report = verify_bytes(source, data, name=out, trust=own, at=signed_at)
    if report.conclusion is not Conclusion.TOTAL_PASSED:
        raise SigningFault(
            "Подпись создана, но собственную проверку не прошла; она не записана.",
            where=str(source),
            remedy="Документ изменился во время подписания? Подпишите его ещё раз.",
        )
    if timestamper is not None:
        data = with_stamps(data, timestamper)
    try:
        write_atomic(out, data)
        written = out.read_bytes()
    except OSError as fault:
        raise SigningFault(
            f"Не удалось записать подпись: {reason(fault)}.",
            where=str(out),
            remedy="Проверьте, что папка существует, в неё можно писать и место есть.",
        ) from fault
    if written != data:
        out.unlink(missing_ok=True)
        raise SigningFault(
            "Подпись записана с ошибкой: прочитано не то, что записано. Файл удалён.",
            where=str(out),
            remedy="Проверьте диск и подпишите документ ещё раз.",
        )
    return SignResult(
        source=source,
        signature=out,
        signer=subject_text(holder),
        thumbprint=thumbprint(holder),
        signed_at=signed_at,
        tool=tool,
        certified=certified,
    )
