"""The demo city as a case folder: its assets with their addresses, and what people, not collectors, have entered."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path

from hege.collectors.demo_city.accounts import account_of
from hege.collectors.demo_city.city import City, DemoSite
from hege.collectors.demo_city.server import PLATFORM
from hege.engine.dates import SHANGHAI

PER_DAY, DAYS = 20, 7


def write_case(city: City, bases: Mapping[str, str], folder: Path) -> None:
    """Writes case.yaml, assets.csv and the facts that collectors do not gather, the week of probes before among them."""
    (folder / "facts").mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(
        f"schema: case/1\ntitle: {city.name}政府网站与政务新媒体检查（虚拟）\njurisdiction: {city.name}\nissuer: {city.name}人民政府办公室\n"
        f"rules: cn/2019-19\nas_of: {{site: {city.day}, account: {city.day}}}\n", encoding="utf-8",
    )  # fmt: skip
    assets = [[s.id, "site", s.name, "网站", s.name, city.name, "政府网站", "", bases[s.id] + "/"] for s in city.sites]
    accounts = [account_of(a, city.day) for a in city.accounts]
    assets += [[a.id, "account", a.name, a.platform, a.owner, city.name, "政务新媒体", "", ""] for a in accounts]
    header = ["id", "kind", "name", "platform", "owner", "district", "category", "parent", "url"]
    _write(folder / "assets.csv", header, assets)
    day = city.day.isoformat()
    services = [[s.id, day, s.name, s.code, "正常", "是" if _has_guides(s) else "否"] for s in city.sites]
    services += [[a.id, day, a.registered, a.id, "正常", ""] for a in accounts]
    _write(
        folder / "facts" / "registration.csv",
        ["asset", "observed_at", "name", "code", "status", "outward_service"],
        services,
    )
    survey = [[s.id, "安全泄密事故等严重问题", day, "ok"] for s in city.sites]
    survey += [[a.id, item, day, "ok"] for a in accounts for item in ("安全泄密事故等严重问题", "购买粉丝强制点赞")]
    _write(folder / "facts" / "survey.csv", ["asset", "part", "observed_at", "answer"], survey)
    channels = [[a.id, "留言", day, "留言", "是"] for a in accounts]
    _write(folder / "facts" / "channel.csv", ["asset", "part", "observed_at", "kind", "works"], channels)
    sources = [[a.id, bases[PLATFORM] + a.path, a.way, a.number if a.way != "rss" else ""] for a in accounts]
    _write(folder / "sources.csv", ["asset", "url", "map", "id"], sources)
    _write(folder / "facts" / "probe.csv", ["asset", "part", "observed_at", "outcome", "seconds"], _probes(city))


def _has_guides(site: DemoSite) -> bool:
    return any(item.missing is not None for column in site.columns for item in column.items)


def _probes(city: City) -> Iterable[list[str]]:
    """A week of probes, twenty a day; the first `failures` of a site failed as its server behaves."""
    for site in city.sites:
        for number in range(PER_DAY * DAYS):
            day = city.day - timedelta(days=DAYS - 1 - number // PER_DAY)
            at = datetime.combine(day, time(0), SHANGHAI) + timedelta(minutes=72 * (number % PER_DAY))
            failed = number < site.failures
            yield [site.id, "demo", at.isoformat(), "reset" if failed else "ok", "0.1" if failed else "0.6"]


def _write(file: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    file.write_text(out.getvalue(), encoding="utf-8")
