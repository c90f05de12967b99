from p2c.executor.report import CheckResult, Finding, Report


def report(*findings: Finding) -> Report:
    return Report((CheckResult("import", "passed"), CheckResult("smoke", "failed", findings)))


def test_a_run_that_gets_further_is_better_though_it_leaves_more_findings() -> None:
    died = report(Finding("smoke", "FileNotFoundError", "no outputs", "main.py"))
    left = report(*(Finding("smoke", "NotFinite", f"loss{n} is NaN", "outputs/m.json") for n in range(5)))
    assert left.progress > died.progress


def test_more_causes_are_worse() -> None:
    one = report(Finding("smoke", "ValueError", "a", "main.py"))
    two = report(Finding("smoke", "ValueError", "a", "main.py"), Finding("smoke", "ValueError", "b", "main.py"))
    assert two.progress < one.progress


def test_a_check_more_outweighs_any_count() -> None:
    many = Report(
        (
            CheckResult("import", "passed"),
            CheckResult("smoke", "passed"),
            CheckResult("test", "failed", tuple(Finding("test", "AssertionError", str(n)) for n in range(9))),
        )
    )
    assert many.progress > report(Finding("smoke", "ValueError", "a")).progress


def test_what_a_working_install_reveals_is_no_step_back() -> None:
    cut = CheckResult("compile", "failed", (Finding("compile", "SyntaxError", "cut", "a.py"),))
    lacking = CheckResult("install", "failed", (Finding("install", "MissingRequirements", "numpy"),))
    dead = tuple(Finding("import", "ImportError", name, name) for name in ("b.py", "c.py"))
    before = Report((cut, lacking, CheckResult("import", "skipped")))
    after = Report((cut, CheckResult("install", "passed"), CheckResult("import", "failed", dead)))
    assert after.progress > before.progress
