"""The files that describe a case: its card, inventory, provenance, evidence of signatures."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path

from docgen.documents.house import Official
from docgen.journal.export import csv_bytes
from docgen.journal.model import ClassJournal
from docgen.pipeline.bind import BoundVolume
from docgen.pipeline.sign import Seal, revocation_files, signature_of
from docgen.pipeline.signature_acts import act_pdf, signature_act
from docgen.pipeline.trust import trusted
from docgen.pipeline.workspace import Workspace
from signing.cms import Malformed, parse_detached
from signing.report import as_json, report_lines
from signing.trust import load_certificate, subject_text
from signing.verify import verify_file

_PREMIS = "http://www.loc.gov/premis/v3"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def case_card(
    index: str,
    title: str,
    view: ClassJournal,
    volumes: tuple[BoundVolume, ...],
    until: dt.date,
) -> bytes:
    """The case's card: what a program needs to find and name it."""
    card = {
        "format": "docgen-case/1",
        "index": index,
        "title": title,
        "class": view.unit.class_id,
        "year": view.period.year,
        "period": view.period.code,
        "start": view.period.start.isoformat(),
        "end": view.period.end.isoformat(),
        "retention_until": until.isoformat(),
        "system": view.school.system,
        "exported_at": view.school.exported_at,
        "volumes": [
            {
                "file": volume.card.file,
                "identity": volume.card.identity,
                "volume": volume.card.volume,
                "sheets": volume.card.sheets,
                "inventory_sheets": volume.card.inventory_sheets,
                "sha256": volume.card.sha256,
                "sha512": volume.card.sha512,
                "streebog256": volume.card.streebog256,
            }
            for volume in volumes
        ],
    }
    return json_bytes(card)


def inventory_rows(volumes: tuple[BoundVolume, ...]) -> bytes:
    """The inner inventory as CSV: volume, title, teacher, sheets."""
    rows = [
        (volume.card.volume, row.title, row.teacher, row.first, row.last)
        for volume in volumes
        for row in volume.card.rows
    ]
    return csv_bytes(("Том", "Заголовок", "Учитель", "Лист с", "Лист по"), rows)


def premis(view: ClassJournal, volumes: Sequence[BoundVolume], seal: Seal) -> bytes:
    """Objects and events of the case in the words of PREMIS 3: export, creation, signing."""
    ET.register_namespace("", _PREMIS)
    root = ET.Element(f"{{{_PREMIS}}}premis", {"version": "3.0"})
    for volume in volumes:
        _object(root, volume)
    for number, (kind, moment, detail) in enumerate(
        (
            ("export", view.school.exported_at, f"Выгрузка: {view.school.system}"),
            ("creation", seal.at.isoformat(), "Твёрдая копия собрана в тома (docgen)"),
            ("digital signature generation", seal.at.isoformat(), "Тома подписаны"),
        ),
        start=1,
    ):
        event = _below(root, "event")
        identifier = _below(event, "eventIdentifier")
        _below(identifier, "eventIdentifierType", "local")
        _below(identifier, "eventIdentifierValue", str(number))
        _below(event, "eventType", kind)
        _below(event, "eventDateTime", moment or "unknown")
        _below(_below(event, "eventDetailInformation"), "eventDetail", detail)
    ET.indent(root, " ")
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _object(root: ET.Element, volume: BoundVolume) -> None:
    item = _below(root, "object")
    item.set(f"{{{_INSTANCE}}}type", "file")
    identifier = _below(item, "objectIdentifier")
    _below(identifier, "objectIdentifierType", "UUID")
    _below(identifier, "objectIdentifierValue", volume.card.identity)
    traits = _below(item, "objectCharacteristics")
    for algorithm, digest in (
        ("SHA-512", volume.card.sha512),
        ("GOST R 34.11-2012 (256)", volume.card.streebog256),
    ):
        fixity = _below(traits, "fixity")
        _below(fixity, "messageDigestAlgorithm", algorithm)
        _below(fixity, "messageDigest", digest)
    _below(traits, "size", str(volume.card.size))
    designation = _below(_below(traits, "format"), "formatDesignation")
    _below(designation, "formatName", "PDF/A-2b")
    _below(item, "originalName", f"data/{volume.card.file}")


def _below(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    element = ET.SubElement(parent, f"{{{_PREMIS}}}{name}")
    element.text = text or None
    return element


def evidence(
    workspace: Workspace,
    volumes: tuple[BoundVolume, ...],
    seal: Seal,
    *,
    title: str,
    school: str,
    keeper: Official,
) -> Iterator[tuple[str, bytes, str]]:
    """What will prove the signatures later: certificates, words on revocation, the act of checking.

    All of it is as it was at intake (63-ФЗ, ст. 11).
    """
    for number, (path, _) in enumerate(trusted(workspace, seal.at), start=1):
        yield f"trust-{number}.pem", path.read_bytes(), "Доверенный корневой сертификат"
    yield "signer.cer", seal.signer.certificate, "Сертификат подписавшего дело"
    embedded = sorted(
        {der for volume in volumes for der in _certificates(signature_of(volume.path))}
    )
    for number, der in enumerate(embedded, start=1):
        yield f"certificate-{number}.cer", der, f"Сертификат из подписи документа{_owner(der)}"
    for path in revocation_files(workspace):
        yield f"{path.name.lower()}", path.read_bytes(), "Сведения об отзыве сертификатов"
    reports = [
        verify_file(
            volume.path,
            signature_of(volume.path),
            trust=seal.trust,
            at=seal.at,
            evidence=seal.evidence,
        )
        for volume in volumes
    ]
    digests = [volume.card.sha512 for volume in volumes]
    act = signature_act(zip(digests, reports, strict=True), seal.at, title, school, keeper)
    yield "signatures.pdf", act_pdf(workspace, act), "Акт проверки электронных подписей"
    text = "\n\n".join("\n".join(report_lines(report)) for report in reports)
    yield "signatures.txt", (text + "\n").encode(), "Протокол проверки подписей"
    yield (
        "signatures.json",
        json_bytes([_portable(as_json(report)) for report in reports]),
        ("Протокол проверки подписей для программ"),
    )


def _certificates(signature: Path) -> tuple[bytes, ...]:
    try:
        return parse_detached(signature.read_bytes()).certificates
    except (OSError, Malformed):
        return ()


def _owner(der: bytes) -> str:
    """Whose certificate it is: «: Иванова Мария»; nothing where that cannot be read."""
    try:
        return f": {subject_text(load_certificate(der))}"
    except ValueError:
        return ""


def _portable(report: dict[str, object]) -> dict[str, object]:
    """A report without the folders of this machine: they mean nothing on a medium."""
    return {
        key: Path(str(value)).name if key in {"source", "signature", "file"} else value
        for key, value in report.items()
    }


def json_bytes(value: object) -> bytes:
    """JSON as every file of ours is written: UTF-8, one space of indent, a last line end."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
