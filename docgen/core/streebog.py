"""Streebog, the Russian hash function of GOST R 34.11-2012 (RFC 6986), 256 and 512 bits.

Two backends behind one hashlib-like object: libgcrypt (about 100 MB/s, on every Debian) and our own
pure Python (under 1 MB/s), which stands in where the library is absent or answers wrongly.
Digests are printed as `rhash --gost12-256` and `openssl dgst -md_gost12_256` print them; RFC 6986
writes the same bytes from the last to the first.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import struct
import threading
from functools import cache
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

DIGEST_SIZES = (32, 64)
BLOCK_SIZE = 64  # bytes

# RFC 6986, 10.1.1: the first message of the standard, also the self-test of a library.
_MESSAGE_1 = b"012345678901234567890123456789012345678901234567890123456789012"
_MESSAGE_1_DIGEST_256 = "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"


class Hash(Protocol):
    """What Streebog objects and hashlib objects have in common."""

    def update(self, data: bytes, /) -> None:
        """Feed bytes in."""

    def digest(self) -> bytes:
        """Give the digest of all bytes so far."""
        ...

    def hexdigest(self) -> str:
        """Give the digest as lower-case hexadecimal."""
        ...


def streebog256() -> Hash:
    """Make a fresh Streebog-256 on the fastest backend at hand."""
    return _new(32)


def streebog512() -> Hash:
    """Make a fresh Streebog-512 on the fastest backend at hand."""
    return _new(64)


def backend() -> str:
    """Name the backend in use: `libgcrypt` or `python`."""
    return "python" if _libgcrypt() is None else "libgcrypt"


def _new(digest_size: int) -> Hash:
    return PythonStreebog(digest_size) if _libgcrypt() is None else GcryptStreebog(digest_size)


# --- libgcrypt -------------------------------------------------------------------------------

_GCRYPT_ALGORITHMS = {32: 309, 64: 310}  # GCRY_MD_STRIBOG256, GCRY_MD_STRIBOG512
_GCRYCTL_DISABLE_SECURE_MEMORY = 37
_GCRYCTL_INITIALIZATION_FINISHED = 38
_GCRYCTL_INITIALIZATION_FINISHED_P = 39


_LOADING = threading.Lock()


def _libgcrypt() -> ctypes.CDLL | None:
    """Give the library; None without it.

    A lock, for digests begin on several threads at once, and the first of them would be met by a
    library that is half initialised, and taken for broken.
    """
    with _LOADING:
        return _load()


@cache
def _load() -> ctypes.CDLL | None:
    """Load the library, initialised and proved on a known answer; None without it."""
    for name in _library_names():
        try:
            library = _declare(ctypes.CDLL(name))
        except (OSError, AttributeError):  # absent, or not the libgcrypt we know
            continue
        if _initialise(library) and _answers_rightly(library):
            return library
    return None


def _library_names() -> Iterator[str]:
    """Where the library may be; the second name costs compilers and linkers, so it comes last."""
    yield "libgcrypt.so.20"
    found = ctypes.util.find_library("gcrypt")
    if found:
        yield found


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Argument types; without them ctypes would cut 64-bit handles to int."""
    library.gcry_check_version.argtypes = [ctypes.c_char_p]
    library.gcry_check_version.restype = ctypes.c_char_p
    library.gcry_md_open.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_uint]
    library.gcry_md_open.restype = ctypes.c_uint
    library.gcry_md_copy.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p]
    library.gcry_md_copy.restype = ctypes.c_uint
    library.gcry_md_write.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    library.gcry_md_write.restype = None
    library.gcry_md_read.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.gcry_md_read.restype = ctypes.c_void_p
    library.gcry_md_close.argtypes = [ctypes.c_void_p]
    library.gcry_md_close.restype = None
    library.gcry_control.restype = ctypes.c_uint  # variadic: no argument types
    return library


