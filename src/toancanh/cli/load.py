"""toancanh load: bring files of one source into the warehouse."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def load(
    source: str,
    files: list[Path],
    /,
    *,
    mapping: str | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Nạp tệp của một nguồn vào kho. / Load files of a source; the same file twice adds nothing.

    Parameters
    ----------
    source
        Name of the source, as `toancanh sources` lists it.
    files
        CSV, XLSX, XLS, JSON or Parquet.
    mapping
        A file format: its name, or a path to a TOML file.
    json
        Print {"load","read","accepted","rejected","duplicates"}; several files give {"items","total"}.
    """
    from toancanh.cli import output

    output.start()
    from toancanh.base import audit
    from toancanh.base.problems import Problem, explain
    from toancanh.sources import actions, loading, mappings

    answers = []
    failed = 0
    for file in files:
        try:
            chosen = None if mapping is None else mappings.at(mapping)
            delivered = actions.deliver(source, file, chosen, actor=audit.SYSTEM)
            with output.progress(file.name, quiet=json) as advance:
                done = loading.run(delivered, progress=advance)
        except Problem as problem:
            problem.where = problem.where or str(file)
            output.problem(problem)
            failed += 1
            continue
        answers.append({"load": done.pk, **done.counts})
        if not json:
            output.load(done, [explain(code, params) for code, params in done.notes])
    if json and answers:
        output.as_json(answers[0] if len(files) == 1 else {"items": answers, "total": len(answers)})
    return 1 if failed else 0
