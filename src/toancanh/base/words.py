"""Words that data carries in both languages: names, definitions, units of measure."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language


@dataclass(frozen=True)
class Bilingual:
    """A text in Vietnamese and English; as a string it is in the active language."""

    vi: str
    en: str

    @classmethod
    def of(cls, value: "str | Mapping[str, str] | Bilingual") -> "Bilingual":
        """From {"vi": …, "en": …}, or one text for both."""
        if isinstance(value, Bilingual):
            return value
        if isinstance(value, str):
            return cls(value, value)
        return cls(value["vi"], value.get("en") or value["vi"])

    def __str__(self) -> str:
        return self.en if (get_language() or "vi").startswith("en") else self.vi

    def __bool__(self) -> bool:
        return bool(self.vi)
