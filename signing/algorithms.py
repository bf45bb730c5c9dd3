"""The algorithms we sign and check with: SHA-2, RSA (PKCS#1 v1.5) and ECDSA.

What is not in these tables is not guessed at: a signature with it is INDETERMINATE.
Sources: RFC 5754 (SHA-2 in CMS), RFC 3370 3.2 (RSA), RFC 5480 (curves).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from signing.interfaces import Hash

SHA256 = "2.16.840.1.101.3.4.2.1"
RSA = "1.2.840.113549.1.1.1"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"

MINIMAL_RSA_BITS = 2048
BLOCK_BYTES = 1 << 20

_DIGESTS: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    SHA256: ("sha256", hashes.SHA256()),
    "2.16.840.1.101.3.4.2.2": ("sha384", hashes.SHA384()),
    "2.16.840.1.101.3.4.2.3": ("sha512", hashes.SHA512()),
}
# Signature algorithm -> kind of key and the digest it names; None: it names none.
_SIGNATURES: dict[str, tuple[str, str | None]] = {
    RSA: ("rsa", None),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    ECDSA_SHA256: ("ec", "sha256"),
    "1.2.840.10045.4.3.3": ("ec", "sha384"),
    "1.2.840.10045.4.3.4": ("ec", "sha512"),
}
# Names for people; the parts we cannot check yet are named too.
_TITLES = {
    "1.2.643.7.1.1.2.2": "ГОСТ Р 34.11-2012 (256 бит)",
    "1.2.643.7.1.1.2.3": "ГОСТ Р 34.11-2012 (512 бит)",
    "1.2.643.7.1.1.1.1": "ГОСТ Р 34.10-2012 (256 бит)",
    "1.2.643.7.1.1.1.2": "ГОСТ Р 34.10-2012 (512 бит)",
    "1.2.643.7.1.1.3.2": "ГОСТ Р 34.10-2012 с хешем ГОСТ Р 34.11-2012 (256 бит)",
    "1.2.643.7.1.1.3.3": "ГОСТ Р 34.10-2012 с хешем ГОСТ Р 34.11-2012 (512 бит)",
    "1.2.643.2.2.9": "ГОСТ Р 34.11-94",
    "1.2.643.2.2.19": "ГОСТ Р 34.10-2001",
    "1.2.643.2.2.3": "ГОСТ Р 34.10-2001 с хешем ГОСТ Р 34.11-94",
    "1.3.14.3.2.26": "SHA-1",
    "1.2.840.113549.1.1.5": "RSA с SHA-1",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "1.2.840.113549.2.5": "MD5",
    SHA256: "SHA-256",
    "2.16.840.1.101.3.4.2.2": "SHA-384",
    "2.16.840.1.101.3.4.2.3": "SHA-512",
    RSA: "RSA",
    ECDSA_SHA256: "ECDSA с SHA-256",
}


def title(oid: str) -> str:
    """Name an algorithm for people; an unknown one by its OID."""
    return _TITLES.get(oid, oid)


def knows_digest(oid: str) -> bool:
    """Whether digests of this algorithm can be computed and are trusted."""
    return oid in _DIGESTS


def knows_signature(signature_oid: str, digest_oid: str) -> bool:
    """Whether signatures of this pair of algorithms can be checked."""
    if signature_oid not in _SIGNATURES or digest_oid not in _DIGESTS:
        return False
    named = _SIGNATURES[signature_oid][1]
    return named is None or named == _DIGESTS[digest_oid][0]


def digest_named_by(signature_oid: str) -> str | None:
    """The digest an algorithm of signatures names itself; None for one unknown or that does not."""
    named = _SIGNATURES.get(signature_oid, ("", None))[1]
    return next((digest for digest, (name, _) in _DIGESTS.items() if name == named), None)


def knows_key(key: PublicKeyTypes) -> bool:
    """Whether a public key is of a kind and a strength we accept."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= MINIMAL_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in {
        "secp256r1",
        "secp384r1",
        "secp521r1",
    }


def new_hash(oid: str) -> Hash:
    """Start a running digest; raises KeyError for an unknown OID (ask `knows_digest` first)."""
    return hashlib.new(_DIGESTS[oid][0])


def hash_file(path: Path, running: Hash) -> bytes:
    """Digest a file, read in blocks of 1 MiB; raises OSError."""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            running.update(block)
    return running.digest()


def signature_is_right(
    key: PublicKeyTypes, signature_oid: str, digest_oid: str, digest: bytes, signature: bytes
) -> bool:
    """Whether `signature` was made over `digest` with the private half of `key`.

    Raises KeyError for unknown algorithms (ask `knows_signature` first).
    """
    kind = _SIGNATURES[signature_oid][0]
    hashed = Prehashed(_DIGESTS[digest_oid][1])
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, digest, padding.PKCS1v15(), hashed)
        elif kind == "ec" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, digest, ec.ECDSA(hashed))
        else:
            return False
    except InvalidSignature:
        return False
    return True