def _initialise(library: ctypes.CDLL) -> bool:
    """Initialise as the libgcrypt manual asks: version first, then "finished", once a process."""
    if library.gcry_check_version(None) is None:
        return False
    if not library.gcry_control(_GCRYCTL_INITIALIZATION_FINISHED_P):
        library.gcry_control(_GCRYCTL_DISABLE_SECURE_MEMORY, 0)
        library.gcry_control(_GCRYCTL_INITIALIZATION_FINISHED, 0)
    return True


def _answers_rightly(library: ctypes.CDLL) -> bool:
    """Prove the library: a wrong digest is worse than a slow one (RFC 6986, 10.1.2)."""
    try:
        probe = GcryptStreebog(32, library=library)
    except OSError:  # a build without Streebog, or FIPS mode
        return False
    for at in range(0, len(_MESSAGE_1), 10):
        probe.update(_MESSAGE_1[at : at + 10])
    return probe.hexdigest() == _MESSAGE_1_DIGEST_256


class GcryptStreebog:
    """Streebog by libgcrypt; `update` releases the interpreter lock while it works.

    Raises OSError when the library refuses the algorithm.
    """

    def __init__(self, digest_size: int, *, library: ctypes.CDLL | None = None) -> None:
        self._handle = ctypes.c_void_p()
        self.digest_size = digest_size
        self._algorithm = _GCRYPT_ALGORITHMS[digest_size]
        loaded = library or _libgcrypt()
        if loaded is None:
            raise OSError("libgcrypt is not available")
        self._library = loaded
        code = loaded.gcry_md_open(ctypes.byref(self._handle), self._algorithm, 0)
        if code:
            raise OSError(f"gcry_md_open failed with code {code}")

    def update(self, data: bytes, /) -> None:
        """Feed bytes in."""
        self._library.gcry_md_write(self._handle, data, len(data))

    def copy(self) -> Self:
        """Make an independent object with the same state."""
        twin = object.__new__(type(self))
        twin._handle = ctypes.c_void_p()
        twin.digest_size = self.digest_size
        twin._algorithm = self._algorithm
        twin._library = self._library
        code = self._library.gcry_md_copy(ctypes.byref(twin._handle), self._handle)
        if code:
            raise OSError(f"gcry_md_copy failed with code {code}")
        return twin

    def digest(self) -> bytes:
        """Give the digest of all bytes so far; more may follow."""
        # gcry_md_read closes the handle for writing, so a copy is read.
        twin = self.copy()
        address = self._library.gcry_md_read(twin._handle, self._algorithm)  # noqa: SLF001 - of our own class
        return ctypes.string_at(address, self.digest_size)

    def hexdigest(self) -> str:
        """Give the digest as lower-case hexadecimal."""
        return self.digest().hex()

    def __del__(self) -> None:
        if self._handle:
            self._library.gcry_md_close(self._handle)


# --- pure Python -----------------------------------------------------------------------------

# RFC 6986, 6.2: the substitution.
_PI = bytes.fromhex(
    "fceedd11cf6e3116fbc4fada23c5044de977f0db932e99ba1736f1bb14cd5fc1"
    "f918655ae25cef21811c3c428b018e4f058402aee36a8fa0060bed987fd4d31f"
    "eb342c51eac848abf22a68a2fd3aceccb5700e56080c7612bf7213479cb75d87"
    "15a19629107b9ac7f391786f9d9eb2b13275193dff358a7e6d54c680c3bd0d57"
    "dff524a93ea843c9d779d6f67c22b903e00fecde7a94b0bcdce828504e330a4a"
    "a79760731e0062441ab83882649f2641ad454692275e552f8ca3a57d69d5953b"
    "0758b34086ac1df730376be488d9e789e11b83494c3ff8fe8d53aa90cad88561"
    "207167a42d2b095bcb9b25d0bee56c5259a674d2e6f4b4c0d166afc2394b63b6"
)

