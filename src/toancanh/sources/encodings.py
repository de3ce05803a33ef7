"""Encodings: the old Vietnamese ones (TCVN3, VNI, cp1258) are recognised and named, and read if asked."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_TCVN3 = dict(
    zip(
        bytes.fromhex(
            "a1a2a3a4a5a6a7 a8a9aaabacadae b5b6b7b8b9 bbbcbdbec6 c7c8c9cacb cccecfd0d1 d2d3d4d5d6 d7d8dcddde"
            "dfe1e2e3e4 e5e6e7e8e9 eaebecedee eff1f2f3f4 f5f6f7f8f9 fafbfcfdfe"
        ),
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
# VNI-Windows writes a letter and then, as a letter of its own, what stands above or below it.
_VNI_MARKS = {
    "ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323",
    "â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303",
    "ä": "\u0302\u0323", "ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309",
    "ü": "\u0306\u0303", "ë": "\u0306\u0323",
}  # fmt: skip
_VNI_MARKS |= {mark.upper(): combining for mark, combining in _VNI_MARKS.items()}
_VNI_SINGLE = str.maketrans("ôÔöÖíÍìÌæÆóÓòÒîÎñÑ", "ơƠưƯíÍìÌỉỈĩĨịỊỵỴđĐ")
_VNI_PAIR = re.compile(f"([AaEeOoUuYyÔôÖö])([{''.join(_VNI_MARKS)}])")
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?[aăâeêioôơuưy]{1,3}(?:ch|ng|nh|[cmnpt]|k)?"
)
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


class Encoding(NamedTuple):
    """A legacy encoding: the name people know it by and the word a mapping uses."""

    title: str
    option: str


LEGACY = (Encoding("TCVN3 (ABC)", "tcvn3"), Encoding("VNI", "vni"), Encoding("Windows-1258", "cp1258"))


def decode(data: bytes, option: str) -> str:
    """Bytes of a legacy encoding as Unicode text in NFC."""
    return (
        to_unicode(data.decode("cp1258", "replace"), option)
        if option == "cp1258"
        else to_unicode(data.decode("latin-1"), option)
    )


def to_unicode(text: str, option: str) -> str:
    """Text whose letters stand for those of a legacy font, as Unicode text in NFC."""
    if option == "tcvn3":
        return text.translate(_TCVN3)
    if option == "vni":
        pieces: list[str] = []
        end = 0
        for pair in _VNI_PAIR.finditer(text):
            pieces += (
                text[end : pair.start()].translate(_VNI_SINGLE),
                pair[1].translate(_VNI_SINGLE) + _VNI_MARKS[pair[2]],
            )
            end = pair.end()
        text = "".join([*pieces, text[end:].translate(_VNI_SINGLE)])
    return unicodedata.normalize("NFC", text)


def recognise(data: bytes) -> Encoding | None:
    """The legacy encoding under which these bytes read as Vietnamese, or None."""
    scores = [(likeness(decode(data, encoding.option))[0], encoding) for encoding in LEGACY]
    score, best = max(scores, key=lambda pair: pair[0])
    return best if score >= 0.75 else None


def recognise_font(text: str) -> tuple[Encoding, str] | None:
    """The legacy font in which Unicode text was typed ("TØnh §¾k L¾k") with an example, or None."""
    suspects = [word for word in text.split() if not word.isascii() and _latin1(word)]
    sample = " ".join(suspects)
    as_is, count = likeness(sample)
    if count < 3 or as_is > 0.5 or count < likeness(text)[1] / 2:
        return None
    found = recognise(sample.encode("latin-1"))
    return None if found is None or found.option == "cp1258" else (found, " ".join(suspects[:4]))


def likeness(text: str) -> tuple[float, int]:
    """The share of words with letters beyond ASCII that are well-formed Vietnamese syllables, and their number."""
    words = list(_words(text))
    good = sum(_is_syllable(word) for word in words)
    return (good / len(words) if words else 0.0), len(words)


def _words(text: str) -> Iterator[str]:
    for word in text.split():
        stripped = word.strip("\"'.,;:!?()[]{}<>/|-–“”0123456789")
        for part in re.split(r"[,;|/\"()\-]", stripped):
            if part and not part.isascii():
                yield part


def _is_syllable(word: str) -> bool:
    if not (word.islower() or word.isupper() or word.istitle()) and not word[1:].islower():
        return False
    decomposed = unicodedata.normalize("NFD", word.lower())
    toneless, tones = _TONES.subn("", decomposed)
    return tones <= 1 and _SYLLABLE.fullmatch(unicodedata.normalize("NFC", toneless)) is not None


def _latin1(word: str) -> bool:
    return all(char < "\u0100" for char in word)
