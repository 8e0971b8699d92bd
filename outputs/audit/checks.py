"""What a notice prints held against itself: totals against parts, rates against counts at the printed precision, lists
against counts, tables against their own sums and shares, dates against windows.

Each check agrees, differs, or says that it cannot be made. Only what the notice itself prints is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from hege.engine.result import percent
from hege.engine.text import Text
from hege.outputs.audit.published import Grid, Paragraph, Published, plain


class Outcome(Enum):
    """What came of a check."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNCHECKED = "unchecked"


class Subject(Enum):
    """What a count is of."""

    SITE = "site"
    ACCOUNT = "account"


_NAME = {
    Subject.SITE: Text(zh="政府网站", en="websites"),
    Subject.ACCOUNT: Text(zh="政务新媒体", en="accounts"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check: what came of it, at which line, about what; `quote` is the notice's own words."""

    code: str
    outcome: Outcome
    line: int
    quote: str
    about: Text


@dataclass(slots=True)
class Known:
    """What the text has said of a subject so far."""

    total: int | None = None
    failed: int | None = None
    failed_line: int = 0


def checked(published: Published) -> tuple[Check, ...]:
    """Every check of a notice, in the order of its lines."""
    known = {subject: Known() for subject in Subject}
    found = [*_text(published, known), *_tables(published, known), *_dates(published)]
    return tuple(sorted(dict.fromkeys(found), key=lambda c: c.line))


def _check(code: str, agrees: bool | None, line: int, quote: str, zh: str, en: str) -> Check:
    outcome = Outcome.UNCHECKED if agrees is None else Outcome.AGREES if agrees else Outcome.DIFFERS
    return Check(code=code, outcome=outcome, line=line, quote=quote, about=Text(zh=zh, en=en))


# ---- text ----------------------------------------------------------------------------------------------------------

LONGEST = 3_000
_SITE = re.compile(r"网站")
_ACCOUNT = re.compile(r"新媒体|公众号|账号")
_N = r"(\d+)(?:个|家)"
_KIND = r"(?:政府网站|政务新媒体|新媒体|网站)?(?:账号)?"
_FAILED = re.compile(
    rf"不合格(?:的)?{_KIND}{_N}|发现{_N}(?:{_KIND})?存在(?:突出)?问题|问题的(?:政府网站|政务新媒体)(?:有)?{_N}|{_N}{_KIND}不合格"
)
_PASSED = re.compile(rf"(?<!不)合格(?:的)?{_KIND}{_N}")
_TOTAL = re.compile(
    rf"(?:共|运行|全市|检查|开设|中)[^,。;]{{0,8}}?{_N}(?=(?:政府|政务)?(?:网站|新媒体|账号)|[,(。;、]|$)"
    rf"|(?:网站|新媒体|账号)(?:共有?|共计|有)?{_N}"
)
_OPEN = re.compile(rf"(?:待核|豁免){_N}")
_RATE = re.compile(r"合格率(?:为|达到?)?(\d+(?:\.\d+)?%)")
_OTHER = re.compile(r"(?:上季度|上次|上期|上年|上月|去年|同期|此前|上一)[^,;。]*$")
_SHARE = re.compile(r"\d+(?:\.\d+)?%")
_PARTS = re.compile(rf"{_N}[^。;]{{0,12}}?\(?,?其中[,:]?([^。;)]*)")
_PENDING = re.compile(r"还有(\d+)个(?:账号)?未(?:完成)?注销")
_NAMED = re.compile(
    r"((?:[“\"「][^”\"」]{1,60}[”\"」]|[\w·]{1,40})(?:、(?:[“\"「][^”\"」]{1,60}[”\"」]|[\w·]{1,40})){1,40})等(\d+)个"
)


def _text(published: Published, known: dict[Subject, Known]) -> Iterator[Check]:
    subject: Subject | None = None
    for paragraph in published.paragraphs:
        for said in _sentences(paragraph):
            read = plain(said)
            subject = _subject(read, subject)
            yield from _sentence(paragraph.line, said, read, subject, known)


def _sentences(paragraph: Paragraph) -> list[str]:
    """Sentences; what runs on without an end is taken in pieces, so that no text takes for ever."""
    whole = (s for s in re.split(r"(?<=[。；;])", paragraph.text) if s.strip())
    return [s[start : start + LONGEST] for s in whole for start in range(0, len(s), LONGEST)]


def _subject(read: str, before: Subject | None) -> Subject | None:
    """What a sentence is about: the kind it names first; neither leaves it as it was."""
    site, account = _SITE.search(read), _ACCOUNT.search(read)
    if site and account:
        return Subject.SITE if site.start() < account.start() else Subject.ACCOUNT
    return Subject.SITE if site else Subject.ACCOUNT if account else before


def _sentence(line: int, said: str, read: str, subject: Subject | None, known: dict[Subject, Known]) -> Iterator[Check]:
    yield from _parts(line, said, read)
    yield from _named(line, said, read)
    rates, pass_rates = list(_SHARE.finditer(read)), set(_RATE.findall(read))
    if subject is None:
        yield from (_unchecked(line, m[0], "没有说明对象", "of what is not said") for m in rates)
        return
    whole = _without_parts(read)
    passed, failed = _first(_PASSED, whole), _first(_FAILED, whole)
    total = _first(_TOTAL, _FAILED.sub(" ", _PASSED.sub(" ", whole)))
    now = known[subject]
    now.total = total if total is not None else now.total
    if failed is not None:
        now.failed, now.failed_line = failed, line
    if now.total is not None and passed is not None and failed is not None:
        parts = [passed, failed, *map(int, _OPEN.findall(whole))]
        summed, shown = sum(parts), "＋".join(map(str, parts))
        yield _check(
            "parts", summed == now.total, line, said, f"合格与不合格等{shown}＝{summed}，总数{now.total}",
            f"passed, failed and others {' + '.join(map(str, parts))} = {summed}, the total is {now.total}",
        )  # fmt: skip
    for rate in rates:
        if _OTHER.search(read[: rate.start()]):
            yield _unchecked(line, rate[0], "说的是另一次检查", "this is of another inspection")
        elif rate[0] not in pass_rates:
            yield _unchecked(line, rate[0], "通报没有给出相应的个数", "the notice does not give the counts")
        else:
            yield _rate(line, said, rate[0], subject, now, passed, failed)


def _without_parts(read: str) -> str:
    """A sentence without what 其中 says of its parts: the rest of its brackets, or of the sentence."""
    before, among, after = read.partition("其中")
    if not among:
        return read
    if not before.endswith("("):
        return before
    depth = 1
    for i, character in enumerate(after):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return before[:-1] + after[i + 1 :]
    return before


def _rate(
    line: int, said: str, rate: str, subject: Subject, now: Known, passed: int | None, failed: int | None
) -> Check:
    if now.total is None:
        return _unchecked(
            line, rate, f"没有给出{_NAME[subject].zh}总数", f"the total of {_NAME[subject].en} is not given"
        )
    if passed is None and failed is not None:
        passed = now.total - failed
    if passed is not None:
        is_ = _at_precision(passed, now.total, rate)
        return _check(
            "rate", is_ == rate, line, said, f"合格率{rate}：{passed}/{now.total}为{is_}", f"rate {rate}: {passed}/{now.total} is {is_}"
        )  # fmt: skip
    return _attainable(line, said, rate, now.total)


def _attainable(line: int, said: str, rate: str, total: int) -> Check:
    """Whether any count of the total gives the rate, where the notice does not say which."""
    share = Decimal(rate.rstrip("%"))
    near = int((share * total / 100).to_integral_value(ROUND_HALF_UP))
    fits = [n for n in (near - 1, near, near + 1) if 0 <= n <= total and _at_precision(n, total, rate) == rate]
    if fits:
        return _check(
            "rate", True, line, said, f"合格率{rate}：与{fits[0]}/{total}相符", f"rate {rate}: {fits[0]}/{total} gives it"
        )  # fmt: skip
    is_ = _at_precision(near, total, rate)
    return _check(
        "rate", False, line, said,
        f"合格率{rate}：总数{total}时没有任何个数得到它，最接近的{near}/{total}为{is_}",
        f"rate {rate}: no count of {total} gives it; the nearest, {near}/{total}, is {is_}",
    )  # fmt: skip


def _at_precision(part: int, whole: int, printed: str) -> str | None:
    """The share with as many places as the notice prints."""
    return percent(part, whole, len(printed.rstrip("%").partition(".")[2]))


def _unchecked(line: int, quote: str, zh: str, en: str) -> Check:
    return _check("rate", None, line, quote, f"{quote}：{zh}，无法核对", f"{quote}: {en}; it cannot be checked")


def _first(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(next(g for g in found.groups() if g)) if found else None


def _parts(line: int, said: str, read: str) -> Iterator[Check]:
    """A total and the parts that 其中 names, where they are counts of the whole."""
    for found in _PARTS.finditer(read):
        clause = re.split(r",?(?:检查结果|合格)", found[2])[0]
        parts = [int(n) for n in re.findall(_N, clause)]
        if len(parts) > 1:
            total, summed = int(found[1]), sum(parts)
            yield _check(
                "parts", summed == total, line, said,
                f"{'＋'.join(map(str, parts))}＝{summed}，总数{total}", f"{' + '.join(map(str, parts))} = {summed}, the total is {total}",
            )  # fmt: skip


def _named(line: int, said: str, read: str) -> Iterator[Check]:
    """Names before 等N个: never more than N."""
    for found in _NAMED.finditer(read):
        names, number = found[1].count("、") + 1, int(found[2])
        yield _check(
            "named", names <= number, line, said, f"点名{names}个，称等{number}个", f"{names} named, said to be {number}"
        )  # fmt: skip


# ---- tables --------------------------------------------------------------------------------------------------------


def _tables(published: Published, known: dict[Subject, Known]) -> Iterator[Check]:
    listed: dict[Subject, list[tuple[Grid, int]]] = {subject: [] for subject in Subject}
    pending = [(p.line, int(m[1])) for p in published.paragraphs for m in _PENDING.finditer(plain(p.text))]
    for grid in published.grids:
        yield from _numbering(grid)
        yield from _cleared(grid, pending)
        yield from _sums(grid, known)
        if (subject := _table_subject(grid)) and (rows := _failed_rows(grid)) is not None:
            listed[subject].append((grid, rows))
    for subject, tables in listed.items():
        yield from _against_text(subject, tables, known[subject])


def _table_subject(grid: Grid) -> Subject | None:
    """What a table lists: as its header says, else the text right above it."""
    head = "".join(map(plain, grid.rows[0]))
    if "网站名称" in head or "账号名称" in head or "新媒体" in head:
        return Subject.SITE if "网站名称" in head else Subject.ACCOUNT
    return _subject(plain(grid.title.splitlines()[-1] if grid.title else ""), None)


def _body(grid: Grid) -> list[tuple[str, ...]]:
    """The rows below the header, without repeated headers, notes and sums."""
    head = tuple(map(plain, grid.rows[0]))
    rows = [tuple(map(plain, row)) for row in grid.rows[1:]]
    numbered = head[0] == "序号"
    return [row for row in rows if row != head and (not numbered or row[0].isdigit())]


def _numbering(grid: Grid) -> Iterator[Check]:
    if plain(grid.rows[0][0]) != "序号":
        return
    numbers = [int(row[0]) for row in _body(grid)]
    expected = list(range(1, len(numbers) + 1))
    wrong = next((i for i, (a, b) in enumerate(zip(numbers, expected, strict=True)) if a != b), None)
    if wrong is None:
        yield _check(
            "numbering", True, grid.line, _caption(grid), f"序号1至{len(numbers)}连续", f"rows are numbered 1 to {len(numbers)}"
        )  # fmt: skip
    else:
        yield _check(
            "numbering", False, grid.line, _caption(grid),
            f"序号不连续：第{wrong + 1}行写作{numbers[wrong]}", f"row {wrong + 1} is numbered {numbers[wrong]}",
        )  # fmt: skip


def _sums(grid: Grid, known: dict[Subject, Known]) -> Iterator[Check]:
    """The row 合计 against the rows above it, and shares against the two counts before them."""
    rows = [tuple(map(plain, row)) for row in grid.rows]
    sums = next((row for row in rows if any(cell in ("合计", "总计") for cell in row[:2])), None)
    body = _body(grid) if sums else []
    if not sums or not body:
        return
    figures = [cell for cell in sums if re.fullmatch(r"\d+(\.\d+)?%?", cell)]
    shift = len(body[0]) - len(figures)
    for i, printed in enumerate(figures):
        column = [row[i + shift] for row in body if len(row) == len(body[0])]
        if printed.isdigit() and all(cell.isdigit() for cell in column):
            summed = sum(map(int, column))
            yield _check(
                "sum", summed == int(printed), grid.line, _caption(grid),
                f"第{i + shift + 1}列各行之和为{summed}，合计{printed}",
                f"column {i + shift + 1} sums to {summed}, the total says {printed}",
            )  # fmt: skip
    yield from _shares(grid, [*body, (*[""] * shift, *figures)], shift)
    total = int(figures[0]) if figures and figures[0].isdigit() else None
    subject = _table_subject(grid)
    if subject and total is not None and known[subject].total is not None:
        yield _check(
            "total", total == known[subject].total, grid.line, _caption(grid),
            f"表中合计{total}，正文总数{known[subject].total}", f"the table has {total}, the text {known[subject].total}",
        )  # fmt: skip


def _shares(grid: Grid, rows: list[tuple[str, ...]], shift: int) -> Iterator[Check]:
    """Percentages of a row: some count of it must give each, out of the first."""
    shares = [(row, cell) for row in rows for cell in row[shift:] if cell.endswith("%")]
    wrong = []
    for row, cell in shares:
        whole, *parts = [int(c) for c in row[shift:] if c.isdigit()] or [0]
        if parts and cell not in [_at_precision(part, whole, cell) for part in parts]:
            wrong.append((row, cell))
            counts = "、".join(f"{part}/{whole}为{_at_precision(part, whole, cell)}" for part in parts)
            yield _check(
                "share", False, grid.line, " | ".join(row), f"占比{cell}与个数不符：{counts}",
                f"the share {cell} does not follow from {', '.join(f'{p}/{whole}' for p in parts)}",
            )  # fmt: skip
    if shares and not wrong:
        yield _check(
            "share", True, grid.line, _caption(grid), f"{len(shares)}个占比与个数相符", f"{len(shares)} shares follow from the counts"
        )  # fmt: skip


def _failed_rows(grid: Grid) -> int | None:
    """How many failed assets a table lists; None where it lists something else."""
    head = list(map(plain, grid.rows[0]))
    body = _body(grid)
    title = plain(grid.title)
    if "检查结果" in head:
        column = head.index("检查结果")
        return sum(row[column] == "不合格" for row in body if len(row) > column)
    last = title.splitlines()[-1] if title else ""
    is_list = any(word in "".join(head) for word in ("问题", "名称"))
    if is_list and any(p in title for p in ("突出问题", "不合格")) and "注销" not in last and "工单" not in last:
        return len(body)
    return None


def _against_text(subject: Subject, tables: list[tuple[Grid, int]], now: Known) -> Iterator[Check]:
    if len(tables) == 1 and now.failed is not None:
        grid, rows = tables[0]
        yield _check(
            "list", rows == now.failed, grid.line, _caption(grid),
            f"名单列{_NAME[subject].zh}{rows}个，正文{now.failed}个（第{now.failed_line}行）",
            f"the list has {rows} {_NAME[subject].en}, the text {now.failed} (line {now.failed_line})",
        )  # fmt: skip
        return
    for grid, rows in tables:
        yield _check(
            "list", None, grid.line, _caption(grid), f"名单列{rows}个，正文没有相应的个数，无法核对",
            f"the list has {rows}; the text gives no such count, so it cannot be checked",
        )  # fmt: skip


def _cleared(grid: Grid, pending: list[tuple[int, int]]) -> Iterator[Check]:
    """A list of accounts still to be deregistered (待注销) against the count of the text."""
    if "待注销" in plain(_caption(grid)) and len(pending) == 1:
        (line, number), rows = pending[0], len(_body(grid))
        yield _check(
            "list", rows == number, grid.line, _caption(grid), f"待注销名单列{rows}个，正文{number}个（第{line}行）",
            f"{rows} listed as still to be deregistered, the text has {number} (line {line})",
        )  # fmt: skip


def _caption(grid: Grid) -> str:
    """The title of a table: the last line above it that is no remark."""
    titles = [line for line in grid.title.splitlines() if not re.search(r"时间|^注", plain(line)) and len(line) <= 60]
    return titles[-1] if titles else " | ".join(grid.rows[0])


# ---- dates ---------------------------------------------------------------------------------------------------------

_DAY = r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日"
_SIGNED = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_DUE = re.compile(_DAY + r"(?:\(星期([一二三四五六日天])\))?(?:下班)?前")
_WEEKDAY = re.compile(_DAY + r"\(星期([一二三四五六日天])\)")
_SPAN = re.compile(_DAY + r"-+" + _DAY)
_WINDOW = re.compile(r"监测时间?点" + _DAY + r",?(?:时间段|时段)为?" + _DAY + r"-+" + _DAY)
_LENGTH = re.compile(r"监测时间?点前(\d+|两|二|一|三)周")
HALF_A_YEAR = 183
_WEEKS = {"一": 1, "两": 2, "二": 2, "三": 3}


def _dates(published: Published) -> Iterator[Check]:
    lines = [(p.line, p.text, plain(p.text)) for p in published.paragraphs]
    cells = [(g.line, " ".join(r), plain("".join(r))) for g in published.grids for r in g.rows]
    signed = [(n, _day(m.groups(), None)) for n, _, read in lines if (m := _SIGNED.fullmatch(read))]
    day = next((d for _, d in reversed(signed) if d), None)
    weeks = {_WEEKS.get(w) or int(w) for _, _, read in (*lines, *cells) for w in _LENGTH.findall(read)}
    for n, said, read in lines:
        yield from _weekdays(n, said, read, day)
        yield from _spans(n, said, read, day)
        yield from _windows(n, said, read, weeks)
        for due in _DUE.finditer(read):
            until = _after(due.groups()[:3], day)
            if until and day:
                yield _check("deadline", until > day, n, said, f"期限{until}，成文{day}", f"due {until}, signed {day}")


def _day(parts: tuple[str | None, ...], near: date | None) -> date | None:
    """A day; without a year that of the notice."""
    year, month, number = parts
    if year is None and near is None:
        return None
    try:
        return date(int(year) if year else near.year, int(month or 0), int(number or 0))  # type: ignore[union-attr]
    except ValueError:
        return None


def _after(parts: tuple[str | None, ...], start: date | None) -> date | None:
    """A day that should follow another: without a year, of the next one where it would lie before but not far before."""
    found = _day(parts, start)
    if found is None or start is None or parts[0] or found >= start:
        return found
    following = _day((str(found.year + 1), *parts[1:]), None)
    return following if following and (following - start).days <= HALF_A_YEAR else found


def _weekdays(line: int, said: str, read: str, day: date | None) -> Iterator[Check]:
    for found in _WEEKDAY.finditer(read):
        if that := _day(found.groups()[:3], day):
            is_ = "一二三四五六日"[that.weekday()]
            agrees = found[4].replace("天", "日") == is_
            yield _check("weekday", agrees, line, said, f"{that}是星期{is_}", f"{that} is a {that:%A}")


def _spans(line: int, said: str, read: str, day: date | None) -> Iterator[Check]:
    for found in _SPAN.finditer(read):
        start = _day(found.groups()[:3], day)
        end = _after(found.groups()[3:], start or day)
        if start and end:
            yield _check(
                "span", start <= end, line, said, f"{start}至{end}，共{(end - start).days + 1}天",
                f"{start} to {end}, {(end - start).days + 1} days",
            )  # fmt: skip


def _windows(line: int, said: str, read: str, weeks: set[int]) -> Iterator[Check]:
    """监测时间点 and the window that is said to end there, against the weeks that the lists speak of."""
    for found in _WINDOW.finditer(read):
        groups = found.groups()
        at = _day(groups[:3], None)
        start, end = _day(groups[3:6], at), _day(groups[6:], at)
        if at and start and end and len(weeks) == 1:
            length = 7 * next(iter(weeks))
            expected = at - timedelta(days=length - 1)
            yield _check(
                "window", (start, end) == (expected, at), line, said,
                f"{at}前{length}天（含当日）为{expected}至{at}，通报为{start}至{end}",
                f"{length} days up to {at} are {expected} to {at}; the notice has {start} to {end}",
            )  # fmt: skip
