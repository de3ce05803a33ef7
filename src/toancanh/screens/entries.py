"""Entries: the fields of a form, each with its label, its value and what is wrong with it."""

from dataclasses import dataclass

from toancanh.base.options import Shape, Text

Choices = tuple[tuple[str, Text], ...]
REMOVE = "remove."  # before the name of a secret that is to be forgotten


@dataclass(frozen=True)
class Entry:
    """One field: its name in the form, how it is labelled and filled in, what is wrong with it."""

    name: str
    label: Text
    shape: Shape = Shape.TEXT
    value: str = ""
    required: bool = False
    help: Text = ""
    choices: Choices = ()
    minimum: float | None = None
    maximum: float | None = None
    fixed: bool = False
    kept: bool = False  # a secret that is stored
    problem: str = ""

    @property
    def key(self) -> str:
        """The name as an id of the page."""
        return self.name.replace(".", "-")

    @property
    def removal(self) -> str:
        """The name of the tick that has a stored secret forgotten."""
        return REMOVE + self.name.partition(".")[2]

    @property
    def described(self) -> str:
        """The ids of what explains the field."""
        parts = [f"{self.key}-problem"] if self.problem else []
        return " ".join([*parts, f"{self.key}-help"] if self.help or self.kept else parts)

    @property
    def chosen(self) -> list[str]:
        """The values of a field that holds several."""
        return self.value.split(",") if self.value else []


@dataclass(frozen=True)
class Group:
    """Fields under one title."""

    title: str
    entries: list[Entry]
