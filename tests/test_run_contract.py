import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2c.errors import InputError
from p2c.run_contract import RunContract, read_contract, split, write_contract

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


versions = st.sampled_from(["", "3.11", "3.11.4", ">=3.10,<3.13", "~=3.10", "==3.12.*", " >= 3.11 "])


@given(versions, words, st.floats(0.1, 1000))
def test_what_is_written_is_read_back(python: str, artifact: str, timeout: float) -> None:
    contract = RunContract(
        smoke=("python main.py --config 'a b.yaml'",), python=python, timeout=timeout, artifacts=(artifact,)
    )
    again = read_contract(write_contract(contract))
    assert (again.smoke, again.python, again.artifacts) == (contract.smoke, python, (artifact,))
    assert again.timeout == pytest.approx(timeout, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[run]\nsmoke = 3", "smoke = 3"),
        ("[run]\ntimeout = -1", "timeout = -1"),
        ('[run]\nsmoke = ["python \'x"]', "cannot be split"),
        ("run = 3", r"\[run\] is a number, not a table"),
        ("check = [1]", r"\[check\] is a list, not a table"),
        ("tool = 3", r"\[tool\] is a number, not a table"),
        ("tool.p2c = 'x'", r"\[p2c\] is a text, not a table"),
        ("[run]\npython = {a = 1}", "is no Python version"),
        ("[run]\npython = 'the newest'", "is no Python version"),
        ("[run]\nnetwork = [0]", "neither true nor false"),
        ("[run]\ntimeout = 0x" + "f" * 9000, "too many digits"),
        ("a = " + "[" * 30_000, "nested too deeply"),
        ("x." * 200 + "y = 1", "nested too deeply"),
        ("x." * 300_000 + "y = 1", "too many dots"),
        ("[run", "not TOML"),
        ('[run]\nera = "2021-06-31"', "'2021-06-31' is not a date"),
        ('[run]\nera = "20210630"', "'20210630' is not a date"),
        ("[run]\nera = 2021", "'2021' is not a date"),
        ("[run]\nera = 2021-06-30T10:00:00Z", "is not a date"),
    ],
)
def test_what_cannot_be_meant_is_named(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_contract(text)


def test_one_command_need_not_be_a_list() -> None:
    assert read_contract('[run]\nsmoke = "python main.py"').smoke == ("python main.py",)
    assert split("python main.py --x 'a b'") == ("python", "main.py", "--x", "a b")


def test_an_era_is_a_date_in_quotes_or_without() -> None:
    assert read_contract("[run]\nera = 2021-06-30").era == "2021-06-30"
    assert read_contract('[run]\nera = "2021-06-30"').era == "2021-06-30"
    assert read_contract(write_contract(RunContract(era="2021-06-30"))).era == "2021-06-30"
    assert "era" not in write_contract(RunContract())


@pytest.mark.parametrize("wanted", [">=99", "==3.*,!=3.*", "4", "<2", "==3.11.77"])
def test_a_python_that_there_cannot_be_is_the_contracts_fault(wanted: str) -> None:
    with pytest.raises(InputError, match="there is no Python"):
        read_contract(f'[run]\npython = "{wanted}"\n', "p2c.toml")


@pytest.mark.parametrize("wanted", [">=3.8", "3", "3.12", "3.11.7", "2.7", "<4", "~=3.10", ">=3.15a1"])
def test_a_python_that_there_can_be_is_taken(wanted: str) -> None:
    assert read_contract(f'[run]\npython = "{wanted}"\n', "p2c.toml").python == wanted