# RFC 6986, 6.4: rows of the linear transformation, the first for the highest bit.
_ROWS = struct.unpack(
    ">64Q",
    bytes.fromhex(
        "8e20faa72ba0b47047107ddd9b505a38ad08b0e0c3282d1cd8045870ef14980e"
        "6c022c38f90a4c073601161cf205268d1b8e0b0e798c13c883478b07b2468764"
        "a011d380818e8f405086e740ce47c9202843fd2067adea1014aff010bdd87508"
        "0ad97808d06cb40405e23c0468365a028c711e02341b2d0146b60f011a83988e"
        "90dab52a387ae76f486dd4151c3dfdb924b86a840e90f0d2125c354207487869"
        "092e94218d243cba8a174a9ec8121e5d4585254f64090fa0accc9ca9328a8950"
        "9d4df05d5f661451c0a878a0a1330aa660543c50de970553302a1e286fc58ca7"
        "18150f14b9ec46dd0c84890ad27623e00642ca05693b9f700321658cba93c138"
        "86275df09ce8aaa8439da0784e745554afc0503c273aa42ad960281e9d1d5215"
        "e230140fc080298471180a8960409a42b60c05ca30204d215b068c651810a89e"
        "456c34887a3805b9ac361a443d1c8cd2561b0d22900e46692b838811480723ba"
        "9bcf4486248d9f5dc3e9224312c8c1a0effa11af0964ee50f97d86d98a327728"
        "e4fa2054a80b329c727d102a548b194e39b008152acb82279258048415eb419d"
        "492c024284fbaec0aa16012142f35760550b8e9e21f7a530a48b474f9ef5dc18"
        "70a6a56e2440598e3853dc371220a2471ca76e95091051ad0edd37c48a08a6d8"
        "07e095624504536c8d70c431ac02a736c83862965601dd1b641c314b2b8ee083"
    ),
)

# RFC 6986, 6.5: the twelve iteration constants, written from the highest byte.
_CONSTANTS = tuple(
    int.from_bytes(constant, "big")
    for constant in struct.unpack(
        "64s" * 12,
        bytes.fromhex(
            "b1085bda1ecadae9ebcb2f81c0657c1f2f6a76432e45d016714eb88d7585c4fc"
            "4b7ce09192676901a2422a08a460d31505767436cc744d23dd806559f2a64507"
            "6fa3b58aa99d2f1a4fe39d460f70b5d7f3feea720a232b9861d55e0f16b50131"
            "9ab5176b12d699585cb561c2db0aa7ca55dda21bd7cbcd56e679047021b19bb7"
            "f574dcac2bce2fc70a39fc286a3d843506f15e5f529c1f8bf2ea7514b1297b7b"
            "d3e20fe490359eb1c1c93a376062db09c2b6f443867adb31991e96f50aba0ab2"
            "ef1fdfb3e81566d2f948e1a05d71e4dd488e857e335c3c7d9d721cad685e353f"
            "a9d72c82ed03d675d8b71333935203be3453eaa193e837f1220cbebc84e3d12e"
            "4bea6bacad4747999a3f410c6ca923637f151c1f1686104a359e35d7800fffbd"
            "bfcd1747253af5a3dfff00b723271a167a56a27ea9ea63f5601758fd7c6cfe57"
            "ae4faeae1d3ad3d96fa4c33b7a3039c02d66c4f95142a46c187f9ab49af08ec6"
            "cffaa6b71c9ab7b40af21f66c2bec6b6bf71c57236904f35fa68407a46647d6e"
            "f4c70e16eeaac5ec51ac86febf240954399ec6c7e6bf87c9d3473e33197a93c9"
            "0992abc52d822c3706476983284a05043517454ca23c4af38886564d3a14d493"
            "9b1f5b424d93c9a703e7aa020c6e41414eb7f8719c36de1e89b4443b4ddbc49a"
            "f4892bcb929b069069d18d2bd1a5c42f36acc2355951a8d9a47f0dd4bf02e71e"
            "378f5a541631229b944c9ad8ec165fde3a7d3a1b258942243cd955b7e00d0984"
            "800a440bdbb2ceb17b2b8a9aa6079c540e38dc92cb1f2a607261445183235adb"
            "abbedea680056f52382ae548b2e4f3f38941e71cff8a78db1fffe18a1b336103"
            "9fe76702af69334b7a1e6c303b7652f43698fad1153bb6c374b4c7fb98459ced"
            "7bcd9ed0efc889fb3002c6cd635afe94d8fa6bbbebab07612001802114846679"
            "8a1d71efea48b9caefbacd1d7d476e98dea2594ac06fd85d6bcaa4cd81f32d1b"
            "378ee767f11631bad21380b00449b17acda43c32bcdf1d77f82012d430219f9b"
            "5d80ef9d1891cc86e71da4aa88e12852faf417d5d9b21b9948bc924af11bd720"
        ),
    )
)

