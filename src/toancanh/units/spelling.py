"""Spelling of unit names: the kind before the name, the key two spellings share, the English form."""

import re
import unicodedata

from toancanh.base.text import name_key, nfc, search_key

KINDS = ("tỉnh", "thành phố", "quận", "huyện", "thị xã", "xã", "phường", "thị trấn", "đặc khu")
"""The kind words of territories, as they stand before names."""

_SHORT = {"tp": "thành phố", "t": "tỉnh", "q": "quận", "h": "huyện", "tx": "thị xã", "x": "xã", "p": "phường"} | {
    "tt": "thị trấn",
    "đk": "đặc khu",
}
_KIND = re.compile(rf"^({'|'.join(sorted(KINDS, key=len, reverse=True))})\s+(?=\S)", re.IGNORECASE)
_ABBREVIATION = re.compile(r"^(tp|tx|tt|đk|[tqhxp])(?:\.\s*|\s+)(?=\S)|^([qp])(?=\d)", re.IGNORECASE)
_SEARCHABLE_KIND = re.compile(rf"^({'|'.join(search_key(kind) for kind in sorted(KINDS, key=len, reverse=True))}) ")
_MARKS = re.compile(r"[\s'’‘`´\-–.]")
_ENGLISH = {"tỉnh": "Province", "thành phố": "City", "quận": "District", "huyện": "District", "thị xã": "Town"} | {
    "xã": "Commune",
    "phường": "Ward",
    "thị trấn": "Township",
    "đặc khu": "Special Zone",
}


def split(name: str) -> tuple[str, str]:
    """Kind word and bare name: "P. Tân Lập" gives ("phường", "Tân Lập"); no kind word gives an empty one."""
    name = nfc(name)
    if found := _KIND.match(name):
        return found[1].casefold(), name[found.end() :]
    if found := _ABBREVIATION.match(name):
        return _SHORT[(found[1] or found[2]).casefold()], name[found.end() :]
    return "", name


def key(bare: str) -> str:
    """A key under which spellings of one bare name are equal: case, tone placement, blanks and apostrophes folded."""
    return _MARKS.sub("", name_key(bare))


def keys(*names: str, above: str = "") -> set[str]:
    """Keys of the bare names, and of these without the name of the unit above at their end."""
    bare = {key(split(name)[1]) for name in names}
    tail = key(above)
    return bare | {one.removesuffix(tail) for one in bare if tail and one != tail}


def searchable(*names: str) -> str:
    """All the names without accents, case or apostrophes, for searching."""
    return " | ".join(dict.fromkeys(re.sub(r"['’‘`´]", "", search_key(name)) for name in names))


def english(name: str) -> str:
    """The name in English letters, kind last: "Xã Hòa Thắng" gives "Hoa Thang Commune", "Quận 1" gives "District 1"."""
    kind, bare = split(name)
    letters = unicodedata.normalize("NFD", bare.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    word = _ENGLISH.get(kind, "")
    return f"{word} {plain}" if plain.isdigit() and word else f"{plain} {word}".strip()


def bare_of_searchable(name: str) -> str:
    """A searchable name without the kind before it."""
    return _SEARCHABLE_KIND.sub("", name)
