"""The audit of published notices: one notice in many forms, each of its figures wrong in turn, copies that were damaged."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from html import escape
from pathlib import Path

import docx
import pytest

from hege.collectors.casefolder import read_case
from hege.engine.errors import InputError
from hege.engine.text import Language
from hege.engine.vocabulary import load_vocabulary
from hege.outputs.audit.checks import Check, Outcome, checked
from hege.outputs.audit.published import SIMPLIFIED, TRADITIONAL, plain, read_published
from hege.outputs.audit.rendering import to_json, to_text
from hege.outputs.audit.signs import signs
from hege.outputs.notice.docx import to_docx
from hege.outputs.notice.fields import Known
from hege.outputs.notice.html import to_html
from hege.outputs.notice.markdown import to_markdown
from hege.outputs.notice.template import load_template, shipped_template
from hege.outputs.notice.writing import write
from hege.service.noticeforms import known_of

from .golden import Golden
from .inspections import small
from .test_examples import EXAMPLES, inspected

Blocks = list[str | list[list[str]]]


def notice() -> Blocks:
    """A made-up notice with the structures that published ones have."""
    return [
        "青禾市人民政府办公室关于2023年第二季度政府网站和政务新媒体检查情况的通报",
        "各县区人民政府，市政府各部门：",
        "现将有关情况通报如下：",
        "一、政府网站检查情况",
        "全市正常运行的政府网站共有40家，其中市政府门户网站1家，部门网站31家，县区网站8家。发现3家存在突出问题，合格率92.5%，较上季度提升1.2%。",
        "二、政务新媒体检查情况",
        "全市政府系统共运行政务新媒体210个，检查结果为：合格政务新媒体206个，不合格政务新媒体4个，合格率98.1%。“青禾发布”、“青禾交通”等4个账号在监测时间点前两周没有更新。",
        "三、工作要求",
        "请于7月14日（星期五）前将整改情况报送市政府办公室。目前还有2个账号未完成注销。",
        "青禾市人民政府办公室",
        "2023年7月3日",
        "附件1",
        "存在突出问题的政府网站名单",
        "检查时间：6月12日至6月25日",
        [["序号", "网站名称", "存在的突出问题"], ["1", "甲县", "栏目不更新"], ["2", "乙县", "无法访问"], ["3", "丙局", "空白栏目"]],
        "附件2",
        "全市政务新媒体检查情况",
        [
            ["序号", "单位", "总数", "不合格", "所占比例"],
            ["1", "市直", "150", "3", "2.0%"],
            ["2", "甲县", "60", "1", "1.7%"],
            ["合计", "210", "4", "1.9%"],
        ],
        "附件3",
        "不合格政务新媒体名单",
        [
            ["序号", "平台", "账号名称", "存在问题"],
            ["1", "微信", "青禾发布", "监测时间点前2周不更新"],
            ["2", "微博", "青禾交通", "监测时间点前2周不更新"],
            ["3", "微信", "甲县政务", "监测时间点前2周不更新"],
            ["4", "抖音", "青禾文旅", "监测时间点前2周不更新"],
        ],
        "注：监测时间点2023年6月25日，时间段为6月12日-6月25日",
        "附件4",
        "待注销政务新媒体名单",
        [["序号", "平台", "账号名称"], ["1", "微信", "旧号一"], ["2", "微信", "旧号二"]],
    ]  # fmt: skip


# ---- forms ---------------------------------------------------------------------------------------------------------


def as_text(blocks: Blocks) -> bytes:
    lines = [b if isinstance(b, str) else "\n".join(" | ".join(row) + " |" for row in b) for b in blocks]
    return "\n".join(lines).encode()


def as_upright_text(blocks: Blocks) -> bytes:
    """Tables one cell a line, as they come from copying a page; the one whose last row has fewer cells stays in rows."""
    lines = []
    for block in blocks:
        if isinstance(block, str):
            lines.append(block)
        elif len(block[-1]) < len(block[0]):
            lines += [" | ".join(row) + " |" for row in block]
        else:
            lines += [cell for row in block for cell in row]
    return "\n\n".join(lines).encode("gb18030")


def as_html(blocks: Blocks) -> bytes:
    """Numbers in elements of their own, as editors leave them."""
    made = []
    for block in blocks:
        if isinstance(block, str):
            made.append(f"<p><span>{escape(block[:5])}</span><b>{escape(block[5:])}</b></p>")
        else:
            rows = "".join(f"<tr>{''.join(f'<td><p>{escape(c)}</p></td>' for c in row)}</tr>" for row in block)
            made.append(f"<table><tbody>{rows}</tbody></table>")
    return f"<html><head><style>p{{}}</style></head><body><script>var a='合格率1%';</script>{''.join(made)}</body></html>".encode()


def as_docx(blocks: Blocks) -> bytes:
    document = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
        else:
            wide = len(block[0])
            table = document.add_table(rows=0, cols=wide)
            for row in block:
                cells = table.add_row().cells
                for cell, text in zip(cells, ["", *row] if len(row) < wide else row, strict=True):
                    cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


FORMS: dict[str, Callable[[Blocks], bytes]] = {
    "a.txt": as_text, "upright.txt": as_upright_text, "a.html": as_html, "a.docx": as_docx,
}  # fmt: skip


def checks(content: bytes, name: str, folder: Path) -> tuple[Check, ...]:
    (folder / name).write_bytes(content)
    return checked(read_published(folder / name))


def told(found: tuple[Check, ...]) -> list[tuple[str, str, str]]:
    return sorted((c.code, c.outcome.value, c.about.zh.partition("（第")[0]) for c in found)


def differing(found: tuple[Check, ...]) -> list[str]:
    return sorted({c.code for c in found if c.outcome is Outcome.DIFFERS})


@pytest.mark.parametrize("name", FORMS)
def test_a_sound_notice_agrees_in_every_form(name: str, tmp_path: Path) -> None:
    """The same checks of the same figures whatever the file is; no false alarm, no sign of tampering."""
    found = checks(FORMS[name](notice()), name, tmp_path)
    assert differing(found) == []
    assert told(found) == told(checks(as_text(notice()), "plain.txt", tmp_path))
    assert signs(read_published(tmp_path / name)) == ()


def test_what_is_checked_of_a_sound_notice(tmp_path: Path) -> None:
    """Parts, rates, lists, sums, shares, numbering, dates, windows; a change of rates cannot be."""
    assert told(checks(as_text(notice()), "a.txt", tmp_path)) == [
        ("deadline", "agrees", "期限2023-07-14，成文2023-07-03"),
        ("list", "agrees", "名单列政务新媒体4个，正文4个"),
        ("list", "agrees", "名单列政府网站3个，正文3个"),
        ("list", "agrees", "待注销名单列2个，正文2个"),
        ("named", "agrees", "点名2个，称等4个"),
        ("numbering", "agrees", "序号1至2连续"),
        ("numbering", "agrees", "序号1至2连续"),
        ("numbering", "agrees", "序号1至3连续"),
        ("numbering", "agrees", "序号1至4连续"),
        ("parts", "agrees", "1＋31＋8＝40，总数40"),
        ("parts", "agrees", "合格与不合格等206＋4＝210，总数210"),
        ("rate", "agrees", "合格率92.5%：37/40为92.5%"),
        ("rate", "agrees", "合格率98.1%：206/210为98.1%"),
        ("rate", "unchecked", "1.2%：说的是另一次检查，无法核对"),
        ("share", "agrees", "3个占比与个数相符"),
        ("span", "agrees", "2023-06-12至2023-06-25，共14天"),
        ("span", "agrees", "2023-06-12至2023-06-25，共14天"),
        ("sum", "agrees", "第3列各行之和为210，合计210"),
        ("sum", "agrees", "第4列各行之和为4，合计4"),
        ("total", "agrees", "表中合计210，正文总数210"),
        ("weekday", "agrees", "2023-07-14是星期五"),
        ("window", "agrees", "2023-06-25前14天（含当日）为2023-06-12至2023-06-25，通报为2023-06-12至2023-06-25"),
    ]


def changed(old: str, new: str) -> Blocks:
    """The notice with one text replaced everywhere it stands."""

    def one(text: str) -> str:
        return text.replace(old, new)

    made: Blocks = [one(b) if isinstance(b, str) else [[one(c) for c in row] for row in b] for b in notice()]
    assert made != notice()
    return made


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("部门网站31家", "部门网站32家", ["parts"]),
        ("合格率92.5%", "合格率92.6%", ["rate"]),
        ("合格政务新媒体206个", "合格政务新媒体207个", ["parts", "rate"]),
        ("合格率98.1%", "合格率98.0%", ["rate"]),
        ("发现3家", "发现2家", ["list", "rate"]),
        ("等4个账号", "等1个账号", ["named"]),
        ("星期五", "星期四", ["weekday"]),
        ("2023年7月3日", "2023年7月14日", ["deadline"]),
        ("150", "151", ["sum"]),
        ("1.7%", "1.6%", ["share"]),
        ("还有2个", "还有3个", ["list"]),
        ("时间段为6月12日", "时间段为6月11日", ["window"]),
        ("检查时间：6月12日", "检查时间：6月26日", ["span"]),
    ],
)
def test_each_wrong_figure_is_found(name: str, old: str, new: str, codes: list[str], tmp_path: Path) -> None:
    """In every form, and nothing else is said to be wrong."""
    assert differing(checks(FORMS[name](changed(old, new)), name, tmp_path)) == codes


def test_a_gap_in_the_numbering_is_found(tmp_path: Path) -> None:
    """Where a row is missing."""
    blocks = notice()
    table = blocks[14]
    assert isinstance(table, list)
    del table[2]
    found = checks(as_text(blocks), "a.txt", tmp_path)
    assert differing(found) == ["list", "numbering"]
    assert "第2行写作3" in next(c.about.zh for c in found if c.code == "numbering" and c.outcome is Outcome.DIFFERS)


def test_a_rate_no_count_can_give_is_found_without_the_counts(tmp_path: Path) -> None:
    """Of 67 none gives 98.6%; 98.5% is given by 66. Groups whose counts are not printed cannot be checked."""
    text = "全市政府网站共有67家。5月份合格率{}，其中区网站93.8%，部门网站100%。"
    wrong = checks(text.format("98.6%").encode(), "a.txt", tmp_path)
    assert [(c.outcome.value, c.about.zh) for c in wrong] == [
        ("differs", "合格率98.6%：总数67时没有任何个数得到它，最接近的66/67为98.5%"),
        ("unchecked", "93.8%：通报没有给出相应的个数，无法核对"),
        ("unchecked", "100%：通报没有给出相应的个数，无法核对"),
    ]
    assert differing(checks(text.format("98.5%").encode(), "a.txt", tmp_path)) == []


def test_a_rate_is_held_at_its_printed_precision(tmp_path: Path) -> None:
    """94% of 48 in 51 is right, 94.2% is not."""
    text = "对全市正常运行的51家政府网站进行检查，发现3家存在突出问题，合格率{}。"
    assert differing(checks(text.format("94%").encode(), "a.txt", tmp_path)) == []
    assert differing(checks(text.format("94.2%").encode(), "a.txt", tmp_path)) == ["rate"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("全市运行政府网站67家，上季度合格率98.6%。", []),  # of another inspection
        ("检查时间：2023年12月20日至1月5日。", []),  # over the turn of the year
        ("检查时间：2023年12月20日至2023年1月5日。", ["span"]),
        ("请于1月10日前反馈。\n2023年12月28日", []),
        ("请于12月10日前反馈。\n2023年12月28日", ["deadline"]),
    ],
)
def test_no_false_alarm_where_another_reading_is_the_sound_one(text: str, codes: list[str], tmp_path: Path) -> None:
    """Other inspections and the turn of the year."""
    assert differing(checks(text.encode(), "a.txt", tmp_path)) == codes


@pytest.mark.parametrize("form", ["md", "html", "docx"])
@pytest.mark.parametrize("name", sorted(p.parent.name for p in EXAMPLES.glob("*/notice.yaml")))
def test_our_own_notices_agree_with_themselves(name: str, form: str, tmp_path: Path) -> None:
    """Every form of every example's notice: nothing differs, nothing looks tampered with."""
    known = known_of(read_case(EXAMPLES / name, load_vocabulary()).facts)
    made = write(inspected(name), load_template(EXAMPLES / name / "notice.yaml"), known, date(2021, 1, 1))
    file = tmp_path / f"notice.{form}"
    content = {
        "md": lambda: to_markdown(made).encode(),
        "html": lambda: to_html(made).encode(),
        "docx": lambda: to_docx(made),
    }
    file.write_bytes(content[form]())
    found = checked(read_published(file))
    assert [c.about.zh for c in found if c.outcome is Outcome.DIFFERS] == []
    assert Outcome.AGREES in {c.outcome for c in found}
    assert signs(read_published(file)) == ()


