"""Text that exists in Chinese and in English; the language is chosen at the edge, by whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Language(Enum):
    """A language a person can read hege in."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str

    def shown(self, language: Language) -> str:
        """The sentence in the asked language."""
        return self.zh if language is Language.ZH else self.en
