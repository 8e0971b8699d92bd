"""What a running service holds: its ledger, its settings, its clock, and those who do its long work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from starlette.requests import Request

from hege.engine.ledger.store import Ledger
from hege.service.schedule.scheduler import Scheduler
from hege.service.web.config import Settings
from hege.service.web.heavy import Heavy
from hege.service.web.limits import Limiter
from hege.service.web.metrics import Requests


@dataclass(kw_only=True)
class Service:
    """One service; `app.state.service` of its application."""

    ledger: Ledger
    settings: Settings
    clock: Callable[[], datetime]
    heavy: Heavy
    scheduler: Scheduler | None = None
    requests: Limiter = field(init=False)
    logins: Limiter = field(init=False)
    measures: Requests = field(default_factory=Requests)
    stopping: bool = False

    def __post_init__(self) -> None:
        self.requests = Limiter(self.settings.requests_per_minute)
        self.logins = Limiter(self.settings.logins_per_minute)

    @property
    def key_file(self) -> Path:
        """The file of the signing key."""
        from hege.service.ledgering import key_beside

        return Path(self.settings.key) if self.settings.key else key_beside(self.settings.ledger)


def service_of(request: Request) -> Service:
    """The service that answers a request."""
    found = request.app.state.service
    assert isinstance(found, Service)
    return found
