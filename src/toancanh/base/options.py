"""Options: what can be set of a connector, of a kind of rule; told in a file or a form, read whole or refused."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words, register
from toancanh.base.words import Bilingual

Text = str | Promise | Bilingual  # words of the active language once they are a string
REFUSED = "option.value"

register(
    {
        REFUSED: Words(_("Mục `{option}`: {reason}."), _("Sửa mục này rồi lưu lại.")),
    }
)


class Shape(StrEnum):
    """What an option holds."""

    TEXT = "text"
    URL = "url"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    MANY = "many"  # several of the choices, as a list
    SECRET = "secret"  # noqa: S105 - the name of a shape
    LINES = "lines"  # several lines of text


@dataclass(frozen=True)
class Option:
    """One option. A secret is stored encrypted and never shown again.

    What may be chosen is told by `choices`, or by `known` where it differs from day to day: values with their titles.
    """

    name: str
    title: Text
    shape: Shape = Shape.TEXT
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()  # of a URL
    minimum: float | None = None
    maximum: float | None = None
    help: Text = ""
    known: Callable[[], Mapping[str, Text]] | None = None

    @property
    def titles(self) -> dict[str, Text]:
        """What may be chosen, with its titles."""
        return dict(self.known()) if self.known else {each: each for each in self.choices}

    def read(self, value: Any, refused: str = REFUSED) -> Any:
        """A value as it is kept. Raises a problem of the code `refused`."""
        if value is None or value == "":
            if self.required:
                raise self._problem(refused, _("còn thiếu"))
            # A text may be empty on purpose.
            return value if value == "" and self.shape in (Shape.TEXT, Shape.LINES) else self.default
        match self.shape:
            case Shape.NUMBER:
                return self._number(value, refused)
            case Shape.SWITCH:
                return value in (True, "true", "on", "1", 1)
            case Shape.MANY:
                told = value.split(",") if isinstance(value, str) else list(value)
                found = [str(each).strip() for each in told if str(each).strip()]
                if set(found) - self.titles.keys():
                    raise self._problem(refused, _("phải là một trong: {choices}"), choices=", ".join(self.titles))
                return found
            case Shape.CHOICE if str(value) not in self.titles:
                raise self._problem(refused, _("phải là một trong: {choices}"), choices=", ".join(self.titles))
            case Shape.URL if _scheme(str(value)) not in self.schemes:
                schemes = ", ".join(f"{each}://" for each in self.schemes)
                raise self._problem(refused, _("phải bắt đầu bằng {schemes}"), schemes=schemes)
        return str(value)

    def _number(self, value: Any, refused: str) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise self._problem(refused, _("không phải là số")) from None
        if not math.isfinite(number):
            raise self._problem(refused, _("không phải là số"))
        if self.minimum is not None and number < self.minimum:
            raise self._problem(refused, _("không được nhỏ hơn {minimum}"), minimum=f"{self.minimum:g}")
        if self.maximum is not None and number > self.maximum:
            raise self._problem(refused, _("không được lớn hơn {maximum}"), maximum=f"{self.maximum:g}")
        return int(number) if number.is_integer() else number

    def _problem(self, refused: str, reason: Text, **params: str) -> Problem:
        return Problem(refused, option=self.name, reason=str(reason).format(**params))


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""