def test_a_notice_with_undetermined_and_exempt_assets_agrees_with_itself(tmp_path: Path) -> None:
    """They are parts of the total too."""
    (tmp_path / "a.html").write_text(
        to_html(write(small(), shipped_template(), Known(), date(2024, 3, 1))), encoding="utf-8"
    )
    found = checked(read_published(tmp_path / "a.html"))
    assert differing(found) == []
    assert "合格与不合格等4＋1＋1＋1＝7，总数7" in [c.about.zh for c in found]


# ---- damaged copies ------------------------------------------------------------------------------------------------


def rewritten(text: str) -> str:
    """As scraper sites rewrite a page: traditional characters, each with its pinyin behind it."""
    table = {ord(s): t for s, t in zip(SIMPLIFIED, TRADITIONAL, strict=True) if s != t}
    return "".join(f"{t}(jiǎn)" if (t := c.translate(table)) != c else c for c in text)


def test_a_rewritten_copy_is_read_as_the_original(tmp_path: Path) -> None:
    """The same checks agree; the copy shows its signs; a wrong figure is still found."""
    found = checks(rewritten(as_text(notice()).decode()).encode(), "copy.txt", tmp_path)
    assert told(found) == told(checks(as_text(notice()), "a.txt", tmp_path))
    assert [s.code for s in signs(read_published(tmp_path / "copy.txt"))] == ["pinyin", "traditional"]
    wrong = rewritten(as_text(changed("合格率98.1%", "合格率98.0%")).decode())
    assert differing(checks(wrong.encode(), "copy.txt", tmp_path)) == ["rate"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("青禾市人民政府", "足球365_beat365官方人民政府", "gambling"),
        ("现将有关情况", "?。ㄒ唬┈F</span>有关情况", "broken"),
        ("通报如下", "通报\ufffd\ufffd", "broken"),
    ],
)
def test_a_copy_with_foreign_words_is_told_of(old: str, new: str, code: str, tmp_path: Path) -> None:
    """Names replaced by betting sites, left-over markup, garbled characters; the figures are checked all the same."""
    found = checks(as_text(changed(old, new)), "a.txt", tmp_path)
    assert differing(found) == []
    (sign,) = signs(read_published(tmp_path / "a.txt"))
    assert (sign.code, sign.line) == (code, 1 if code == "gambling" else 3)


