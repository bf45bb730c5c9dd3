"""A signature file grows without a signed byte being touched: time stamps, further signers.

Sources: RFC 3161 appendix A (signature time stamp), RFC 5652 5.1 (several signers),
ETSI EN 319 122-1 5.3 (CAdES-T).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asn1crypto import cms, core

from signing import algorithms
from signing.cms import SIGNATURE_TIME_STAMP, Malformed, plain_der
from signing.der import encoded, oid, sequence, set_of, tagged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from signing.interfaces import Timestamper

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_BEFORE_UNSIGNED = (
    "version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature",
)  # fmt: skip
_CERTIFICATES, _UNSIGNED = 0xA0, 0xA1


class OtherContent(ValueError):
    """A signature is of another content, or by a signer who stands there already."""


def with_stamps(data: bytes, timestamper: Timestamper) -> bytes:
    """Add a time stamp to every signature of a detached file that has none: CAdES-T, as DER.

    Raises Malformed when the file is no detached signature, SigningFault when there is no stamp to
    be had; nothing is half done.
    """
    signed_data = _signed_data(data)
    infos = []
    for item in signed_data["signer_infos"]:
        unsigned = list(item["unsigned_attrs"] or ())
        if any(attribute["type"].dotted == SIGNATURE_TIME_STAMP for attribute in unsigned):
            infos.append(encoded(item))
            continue
        digest_oid = item["digest_algorithm"]["algorithm"].dotted
        running = algorithms.new_hash(digest_oid)
        running.update(item["signature"].native)
        token = timestamper.stamp(running.digest(), digest_oid)
        added = sequence(oid(SIGNATURE_TIME_STAMP), set_of(token))
        parts = [encoded(item[name]) for name in _BEFORE_UNSIGNED]
        attributes = [*(attribute.dump() for attribute in unsigned), added]
        infos.append(sequence(*parts, set_of(*attributes, identifier=_UNSIGNED)))
    return _assembled([signed_data], infos)


def with_signer(data: bytes, fresh: bytes, digest_of: Callable[[str], bytes]) -> bytes:
    """Put the signatures of a second detached file of the same content beside those of the first.

    `digest_of` gives the content's digest by OID: signers may have used different ones, ГОСТ beside
    RSA. Raises Malformed when one of the files is no detached signature; OtherContent when a digest
    is not the content's or is unknown, or somebody would sign twice.
    """
    both = [_signed_data(data), _signed_data(fresh)]
    infos = [list(part["signer_infos"]) for part in both]
    for item in (item for rows in infos for item in rows):
        digest_oid, digest = _content_digest(item)
        if not algorithms.knows_digest(digest_oid) or digest_of(digest_oid) != digest:
            raise OtherContent("a digest is not that of the content")
    signers = [encoded(item["sid"]) for rows in infos for item in rows]
    if len(set(signers)) != len(signers):
        raise OtherContent("the same signer twice")
    return _assembled(both, [encoded(item) for rows in infos for item in rows])


def _content_digest(item: cms.SignerInfo) -> tuple[str, bytes]:
    for attribute in item["signed_attrs"] or ():
        if attribute["type"].native == "message_digest":
            return item["digest_algorithm"]["algorithm"].dotted, attribute["values"][0].native
    raise OtherContent("a signature without signed attributes")


def _signed_data(data: bytes) -> cms.SignedData:
    der = plain_der(data)
    try:
        content_info = cms.ContentInfo.load(der, strict=True)
        signed_data = content_info["content"]
        if content_info["content_type"].native == "signed_data" and isinstance(
            signed_data["encap_content_info"]["content"], core.Void
        ):
            return signed_data
    except (ValueError, TypeError, KeyError) as fault:
        raise Malformed("Файл подписи повреждён: его строение не разбирается.") from fault
    raise Malformed("Это не отсоединённая подпись.")


def _assembled(parts: Sequence[cms.SignedData], infos: Sequence[bytes]) -> bytes:
    """Write SignedData anew around signatures that keep their bytes."""
    first = parts[0]
    digests = {encoded(item) for part in parts for item in part["digest_algorithms"]}
    certificates = {encoded(item) for part in parts for item in part["certificates"] or ()}
    signed_data = sequence(
        first["version"].dump(),
        set_of(*digests),
        first["encap_content_info"].dump(),
        *([set_of(*certificates, identifier=_CERTIFICATES)] if certificates else []),
        set_of(*infos),
    )
    return sequence(oid(_SIGNED_DATA), tagged(0xA0, signed_data))
