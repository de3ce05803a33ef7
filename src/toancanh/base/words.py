"""Words that data carries in both languages: names, definitions, units of measure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language

_PLACE = re.compile(r"\{(\w+)\}")


def filled(text: str, told: Mapping[str, object]) -> str:
    """A text that people write, with what is told in its {places}; one that is not known stays a dash.

    Not `str.format`: a brace too many must not keep a message from being sent, nor {x:>999999999} fill the memory.
    """
    return _PLACE.sub(lambda found: str(told.get(found[1], "–")), text)


def places(text: str) -> set[str]:
    """The names of the {places} of a text that people write."""
    return set(_PLACE.findall(text))


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
