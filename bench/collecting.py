"""Pages per second of processor time: fetching, keeping as WARC, reading, journal and ledger, beside bare httpx and Scrapy doing less.

The server is a process of its own, so its time does not count. httpx only fetches; Scrapy fetches and reads links and days, and keeps
nothing. Scrapy is measured where it is installed (`pip install --group bench`). Ratios count, not seconds.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

PAGES, AT_ONCE, ROUNDS = 400, 8, 5


def page(number: int) -> bytes:
    """A column page of some 100 KB: navigation, two hundred rows, running text."""
    rows = "".join(
        f'<li class="row"><a href="/c1/202611/t202611{d % 24 + 1:02}_{number}{d:04}.html" title="关于第{d}号事项的通知" target="_blank">'
        f"关于进一步做好第{d}号有关事项工作的通知</a><span>2026-11-{d % 24 + 1:02}</span></li>\n"
        for d in range(200)
    )
    nav = "".join(f'<li><a href="/c{d}/">栏目{d}</a></li>' for d in range(40))
    text = "".join(
        f"<p>各县（市、区）人民政府，市直各部门：现将第{d}项工作安排印发给你们，请认真贯彻执行。</p>"
        for d in range(450)
    )
    foot = "<p>网站标识码：9901000001 滇ICP备26000001号-1</p>"
    return f"<html><head><meta charset=utf-8><title>通知公告{number}</title></head><body><div class=nav><ul>{nav}</ul></div><ul>{rows}</ul>{text}{foot}</body></html>".encode()


def serve(ready: multiprocessing.Queue[int]) -> None:
    """Answers any path with its page until it is terminated; the bodies are made once."""
    bodies = [page(n) for n in range(20)]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1]
                number = int(path.rpartition(b"/")[2] or b"0") if path.rpartition(b"/")[2].isdigit() else 0
                body = bodies[number % len(bodies)]
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ready.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def ours(port: int) -> float:
    """Processor seconds of fetch, evidence, reading for updates and faults, journal and ledger."""
    from hege.collectors.delivering import Delivery
    from hege.collectors.evidence.warc import WarcFile
    from hege.collectors.extracting.page import read_page
    from hege.collectors.extracting.privacy import privacy
    from hege.collectors.extracting.tamper import tamper
    from hege.collectors.extracting.updates import column_of, updates
    from hege.collectors.extracting.wording import shipped_words, wording
    from hege.collectors.fetching.addresses import LOOPBACK
    from hege.collectors.fetching.client import Client
    from hege.collectors.fetching.fetcher import Asking, NetworkFetcher
    from hege.collectors.journal import Journal
    from hege.collectors.recording import Finished, Kept, Sourced
    from hege.engine.facts import asset_table
    from hege.engine.ledger.making import make
    from hege.engine.ledger.notes import Signer
    from hege.engine.vocabulary import load_vocabulary

    words, vocabulary = shipped_words(), load_vocabulary()
    with tempfile.TemporaryDirectory() as folder:
        ledger = make(str(Path(folder, "l.db")), Signer.new("bench"), entered_by="bench", at=datetime.now(UTC))
        started = time.process_time()
        journal = Journal(Path(folder, "j.sqlite"))
        delivery = Delivery(
            journal=journal, ledger=ledger, register="bench", folder=Path(folder), assets=asset_table(()), vocabulary=vocabulary, entered_by="bench",
            clock=lambda: datetime.now(UTC),
        )  # fmt: skip
        tasks = [f"t{n}" for n in range(0, PAGES, 20)]
        journal.begin("sites", [(t, t) for t in tasks], datetime.now(UTC), {})
        warc = WarcFile.open(Path(folder, "warc", "a.warc.gz"), datetime.now(UTC))

        async def run() -> None:
            turns = asyncio.Semaphore(AT_ONCE)

            async def task(fetcher: NetworkFetcher, first: int) -> None:
                async with turns:
                    kept, facts = [], []
                    for number in range(first, first + 20):
                        capture = await fetcher.fetch(Asking(url=f"http://127.0.0.1:{port}/c1/{number}"))
                        place = warc.add(capture)
                        kept.append(Kept(capture=capture, place=place, purpose="column"))
                        read = read_page(capture)
                        found = [
                            column_of(updates(read), f"c{number}", {}),
                            *tamper(read),
                            *wording(read, words),
                            *privacy(read),
                        ]
                        facts += [
                            Sourced(observation=o, observed_at=capture.fetched_at, record=place.record) for o in found
                        ]
                    journal.good_until("a.warc.gz", warc.sync())
                    delivery.record(
                        Finished(task=f"t{first}", asset=f"t{first}", captures=tuple(kept), facts=tuple(facts))
                    )

            async with Client(allowed=LOOPBACK) as client:
                fetcher = NetworkFetcher(client=client)
                await asyncio.gather(*(task(fetcher, first) for first in range(0, PAGES, 20)))

        asyncio.run(run())
        journal.seal("a.warc.gz", warc.close())
        delivery.deliver()
        spent = time.process_time() - started
        assert delivery.facts >= PAGES, delivery.facts
        journal.close()
        ledger.close()
    return spent


def fetch_only(port: int) -> float:
    """Processor seconds of our fetching alone."""
    from hege.collectors.fetching.addresses import LOOPBACK
    from hege.collectors.fetching.client import Client
    from hege.collectors.fetching.fetcher import Asking, NetworkFetcher

    started = time.process_time()

    async def run() -> None:
        turns = asyncio.Semaphore(AT_ONCE)
        async with Client(allowed=LOOPBACK) as client:
            fetcher = NetworkFetcher(client=client)

            async def one(number: int) -> None:
                async with turns:
                    await fetcher.fetch(Asking(url=f"http://127.0.0.1:{port}/c1/{number}"))

            await asyncio.gather(*(one(n) for n in range(PAGES)))

    asyncio.run(run())
    return time.process_time() - started


HTTPX = """
import asyncio, sys, time, httpx
port, pages, at_once = map(int, sys.argv[1:])
async def run():
    turns = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient() as client:
        async def one(n):
            async with turns:
                (await client.get(f"http://127.0.0.1:{port}/c1/{n}")).text
        await asyncio.gather(*(one(n) for n in range(pages)))
