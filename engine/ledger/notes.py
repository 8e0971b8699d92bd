"""Signed notes, checkpoints and proof files in the formats of C2SP (signed-note, tlog-checkpoint, tlog-proof), Ed25519.

The one module that knows the cryptography library. Where keys lie and which of them counts is for the callers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]+")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+=*)")
_PROOF_HEAD = "c2sp.org/tlog-proof@v1"


class MalformedNote(ValueError):
    """A text that is no key, note, checkpoint or proof file; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name, written `name+keyid+base64`."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """The key a text writes; raises MalformedNote."""
        name, _, rest = text.strip().partition("+")
        id, _, data = rest.partition("+")
        key = _decoded(data)
        if not _NAME.fullmatch(name) or len(key) != 33 or key[:1] != _ED25519:
            raise MalformedNote("not an Ed25519 verifier key (name+id+base64)")
        verifier = cls(name, key[1:])
        if verifier.id.hex() != id:
            raise MalformedNote("the id of the key does not belong to it")
        return verifier

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether this key made that signature of a text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name, written `PRIVATE+KEY+name+keyid+base64`. Never shown by repr."""

    name: str
    seed: bytes

    @classmethod
    def new(cls, name: str) -> Signer:
        """A fresh key."""
        if not _NAME.fullmatch(name):
            raise MalformedNote("a key's name has no blanks and no +")
        return cls(name, os.urandom(32))

    @classmethod
    def parse(cls, text: str) -> Signer:
        """The key a text writes; raises MalformedNote."""
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise MalformedNote("not a private key (PRIVATE+KEY+name+id+base64)")
        key = _decoded(parts[4])
        if not _NAME.fullmatch(parts[2]) or len(key) != 33 or key[:1] != _ED25519:
            raise MalformedNote("not an Ed25519 private key")
        signer = cls(parts[2], key[1:])
        if signer.verifier.id.hex() != parts[3]:
            raise MalformedNote("the id of the key does not belong to it")
        return signer

    def __repr__(self) -> str:
        return f"Signer({self.name})"

    def written(self) -> str:
        """The text of the key file; whoever has it can sign."""
        id = self.verifier.id.hex()
        return f"PRIVATE+KEY+{self.name}+{id}+{base64.b64encode(_ED25519 + self.seed).decode()}\n"

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def sign(self, text: str) -> bytes:
        """The signature of a text."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())


@dataclass(frozen=True, slots=True)
class Note:
    """A text with signatures: (name, key id, signature)."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signer(self, verifiers: Iterable[Verifier]) -> Verifier | None:
        """The first of the keys that signed the text; None if none did. Other signatures are left alone."""
        for verifier in verifiers:
            for name, id, signature in self.signatures:
                if (name, id) == (verifier.name, verifier.id) and verifier.signed(self.text, signature):
                    return verifier
        return None


def signed_note(text: str, signers: Sequence[Signer]) -> str:
    """The note of a text that ends in a line feed."""
    lines = [
        f"— {s.name} {base64.b64encode(s.verifier.id + s.sign(text)).decode()}\n" for s in signers
    ]  # fmt: skip
    return f"{text}\n{''.join(lines)}"


def read_note(note: str) -> Note:
    """The note of a text; raises MalformedNote. No signature is checked."""
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise MalformedNote("a signed note is a text, an empty line, and signature lines")
    signatures = []
    for line in lines.removesuffix("\n").split("\n"):
        found = _SIGNATURE.fullmatch(line)
        blob = _decoded(found[2]) if found else b""
        if found is None or len(blob) < 5:
            raise MalformedNote(f"not a signature line: {line[:40]}")
        signatures.append((found[1], blob[:4], blob[4:]))
    return Note(text + "\n", tuple(signatures))


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """A tree head: whose log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """The tree head of a note's text; raises MalformedNote. Extension lines are passed over."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not re.fullmatch(r"0|[1-9]\d*", lines[1], re.ASCII):
        raise MalformedNote("not a checkpoint (origin, size, root)")
    root = _decoded(lines[2])
    if len(root) != 32 or (base64.b64encode(root).decode() != lines[2]):
        raise MalformedNote("the root of the checkpoint is no SHA-256")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """A proof file: the leaf's index, its path, the signed checkpoint, and what is needed to compute the leaf."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def text(self) -> str:
        """The file."""
        extra = f"extra {base64.b64encode(self.extra).decode()}\n" if self.extra else ""
        path = "".join(f"{base64.b64encode(h).decode()}\n" for h in self.path)
        return f"{_PROOF_HEAD}\n{extra}index {self.index}\n{path}\n{self.checkpoint}"


def is_proof(text: str) -> bool:
    """Whether a text begins as a proof file does."""
    return text.startswith(_PROOF_HEAD + "\n")


def read_proof(text: str) -> Proof:
    """The proof of a file; raises MalformedNote. Nothing is checked against the checkpoint yet."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if lines.pop(0) != _PROOF_HEAD:
        raise MalformedNote("not a tlog-proof file")
    extra = _decoded(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else b""
    found = re.fullmatch(r"index (0|[1-9]\d*)", lines.pop(0) if lines else "", re.ASCII)
    path = tuple(_decoded(line) for line in lines)
    if found is None or any(len(h) != 32 for h in path) or not checkpoint:
        raise MalformedNote("the proof file is not complete")
    return Proof(index=int(found[1]), path=path, checkpoint=checkpoint, extra=extra)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedNote("not base64") from error
