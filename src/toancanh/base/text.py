"""Vietnamese text: one normal form for storing, one for comparing names, one for searching."""

import re
import unicodedata
from functools import lru_cache

# The two ways of placing a tone on a rounded diphthong (hoà/hòa, khoẻ/khỏe, thuỷ/thủy) fold to the newer one.
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_OLD_STYLE = re.compile(r"(?<!q)(oa|oe|uy)([\u0300\u0301\u0303\u0309\u0323])(?![a-z])")
_SPACES = re.compile(r"\s+")


def nfc(text: str) -> str:
    """The text in NFC, spaces collapsed, ends trimmed: the form in which everything is stored."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


# NUL, and half of a letter beyond the first 65,536 (as JSON escapes or file names may hold it): no database keeps them.
_BROKEN = re.compile("[\x00\ud800-\udfff]")


def is_whole(text: str) -> bool:
    """Whether every character of the text can be kept."""
    return _BROKEN.search(text) is None


def whole(text: str) -> str:
    """The text with characters that cannot be kept written as escapes."""
    return _BROKEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def harmless(text: str) -> str:
    """The text as no spreadsheet mistakes it in a CSV: an apostrophe stands before what begins a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "'") else text


HARMLESS = r"^'([=+\-@\t'])"  # what `harmless` puts before a text, and the character after it


def name_key(name: str) -> str:
    """A key under which two spellings of one Vietnamese name are equal: case, spaces and tone placement folded.

    Accents are kept: "Hòa Thắng" equals "HOÀ THẮNG" but never "Hoa Thang".
    """
    decomposed = unicodedata.normalize("NFD", nfc(name).casefold())
    # A tone stands after its vowel in NFD; circumflex, breve and horn come before or after it, so sort them first.
    out: list[str] = []
    for char in decomposed:
        if out and out[-1] in _TONES and unicodedata.combining(char) and char not in _TONES:
            out.insert(len(out) - 1, char)
        else:
            out.append(char)
    moved = _OLD_STYLE.sub(lambda m: m[1][0] + m[2] + m[1][1], "".join(out))
    return unicodedata.normalize("NFC", moved)


_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_ORDER = {letter: chr(0x100 + place) for place, letter in enumerate(_LETTERS)}
_TONE_ORDER = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng; none comes before them


@lru_cache(maxsize=20_000)
def sort_key(text: str) -> tuple[str, str, str]:
    """A key for sorting as Vietnamese dictionaries do: a ă â b c d đ e ê …, the tone decides among equal letters."""
    letters, tones = [], []
    for char in nfc(text).casefold():
        parts = unicodedata.normalize("NFD", char)
        tone = next((part for part in parts if part in _TONES), "")
        letter = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        letters.append(_ORDER.get(letter, letter))
        tones.append(str(_TONE_ORDER.find(tone) + 1 if tone else 0))
    return "".join(letters), "".join(tones), text


def search_key(text: str) -> str:
    """A key for searching without accents or case: "Đắk Nông" gives "dak nong". Never used to decide identity."""
    decomposed = unicodedata.normalize("NFD", nfc(text).casefold().replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))
