"""Notes: what is worth knowing of a load and no reason to refuse it, each told once."""

from typing import Any

Note = tuple[str, dict[str, Any]]


def merged(notes: list[Any], found: list[Note]) -> list[Any]:
    """The notes of a load with new ones: of what is counted the count grows, of the rest each is told once."""
    told = [[code, params] for code, params in notes]
    for code, params in found:
        same = next((each for each in told if each[0] == code and _about(each[1]) == _about(params)), None)
        if same is None:
            told.append([code, params])
        elif "rows" in params:
            same[1] = same[1] | {"rows": same[1]["rows"] + params["rows"]}
    return told


def _about(params: dict[str, Any]) -> Any:
    return params.get("field") or params.get("column") or params.get("columns")
