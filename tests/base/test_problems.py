"""Problems: every one has words in both languages; the words hold what they speak of."""

import ast
import importlib
import pkgutil
from pathlib import Path
from string import Formatter

import pytest
from django.utils import translation

import toancanh
from toancanh.base.problems import Checks, Problem, Words, explain, register, registered

register({"test.cup": Words("Cốc {size} ml đã vỡ.", "Lấy cốc khác.", 410)})


def test_a_problem_says_where_what_and_how_to_mend():
    problem = Problem("test.cup", where="dòng 3", size=200)
    assert str(problem) == "dòng 3: Cốc 200 ml đã vỡ. Lấy cốc khác."
    assert problem.status == 410


def test_a_missing_parameter_does_not_hide_the_problem():
    assert explain("test.cup", {}).what == "Cốc ? ml đã vỡ."


def test_an_unknown_code_explains_itself():
    assert explain("nobody.knows", {}).what == "nobody.knows"
    assert Problem("nobody.knows").status == 500


def test_a_code_is_registered_once():
    with pytest.raises(ValueError, match=r"test\.cup"):
        register({"test.cup": Words("Khác.", "")})


def test_what_several_checks_find_is_told_at_once():
    def refuse(size):
        raise Problem("test.cup", size=size)

    checks = Checks()
    assert checks.make(0, len, "abc") == 3
    assert [checks.make(size, refuse, size) for size in (1, 2)] == [1, 2]
    with pytest.raises(Problem) as caught:
        checks.end()
    assert [each.params["size"] for each in caught.value.all] == [1, 2]


def test_checks_that_find_nothing_refuse_nothing():
    checks = Checks()
    checks.make(0, len, "abc")
    checks.end()


def raised():
    """Every problem that the code raises by its name: where, its code, what it tells."""
    for file in sorted(Path(toancanh.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem" and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    yield f"{file.name}:{node.lineno}", code.value, {each.arg for each in node.keywords}


def test_every_problem_that_is_raised_has_words_and_tells_what_they_speak_of():
    for module in pkgutil.walk_packages(toancanh.__path__, "toancanh."):
        if not module.name.endswith((".__main__", ".asgi", ".wsgi")):
            importlib.import_module(module.name)
    wrong = {}
    for place, code, told in raised():
        if code not in registered():
            wrong[place] = f"{code} has no words"
        elif None not in told:  # a ** tells what it tells
            holes = {
                name for text in registered()[code][:2] for _t, name, _s, _c in Formatter().parse(str(text)) if name
            }
            if holes - told:
                wrong[place] = f"{code} does not tell {holes - told}"
    assert wrong == {}


def test_both_languages_speak_of_the_same_parameters():
    differing = {}
    for code, words in registered().items():
        for text in (words.what, words.remedy):
            holes = []
            for language in ("vi", "en"):
                with translation.override(language):
                    holes.append({name for _text, name, _spec, _conv in Formatter().parse(str(text)) if name})
            if holes[0] != holes[1]:
                differing[code] = holes
    assert not differing


def test_every_problem_has_a_remedy():
    assert [
        code for code, words in registered().items() if not str(words.remedy) and not code.startswith("test.")
    ] == []
