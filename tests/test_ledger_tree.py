"""The Merkle tree and signed notes, against the published vectors and against a plain definition."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hege.engine.ledger.notes import (
    Checkpoint,
    MalformedNote,
    Proof,
    Signer,
    Verifier,
    is_proof,
    read_checkpoint,
    read_note,
    read_proof,
    signed_note,
)
from hege.engine.ledger.tree import (
    EMPTY,
    Growing,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    root,
    root_from_inclusion,
)

# The reference tree of RFC 6962 implementations: eight leaves, the root of each size, and some proofs.
CONTENTS = [
    bytes.fromhex(h)
    for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CONSISTENCY = {
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
LEAVES = [leaf_hash(c) for c in CONTENTS]

# The verifier keys and notes of the signed-note documents.
KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SIGNED_BLOB = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"


def plain_root(leaves: list[bytes]) -> bytes:
    """The definition of the RFC, as it is written."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


def test_the_roots_of_the_reference_tree() -> None:
    """Every size has the published root, whether computed at once or grown."""
    grown = Growing()
    assert grown.root == EMPTY == root([])
    for size, expected in enumerate(ROOTS, 1):
        grown.append(LEAVES[size - 1])
        assert (root(LEAVES[:size]).hex(), grown.root.hex()) == (expected, expected)


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_the_consistency_proofs_of_the_reference_tree(old: int, new: int) -> None:
    """They are the published ones and verify."""
    proof = [bytes.fromhex(h) for h in CONSISTENCY[old, new]]
    assert consistency_proof(LEAVES[:new], old) == proof
    assert is_consistent(old, new, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]), proof)
    assert not is_consistent(old, new, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new - 1]), proof)


def test_an_inclusion_proof_of_the_reference_tree() -> None:
    """The last of three leaves has the root of the first two for its path."""
    assert [h.hex() for h in inclusion_proof(LEAVES[:3], 2)] == [ROOTS[1]]


@given(st.integers(1, 130), st.data())
def test_proofs_of_any_size(size: int, data: st.DataObject) -> None:
    """Any leaf is shown in, any beginning consistent; any change of either is refused."""
    leaves = [leaf_hash(bytes([n])) for n in range(size)]
    top = plain_root(leaves)
    assert (root(leaves), Growing(leaves).root) == (top, top)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(leaves, index)
    assert root_from_inclusion(leaves[index], index, size, path) == top
    assert root_from_inclusion(leaf_hash(b"other"), index, size, path) != top
    assert root_from_inclusion(leaves[index], index, size, [*path, top]) is None
    assert root_from_inclusion(leaves[index], size, size, path) is None
    if path:
        assert root_from_inclusion(leaves[index], index, size, path[:-1]) != top
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(leaves, old)
    assert is_consistent(old, size, plain_root(leaves[:old]), top, proof)
    assert not is_consistent(old, size, leaf_hash(b"other"), top, proof)
    assert not is_consistent(old, size, plain_root(leaves[:old]), leaf_hash(b"other"), proof)
    assert not is_consistent(old, size, plain_root(leaves[:old]), top, [*proof, top])


@pytest.mark.parametrize("index", [-1, 8])
def test_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    """Asking for one is a fault of the caller."""
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES, index)
    with pytest.raises(IndexError):
        consistency_proof(LEAVES, index + 1 if index > 0 else 0)


def test_a_growing_tree_can_be_asked_what_would_be() -> None:
    """A copy with one more leaf leaves the first as it was."""
    tree = Growing(LEAVES[:4])
    assert (tree.with_leaf(LEAVES[4]).root.hex(), tree.root.hex()) == (ROOTS[4], ROOTS[3])


def test_the_example_of_the_note_document() -> None:
    """The published key verifies the published note."""
    verifier = Verifier.parse(KEY)
    assert (str(verifier), read_note(NOTE).signer([verifier])) == (KEY, verifier)
    assert read_note(NOTE.replace("message", "massage")).signer([verifier]) is None


def test_the_reference_key_signs_the_reference_note() -> None:
    """Ed25519 is deterministic: the same key and text give the published bytes."""
    signer = Signer.parse(PRIVATE)
    assert (str(signer.verifier), signer.written()) == (PUBLIC, PRIVATE + "\n")
    assert signed_note(TEXT, [signer]) == f"{TEXT}\n— PeterNeumann {SIGNED_BLOB}\n"
    assert "AYEK" not in repr(signer)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PUBLIC[:-4],
        PUBLIC.replace("c74f20a3", "c74f20a4"),
        PUBLIC.replace("PeterNeumann", "Peter"),
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_mangled_public_keys_are_refused(text: str) -> None:
    """Wrong length, id, name or algorithm."""
    with pytest.raises(MalformedNote):
        Verifier.parse(text)


@pytest.mark.parametrize("text", ["", PUBLIC, PRIVATE[:-4], PRIVATE.replace("c74f20a3", "c74f20a4")])
def test_mangled_private_keys_are_refused(text: str) -> None:
    """A public key is no private one."""
    with pytest.raises(MalformedNote):
        Signer.parse(text)


def test_a_key_needs_a_name_without_blanks() -> None:
    """The format leaves no other choice."""
    with pytest.raises(MalformedNote):
        Signer.new("two words")


@pytest.mark.parametrize(
    "note", ["text\n", NOTE[:-1], NOTE.replace("— ", "- "), "text\n\n— name AAAA\n", "text\n\n— name !!!!\n"]
)
def test_mangled_notes_are_refused(note: str) -> None:
    """No blank line, no line feed, no signature line."""
    with pytest.raises(MalformedNote):
        read_note(note)


def test_a_checkpoint_reads_back() -> None:
    """Origin, size and root; extension lines are passed over."""
    checkpoint = Checkpoint(origin="hege/weinan", size=8, root=bytes.fromhex(ROOTS[7]))
    assert checkpoint.text() == f"hege/weinan\n8\n{base64.b64encode(bytes.fromhex(ROOTS[7])).decode()}\n"
    assert read_checkpoint(checkpoint.text()) == read_checkpoint(checkpoint.text() + "more\n") == checkpoint


@pytest.mark.parametrize("text", ["o\n8\n", "\n8\nAAAA\n", "o\n08\nAAAA\n", "o\n8\nAAAA\n", "o\nx\nAAAA\n"])
def test_mangled_checkpoints_are_refused(text: str) -> None:
    """Leading zeroes, missing lines, short roots."""
    with pytest.raises(MalformedNote):
        read_checkpoint(text)


@pytest.mark.parametrize("extra", [b"", b'{"batch":7}'])
def test_a_proof_file_reads_back(extra: bytes) -> None:
    """With and without extra data; its checkpoint is kept as it is."""
    note = signed_note(Checkpoint(origin="o", size=8, root=bytes.fromhex(ROOTS[7])).text(), [Signer.new("o")])
    proof = Proof(index=5, path=tuple(inclusion_proof(LEAVES, 5)), checkpoint=note, extra=extra)
    assert is_proof(proof.text()) and read_proof(proof.text()) == proof


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx",
    ],
)
def test_mangled_proof_files_are_refused(text: str) -> None:
    """Head, index, path."""
    with pytest.raises(MalformedNote):
        read_proof(text)
