"""The JSON document: its schema, its form, equal bytes for equal inspections, what comparing two shows."""

from __future__ import annotations

import difflib
import importlib.resources
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from hege.engine.result import Inspection, Outcome, Verdict
from hege.engine.rulebook.model import AssetKind, Effect, Status, Verified
from hege.engine.turning import Change, Turning
from hege.engine.vocabulary import STATES
from hege.outputs.document import assets_json, document, to_json, to_ndjson

from .golden import Golden
from .inspections import FAILED, HOSTILE, small
from .test_examples import EXAMPLES, inspected

SCHEMA = json.loads(
    (importlib.resources.files("hege") / "outputs" / "inspection.schema.json").read_text(encoding="utf-8")
)


def faults(text: str) -> list[str]:
    """What the schema finds wrong with a document."""
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(json.loads(text))]


@pytest.mark.parametrize("name", sorted(p.parent.name for p in EXAMPLES.glob("*/case.yaml")))
def test_every_example_follows_the_schema(name: str) -> None:
    """Every key is known to the schema and none is missing."""
    assert faults(to_json(inspected(name))) == []


def test_an_unknown_key_breaks_the_schema() -> None:
    """The schema is closed at every level."""
    whole = json.loads(to_json(small()))
    for record in (whole, whole["packs"][0], whole["assets"][0], whole["assets"][0]["findings"][0]):
        record["more"] = 1
        assert faults(json.dumps(whole)) != []
        del record["more"]
    assert faults(json.dumps(whole)) == []


def test_the_schema_has_the_words_of_the_engine() -> None:
    """Closed vocabularies are those of the result model."""
    defs = SCHEMA["$defs"]
    finding = defs["finding"]["properties"]
    got = {
        Verdict: defs["verdict"]["enum"],
        Outcome: defs["outcome"]["enum"],
        AssetKind: defs["kind"]["enum"],
        Effect: finding["effect"]["enum"],
        Status: finding["status"]["enum"],
        Verified: defs["clause"]["properties"]["verified"]["enum"],
    }
    assert got == {words: [w.value for w in words] for words in got}
    assert defs["fact"]["properties"]["state"]["enum"] == list(STATES)


def test_the_document_of_a_small_inspection(golden: Golden) -> None:
    """Every verdict, waiver, step, alarm and hostile name, as it is written."""
    text = to_json(small())
    assert faults(text) == []
    golden("small.json", text)


def test_text_and_data_agree() -> None:
    """What is written reads back as the document, names unharmed, keys in the same order."""
    whole = json.loads(to_json(small()))
    assert json.dumps(whole) == json.dumps(document(small()))
    assert [a["name"] for a in whole["assets"][:4]] == list(HOSTILE)


def test_equal_inspections_are_equal_bytes() -> None:
    """Nothing but content enters."""
    assert to_json(small()) == to_json(small())
    assert to_json(inspected("panjin-2023-07")) == to_json(inspected("panjin-2023-07"))


def changed_lines(before: Inspection, after: Inspection) -> list[str]:
    """The lines that comparing two documents shows as new."""
    lines = difflib.unified_diff(to_json(before).splitlines(), to_json(after).splitlines(), n=0, lineterm="")
    return [line for line in lines if line.startswith("+") and not line.startswith("+++")]


def test_comparing_documents_names_what_changed() -> None:
    """A changed fact is one line with its id, a changed finding one with its indicator, a changed asset one with its name."""
    inspection = small()
    batch = inspection.batches[0]
    first, *rest = batch.assets

    def with_first(**changes: object) -> Inspection:
        assets = (replace(first, **changes), *rest)  # type: ignore[arg-type]
        return replace(inspection, batches=(replace(batch, assets=assets),))

    fact = replace(FAILED.facts[0], values={"newest": "none"})
    (line,) = changed_lines(inspection, with_first(findings=(replace(FAILED, facts=(fact,)), *first.findings[1:])))
    assert json.loads(line[1:])["id"] == fact.id
    (line,) = changed_lines(inspection, with_first(findings=(replace(FAILED, text="另"), *first.findings[1:])))
    assert '"indicator": "account.stale"' in line
    (line,) = changed_lines(inspection, with_first(remark="另"))
    assert '"id": "a1"' in line


def test_an_asset_alone_is_written_as_in_the_document() -> None:
    """What `explain --format json` prints is the asset's record, and what would turn its verdict."""
    batch = small().batches[0]
    turned = Turning(
        changes=(
            Change(kind="feed", parts=("",), field="newest", before=(date(2024, 2, 8),), after=date(2024, 2, 10)),
        ),
        verdict=Verdict.PASS,
    )
    told = json.loads(assets_json([(batch.assets[0], batch, turned), (batch.assets[1], batch, None)]))
    whole = json.loads(to_json(small()))
    change = {"kind": "feed", "parts": [""], "field": "newest", "before": ["2024-02-08"], "after": "2024-02-10"}
    assert told == [
        whole["assets"][0] | {"turning": {"verdict": "pass", "changes": [change]}},
        whole["assets"][1] | {"turning": None},
    ]
    assert faults(json.dumps(whole | {"assets": told})) == []


@pytest.mark.parametrize("name", ["small", "shanghai-2021-1"])
def test_records_are_the_document_line_by_line(name: str) -> None:
    """The inspection, then each batch with its assets, all of them whole; every line follows the schema's record."""
    inspection = small() if name == "small" else inspected(name)
    lines = [json.loads(line) for line in to_ndjson(inspection).splitlines()]
    validator = jsonschema.Draft202012Validator({"$ref": "#/$defs/record", "$defs": SCHEMA["$defs"]})
    assert [e.message for line in lines for e in validator.iter_errors(line)] == []
    whole = json.loads(to_json(inspection))
    head, *rest = lines
    assert head.pop("record") == "inspection"
    assert head == {k: v for k, v in whole.items() if k in head}
    batches = [line for line in rest if line["record"] == "batch"]
    assert [(b["batch"], b["total"]) for b in batches] == [
        (n, b["group"]["total"]) for n, b in enumerate(whole["batches"], 1)
    ]
    assets = {(a["batch"], a["id"]): a for a in rest if a["record"] == "asset"}
    newest = {
        b["kind"]: b["batch"]
        for b in batches
        if b["as_of"] == max(x["as_of"] for x in batches if x["kind"] == b["kind"])
    }
    for asset in whole["assets"]:
        assert assets[newest[asset["kind"]], asset["id"]] == {
            "record": "asset",
            "batch": newest[asset["kind"]],
            **asset,
        }
    assert len(assets) == sum(b["total"] for b in batches)


def test_nothing_but_json_gets_in() -> None:
    """A number that JSON does not know is refused, not written."""
    broken = replace(FAILED, facts=(replace(FAILED.facts[0], values={"share": float("nan")}),))
    batch = small().batches[0]
    with pytest.raises(ValueError, match="JSON compliant"):
        assets_json([(replace(batch.assets[0], findings=(broken,)), batch, None)])


def test_the_schema_is_documented() -> None:
    """docs/output.md names every key of every record."""
    page = (Path(__file__).parent.parent / "docs" / "output.md").read_text(encoding="utf-8")
    records = [SCHEMA, *SCHEMA["$defs"].values()]
    keys = {key for record in records for key in record.get("properties", {})}
    assert sorted(key for key in keys if not re.search(rf"[`.]{key}\b", page)) == []
