"""Wrong calls: what is missing, too much or unreadable in a command, in both languages, with an example."""

import difflib
import sys
from collections.abc import Iterable, Mapping

from cyclopts import CycloptsError
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)


def refuse(error: CycloptsError, examples: Mapping[str, Iterable[str]]) -> int:
    """Say on standard error what is wrong with a call, and what a right one looks like. Returns exit code 2."""
    chain = list(error.command_chain or ())
    near = nearest(error, list(examples))
    command = " ".join(["toancanh", *chain])
    read_on = f"Xem / See: {command} --help"
    mend = f"Ý bạn là / Did you mean: {near}? {read_on}" if near else read_on
    sys.stderr.write(f"✗ {what(error)}\n  → {mend}\n")
    shown = [*chain, near] if isinstance(error, UnknownCommandError) and near else chain
    for example in examples.get(shown[0], ()) if shown else ():
        if example.startswith(" ".join(["toancanh", *shown])):
            sys.stderr.write(f"  Ví dụ / Example: {example}\n")
    return 2


def what(error: CycloptsError) -> str:
    """What is wrong with the call, in both languages."""
    name = error.argument.name if error.argument else ""
    match error:
        case UnknownCommandError(unused_tokens=[word, *_]):
            return f"Không có lệnh `{word}`. / There is no command `{word}`."
        case UnknownOptionError(token=token):
            option = token.keyword or token.value
            return f"Không có tuỳ chọn `{option}`. / There is no option `{option}`."
        case UnusedCliTokensError(unused_tokens=[word, *_]):
            return f"Thừa `{word}`. / `{word}` is too much."
        case MissingArgumentError(keyword=str(option)):
            return f"Thiếu giá trị của `{option}`. / `{option}` has no value."
        case MissingArgumentError():
            return f"Thiếu `{name}`. / `{name}` is missing."
        case CoercionError(token=token, target_type=kind) if token is not None:
            wrong = (
                ("không phải là số nguyên", "is not a whole number") if kind is int else ("không hợp lệ", "is wrong")
            )
            return f"`{name}`: `{token.value}` {wrong[0]}. / `{name}`: `{token.value}` {wrong[1]}."
        case RepeatArgumentError(token=token):
            return f"`{token.keyword}` được ghi hai lần. / `{token.keyword}` is given twice."
    return f"Lệnh gọi sai ({name}). / The call is wrong ({name})." if name else "Lệnh gọi sai. / The call is wrong."


def nearest(error: CycloptsError, commands: list[str]) -> str:
    """The command or option that was probably meant; empty where none is alike."""
    match error:
        case UnknownCommandError(unused_tokens=[word, *_]):
            inner = [name for name in error.app or () if not name.startswith("-")]
            known = inner if error.command_chain else commands
        case UnknownOptionError(token=token):
            word = token.keyword or token.value
            known = [name for argument in error.argument_collection for name in argument.names]
        case MissingArgumentError(argument=argument, unused_tokens=[_, *_]) if argument is not None:
            written = difflib.get_close_matches(argument.name, error.unused_tokens or [], n=1)
            return argument.name if written else ""
        case _:
            return ""
    return next(iter(difflib.get_close_matches(word, known, n=1)), "")
