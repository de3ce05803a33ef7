"""Vietnamese text: one normal form for storing, one for comparing names, one for searching."""

import re
import unicodedata

# The two ways of placing a tone on a rounded diphthong (hoà/hòa, khoẻ/khỏe, thuỷ/thủy) fold to the newer one.
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_OLD_STYLE = re.compile(r"(?<!q)(oa|oe|uy)([\u0300\u0301\u0303\u0309\u0323])(?![a-z])")
_SPACES = re.compile(r"\s+")


def nfc(text: str) -> str:
    """The text in NFC, spaces collapsed, ends trimmed: the form in which everything is stored."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


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


def search_key(text: str) -> str:
    """A key for searching without accents or case: "Đắk Nông" gives "dak nong". Never used to decide identity."""
    decomposed = unicodedata.normalize("NFD", nfc(text).casefold().replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))