_MODULUS = (1 << 512) - 1


@cache
def _tables() -> tuple[tuple[int, ...], ...]:
    """Substitution and linear transformation in one: 8 tables, one a byte place, of 256 words."""

    def word(place: int, value: int) -> int:
        substituted, result = _PI[value], 0
        for bit in range(8):
            if substituted >> bit & 1:
                result ^= _ROWS[63 - 8 * place - bit]
        return result

    return tuple(tuple(word(place, value) for value in range(256)) for place in range(8))


def _lps(state: int) -> int:
    """L(P(S(state))) of RFC 6986, 8, over 512-bit integers."""
    t0, t1, t2, t3, t4, t5, t6, t7 = _tables()
    data = state.to_bytes(BLOCK_SIZE, "little")
    # The permutation takes byte i of each of the eight words into word i.
    columns = zip(*(data[at : at + 8] for at in range(0, BLOCK_SIZE, 8)), strict=True)
    words = [
        t0[a] ^ t1[b] ^ t2[c] ^ t3[d] ^ t4[e] ^ t5[f] ^ t6[g] ^ t7[h]
        for a, b, c, d, e, f, g, h in columns
    ]
    return int.from_bytes(struct.pack("<8Q", *words), "little")


def _compress(state: int, block: int, counter: int) -> int:
    """Compress one block: the function g_N(h, m) of RFC 6986, 8."""
    key = _lps(state ^ counter)
    cipher = block
    for constant in _CONSTANTS:
        cipher = _lps(cipher ^ key)
        key = _lps(key ^ constant)
    return cipher ^ key ^ state ^ block


class PythonStreebog:
    """Streebog in pure Python, RFC 6986, 9; for small inputs and for checking other backends."""

    def __init__(self, digest_size: int) -> None:
        if digest_size not in DIGEST_SIZES:
            raise ValueError(f"Streebog has digests of 32 and 64 bytes, not {digest_size}")
        self.digest_size = digest_size
        fill = b"\x01" if digest_size == DIGEST_SIZES[0] else b"\x00"
        self._state = int.from_bytes(fill * BLOCK_SIZE, "little")
        self._counter = 0  # bits hashed so far
        self._sum = 0
        self._rest = b""

    def update(self, data: bytes, /) -> None:
        """Feed bytes in."""
        buffer = self._rest + data
        whole = len(buffer) - len(buffer) % BLOCK_SIZE
        for at in range(0, whole, BLOCK_SIZE):
            block = int.from_bytes(buffer[at : at + BLOCK_SIZE], "little")
            self._state = _compress(self._state, block, self._counter)
            self._counter = self._counter + 8 * BLOCK_SIZE & _MODULUS
            self._sum = self._sum + block & _MODULUS
        self._rest = buffer[whole:]

    def copy(self) -> Self:
        """Make an independent object with the same state."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def digest(self) -> bytes:
        """Give the digest of all bytes so far; more may follow."""
        block = int.from_bytes(self._rest + b"\x01", "little")
        state = _compress(self._state, block, self._counter)
        state = _compress(state, self._counter + 8 * len(self._rest) & _MODULUS, 0)
        state = _compress(state, self._sum + block & _MODULUS, 0)
        return state.to_bytes(BLOCK_SIZE, "little")[BLOCK_SIZE - self.digest_size :]

    def hexdigest(self) -> str:
        """Give the digest as lower-case hexadecimal."""
        return self.digest().hex()
