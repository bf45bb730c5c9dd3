"""Asking for time stamps: of `openssl ts` in the house, or of an authority by HTTP (RFC 3161 3.4).

What comes back is checked before it is believed: that it is over our digest, answers our nonce and
is signed by a certificate for time stamps. Whether that one is trusted is the verifier's question.
"""

from __future__ import annotations

import http.client
import secrets
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from asn1crypto import core, tsp

from docgen.core.errors import SigningFault
from signing.basic import certificate_of
from signing.cms import Malformed
from signing.der import integer, octets, oid, sequence
from signing.report import Status
from signing.timestamps import Stamp, check_stamp, parse_stamp
from signing.trust import TrustStore, load_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 30
"""How long an authority may be silent."""

_MAXIMAL_BYTES = 1_000_000
_NONCE_BITS = 64
_TRUE = b"\x01\x01\xff"
_REMEDY = (
    "Повторите позже или назовите другую службу штампов времени. Подпись без штампа действует, "
    "но проверяется на день проверки (63-ФЗ, ст. 11)."
)


@dataclass(frozen=True, slots=True)
class HttpTimestamper:
    """An authority on the network; no redirect is followed."""

    url: str
    seconds: float = SECONDS

    def stamp(self, digest: bytes, digest_oid: str) -> bytes:
        """Ask for a token over the digest. Raises SigningFault."""
        return _stamped(digest, digest_oid, self._ask, self.url)

    def _ask(self, request: bytes) -> bytes:
        place = urlsplit(self.url)
        kinds: dict[str, type[http.client.HTTPConnection]]
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if place.scheme not in kinds or not place.hostname:
            raise SigningFault(
                "Адрес службы штампов времени записан неверно.",
                where=self.url,
                remedy="Он начинается с http:// или https://.",
            )
        connection = kinds[place.scheme](place.hostname, place.port, timeout=self.seconds)
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        try:
            connection.request(
                "POST", path, request, {"Content-Type": "application/timestamp-query"}
            )
            with connection.getresponse() as answer:
                body: bytes = answer.read(_MAXIMAL_BYTES + 1)
        except (OSError, http.client.HTTPException) as fault:
            raise SigningFault(
                "Служба штампов времени не отвечает.", where=self.url, remedy=_REMEDY
            ) from fault
        finally:
            connection.close()
        if answer.status != http.client.OK or len(body) > _MAXIMAL_BYTES:
            raise SigningFault(
                f"Служба штампов времени ответила не штампом (код {answer.status}).",
                where=self.url,
                remedy=_REMEDY,
            )
        return body


@dataclass(frozen=True, slots=True)
class LocalTimestamper:
    """`openssl ts` with a configuration: an authority of one's own, for tests and trials."""

    config: Path
    section: str = "tsa"
    openssl: str = "openssl"

    def stamp(self, digest: bytes, digest_oid: str) -> bytes:
        """Ask for a token over the digest. Raises SigningFault."""
        return _stamped(digest, digest_oid, self._ask, str(self.config))

    def _ask(self, request: bytes) -> bytes:
        with tempfile.TemporaryDirectory(prefix="docgen-") as folder:
            query, reply = Path(folder, "query.tsq"), Path(folder, "reply.tsr")
            query.write_bytes(request)
            command: list[str | Path]
            command = [self.openssl, "ts", "-reply", "-config", self.config, "-section"]
            command += [self.section, "-queryfile", query, "-out", reply]
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)  # noqa: S603 - our own arguments
                return reply.read_bytes()
            except (OSError, subprocess.SubprocessError) as fault:
                raise SigningFault(
                    "Своя служба штампов времени (openssl ts) не сработала.",
                    where=str(self.config),
                    remedy="Проверьте её настройки, ключ и сертификат.",
                ) from fault


def _stamped(digest: bytes, digest_oid: str, ask: Callable[[bytes], bytes], where: str) -> bytes:
    nonce = secrets.randbits(_NONCE_BITS) | 1
    imprint = sequence(sequence(oid(digest_oid)), octets(digest))
    answer = ask(sequence(integer(1), imprint, integer(nonce), _TRUE))
    token = _token(answer, where)
    try:
        stamp = parse_stamp(token)
    except Malformed as fault:
        raise _bad(str(fault), where) from fault
    if stamp.nonce != nonce:
        raise _bad("Служба штампов времени ответила на другой запрос.", where)
    if (stamp.imprint_oid, stamp.imprint) != (digest_oid, digest):
        raise _bad("Служба поставила штамп на другое.", where)
    _require_sound(stamp, where)
    return token


class _Parts(core.SequenceOf):  # type: ignore[misc]
    """TimeStampResp, read loosely: asn1crypto wants the token of a refusal, which has none."""

    _child_spec = core.Any


def _token(answer: bytes, where: str) -> bytes:
    try:
        parts = _Parts.load(answer, strict=True)
        status = tsp.PKIStatusInfo.load(parts[0].dump(), strict=True)["status"].native
        tokens = [part.dump() for part in parts][1:]
    except (ValueError, TypeError, KeyError, IndexError) as fault:
        raise _bad("Ответ службы штампов времени не читается.", where) from fault
    if status in {"granted", "granted_with_mods"} and len(tokens) == 1:
        token: bytes = tokens[0]
        return token
    raise _bad(f"Служба штампов времени отказала ({status}).", where)


def _require_sound(stamp: Stamp, where: str) -> None:
    """Check the token by itself, as if its own certificate were trusted."""
    try:
        embedded = [load_certificate(der) for der in stamp.signature.certificates]
    except ValueError as fault:
        raise _bad("Сертификат службы штампов времени повреждён.", where) from fault
    own = certificate_of(stamp.signature.signers[0], embedded)
    verdict = check_stamp(
        stamp.token,
        lambda _oid: stamp.imprint,
        trust=TrustStore((own, *embedded) if own else ()),
        at=stamp.time,
    )
    if verdict.status is not Status.PASSED:
        raise _bad(verdict.sentence, where)


def _bad(sentence: str, where: str) -> SigningFault:
    return SigningFault(sentence, where=where, remedy=_REMEDY)
