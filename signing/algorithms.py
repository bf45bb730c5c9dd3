"""The algorithms we sign and check with: SHA-2, RSA (PKCS#1 v1.5), ECDSA, ГОСТ of 2012.

What is not in these tables is not guessed at: a signature with it is INDETERMINATE.
Sources: RFC 5754 (SHA-2 in CMS), RFC 3370 3.2 (RSA), RFC 5480 (curves), RFC 9215 and RFC 9337
(ГОСТ Р 34.10-2012 and 34.11-2012).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from docgen.core.streebog import streebog256, streebog512
from signing.gost_curves import GostPublicKey
from signing.gost_keys import KEY_256, KEY_512

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from signing.interfaces import Hash

    PublicKey = PublicKeyTypes | GostPublicKey

SHA256 = "2.16.840.1.101.3.4.2.1"
RSA = "1.2.840.113549.1.1.1"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
SHA384 = "2.16.840.1.101.3.4.2.2"
SHA512 = "2.16.840.1.101.3.4.2.3"
STREEBOG256 = "1.2.643.7.1.1.2.2"
STREEBOG512 = "1.2.643.7.1.1.2.3"


MINIMAL_RSA_BITS = 2048
BLOCK_BYTES = 1 << 20

_DIGESTS: dict[str, Callable[[], Hash]] = {
    SHA256: hashlib.sha256,
    SHA384: hashlib.sha384,
    SHA512: hashlib.sha512,
    STREEBOG256: streebog256,
    STREEBOG512: streebog512,
}
_PREHASHED: dict[str, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    SHA384: hashes.SHA384(),
    SHA512: hashes.SHA512(),
}
# Signature algorithm -> kind of key and the digest it goes with; None: it names none.
_SIGNATURES: dict[str, tuple[str, str | None]] = {
    RSA: ("rsa", None),
    "1.2.840.113549.1.1.11": ("rsa", SHA256),
    "1.2.840.113549.1.1.12": ("rsa", SHA384),
    "1.2.840.113549.1.1.13": ("rsa", SHA512),
    ECDSA_SHA256: ("ec", SHA256),
    "1.2.840.10045.4.3.3": ("ec", SHA384),
    "1.2.840.10045.4.3.4": ("ec", SHA512),
    KEY_256: ("gost", STREEBOG256),
    KEY_512: ("gost", STREEBOG512),
    "1.2.643.7.1.1.3.2": ("gost", STREEBOG256),
    "1.2.643.7.1.1.3.3": ("gost", STREEBOG512),
}
# Names for people; what we do not check is named too.
_TITLES = {
    STREEBOG256: "ГОСТ Р 34.11-2012 (256 бит)",
    STREEBOG512: "ГОСТ Р 34.11-2012 (512 бит)",
    KEY_256: "ГОСТ Р 34.10-2012 (256 бит)",
    KEY_512: "ГОСТ Р 34.10-2012 (512 бит)",
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
    SHA384: "SHA-384",
    SHA512: "SHA-512",
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
    return named in {None, digest_oid}


def digest_named_by(signature_oid: str) -> str | None:
    """The digest an algorithm of signatures names itself; None for one unknown or that does not."""
    return _SIGNATURES.get(signature_oid, ("", None))[1]


def knows_key(key: PublicKey) -> bool:
    """Whether a public key is of a kind and a strength we accept."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= MINIMAL_RSA_BITS
    if isinstance(key, GostPublicKey):
        return True
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in {
        "secp256r1",
        "secp384r1",
        "secp521r1",
    }


def new_hash(oid: str) -> Hash:
    """Start a running digest; raises KeyError for an unknown OID (ask `knows_digest` first)."""
    return _DIGESTS[oid]()


def hash_file(path: Path, running: Hash) -> bytes:
    """Digest a file, read in blocks of 1 MiB; raises OSError."""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            running.update(block)
    return running.digest()


def file_digest(path: Path, oid: str) -> bytes:
    """Digest a file by the OID of a known algorithm; raises OSError."""
    return hash_file(path, new_hash(oid))


def signature_is_right(
    key: PublicKey, signature_oid: str, digest_oid: str, digest: bytes, signature: bytes
) -> bool:
    """Whether `signature` was made over `digest` with the private half of `key`.

    Raises KeyError for unknown algorithms (ask `knows_signature` first).
    """
    kind = _SIGNATURES[signature_oid][0]
    if isinstance(key, GostPublicKey):
        return kind == "gost" and key.verifies(digest, signature)
    if kind == "gost":
        return False
    hashed = Prehashed(_PREHASHED[digest_oid])
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


def is_signed(key: PublicKey, signature_oid: str, content: bytes, signature: bytes) -> bool:
    """Whether bytes carry a signature of an algorithm that names its digest itself."""
    digest_oid = digest_named_by(signature_oid)
    if digest_oid is None:
        return False
    running = new_hash(digest_oid)
    running.update(content)
    return signature_is_right(key, signature_oid, digest_oid, running.digest(), signature)