def test_plain_reading() -> None:
    """Full width, traditional characters and pinyin do not hide a number; a bracket of its own stays."""
    assert plain("合格率９２．２％，網(wǎng)站51個(gè)（市級）") == "合格率92.2%,网站51个(市级)"


# ---- files and showing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"), [(b"%PDF-1.7 ...", "not-text"), (b"PK\x03\x04 no zip", "not-docx"), (b"\0\1\2", "not-text")]
)
def test_what_is_no_notice_is_bad_input(content: bytes, code: str, tmp_path: Path) -> None:
    """One message that says what can be read."""
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(InputError) as error:
        read_published(tmp_path / "x")
    assert [p.code for p in error.value.problems] == [code]
    with pytest.raises(InputError):
        read_published(tmp_path / "none")


@pytest.mark.parametrize("language", list(Language))
def test_what_the_audit_shows(
    language: Language, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What differs first with its words, what cannot be checked, what agrees, signs; the same as JSON."""
    monkeypatch.chdir(tmp_path)
    Path("notice.txt").write_bytes(
        as_text(changed("合格率98.1%", "合格率98.0%")).replace("青禾交通".encode(), "博彩网".encode())
    )
    published = read_published(Path("notice.txt"))
    found = checked(published), signs(published)
    golden(f"audit.{language.value}.txt", to_text(published, *found, language))
    assert [c["outcome"] for c in json.loads(to_json(published, *found))["checks"]].count("differs") == 1


@pytest.mark.parametrize(
    "text", ["网" * 400_000, "合格率9%，" * 60_000, "甲、" * 150_000 + "等3个", "1家其中" * 90_000, "(" * 300_000]
)
def test_a_text_without_end_is_read_all_the_same(text: str, tmp_path: Path) -> None:
    """A megabyte on one line, of what the patterns look for: read in one pass, not for ever."""
    (tmp_path / "a.txt").write_text("政府网站" + text, encoding="utf-8")
    published = read_published(tmp_path / "a.txt")
    assert isinstance(checked(published), tuple)
    assert signs(published) == ()


def test_a_file_that_is_no_notice_by_its_size_is_refused(tmp_path: Path) -> None:
    """Before it is read."""
    with (tmp_path / "a.txt").open("wb") as out:
        out.truncate((20 << 20) + 1)
    with pytest.raises(InputError, match="over 20 MiB"):
        read_published(tmp_path / "a.txt")


def test_nothing_to_check_is_said(tmp_path: Path) -> None:
    """A text without figures."""
    (tmp_path / "a.txt").write_text("各单位：请做好工作。", encoding="utf-8")
    published = read_published(tmp_path / "a.txt")
    assert "没有可以核对的数字" in to_text(published, checked(published), signs(published), Language.ZH)