started = time.process_time()
asyncio.run(run())
print(time.process_time() - started)
"""

SCRAPY = """
import re, sys, time, scrapy
from scrapy.crawler import CrawlerProcess
port, pages, at_once = map(int, sys.argv[1:])
class Spider(scrapy.Spider):
    name = "bench"
    start_urls = [f"http://127.0.0.1:{port}/c1/{n}" for n in range(pages)]
    def parse(self, response):
        rows = [(li.css("a::attr(href)").get(), li.css("a::text").get(), li.css("span::text").get()) for li in response.css("li.row")]
        yield {"url": response.url, "newest": max(r[2] for r in rows), "items": len(rows)}
started = time.process_time()
process = CrawlerProcess({"LOG_ENABLED": False, "CONCURRENT_REQUESTS": at_once, "CONCURRENT_REQUESTS_PER_DOMAIN": at_once, "TELNETCONSOLE_ENABLED": False, "DOWNLOAD_DELAY": 0})
process.crawl(Spider)
process.start()
print(time.process_time() - started)
"""


def other(program: str) -> Callable[[int], float | None]:
    """A program run by itself; None where what it needs is not installed."""

    def measured(port: int) -> float | None:
        done = subprocess.run(
            [sys.executable, "-c", program, str(port), str(PAGES), str(AT_ONCE)],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.strip() else None

    return measured


def reading() -> float:
    """Milliseconds of processor time to parse and read one page of 100 KB."""
    from hege.collectors.extracting.page import page_of
    from hege.collectors.extracting.updates import updates

    text = page(1).decode()
    runs = []
    for _ in range(20):
        started = time.process_time()
        updates(page_of(text, "http://www.example.gov.cn/c1/", date(2026, 11, 24)))
        runs.append((time.process_time() - started) * 1000)
    return statistics.median(runs)


def main() -> None:
    """Measures each way several times and prints the medians."""
    ready: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(ready,), daemon=True)
    server.start()
    port = ready.get(timeout=10)
    ways: dict[str, Callable[[int], float | None]] = {
        "hege: fetch, WARC, read, ledger": ours, "hege: fetch": fetch_only, "httpx: fetch": other(HTTPX), "Scrapy: fetch, read": other(SCRAPY),
    }  # fmt: skip
    runs: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):  # in turns, so that what else the machine does falls on all alike
        for name, way in ways.items():
            seconds = way(port)
            if seconds is not None:
                runs[name].append(seconds)
    rates = {name: PAGES / statistics.median(taken) for name, taken in runs.items() if taken}
    server.terminate()
    base = rates["hege: fetch, WARC, read, ledger"]
    print(f"{'pages of ' + str(len(page(1)) // 1000) + ' KB':<34} {'pages per CPU second':>21} {'ours / theirs':>14}")
    for name in ways:
        print(
            f"{name:<34} {rates[name]:>21.0f} {base / rates[name]:>14.2f}"
            if name in rates
            else f"{name:<34} {'not installed':>21}"
        )
    print(f"parse and read one page: {reading():.1f} ms")


if __name__ == "__main__":
    main()
