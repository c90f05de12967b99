from dataclasses import replace

import pytest

from p2c.executor.report import Finding, Frame
from p2c.repair.next_steps import advice, first_advice
from p2c.repo import Repo

REPO = Repo(
    {
        "main.py": "p.add_argument('--num-epochs', type=int)\np.add_argument('--lr')\n"
        "p.add_argument('-m', '--mode', required=True, choices=['real', 'synthetic'])\n",
        "config.yaml": "training:\n  max_steps: 100000\n  lr: 0.1\n",
    }
)


@pytest.mark.parametrize(
    ("rule", "message", "said"),
    [
        ("Timeout", "`python main.py` was not done after 300 s", "by --num-epochs, max_steps in config.yaml."),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'data/a.csv'", "data/a.csv is not in the folder"),
        ("FileNotFoundError", "Tokenizer model file 'spm_en.model' not found.", "spm_en.model is not in the folder"),
        ("FileNotFoundError", "Data file not found: data/raw.csv", "data/raw.csv is not in the folder"),
        ("OSError", "../data/cora/cora.content not found.", "../data/cora/cora.content is not in the folder"),
        ("ValueError", "num_samples should be a positive integer value, but got num_samples=0", "found no data"),
        ("URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>", "needs the network"),
        ("OSError", "We couldn't connect to 'https://huggingface.co' to load the files", "needs the network"),
        ("OpenAIError", "The api_key client option must be set", "gets no secrets"),
        ("KeyError", "'OPENAI_API_KEY'", "needs OPENAI_API_KEY"),
        ("SystemExit", "error: the following arguments are required: --data", '--run "python ... --data ..."'),
        (
            "SystemExit",
            "`python main.py` ended itself with 2: error: the following arguments are required: -m/--mode, data",
            '--run "python main.py --mode synthetic ..."',
        ),
        ("RuntimeError", "Found no NVIDIA driver on your system.", "needs a GPU"),
        ("ModuleNotFoundError", "No module named 'nowhere_known'", "installs nothing on a guess"),
    ],
)
def test_what_a_person_could_do(rule: str, message: str, said: str) -> None:
    assert said in advice(Finding("smoke", rule, message, "main.py", 1), REPO)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("ValueError", "shapes (3,) and (4,) not aligned"),
        ("ModuleNotFoundError", "No module named 'numpy'"),
        ("KeyError", "'learning_rate'"),
        ("TypeError", "token must be str"),
        ("KeyError", "'pad_token'"),
    ],
)
def test_where_mending_the_code_is_the_way_nothing_is_said(rule: str, message: str) -> None:
    assert advice(Finding("smoke", rule, message, "main.py", 1), REPO) == ""


def test_a_program_that_reads_its_command_line_by_itself() -> None:
    frames = (Frame("run.py", 3, "main", "k = int(sys.argv[1])"),)
    found = Finding("smoke", "IndexError", "list index out of range", "run.py", 3, frames=frames)
    assert '--run "python run.py ..."' in advice(found, REPO)
    assert advice(replace(found, frames=(replace(frames[0], code="x = y[1]"),)), REPO) == ""


def test_the_first_that_there_is_any_about() -> None:
    findings = [Finding("smoke", "ValueError", "a"), Finding("test", "Timeout", "late")]
    assert first_advice(findings, REPO).startswith("Name a smaller run")
