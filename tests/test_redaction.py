"""No secret passes in any usual form, and source text without one is never touched."""

from __future__ import annotations

import keyword
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2c.redaction import MARK, RedactedSecrets, redact, redact_command, redact_data, redact_logins, redact_source
from tests.canaries import SURE, WORDS

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", [*SURE, *WORDS])
def test_words_are_told_without_secrets(name: str) -> None:
    line, secret = {**SURE, **WORDS}[name]
    told = redact(f"before\n{line}\nafter")
    assert secret in line and secret not in told and MARK in told
    assert told.startswith("before\n")
    assert redact(told) == told


@pytest.mark.parametrize("name", SURE)
def test_source_is_shown_without_secrets(name: str) -> None:
    line, secret = SURE[name]
    assert secret not in redact_source(f"x = 1\n{line}\ny = 2\n")


@pytest.mark.parametrize("name", SURE)
def test_what_was_hidden_can_be_put_back(name: str) -> None:
    line, secret = SURE[name]
    text = f"x = 1\n{line}\ny = 2\nagain {line}\n"
    hidden = RedactedSecrets()
    shown = hidden.hide(text)
    assert secret not in shown
    assert hidden.restore(shown) == text
    assert hidden.hide(text) == shown and hidden.hide(shown) == shown, "the same word each time, and none for a word"


def test_secrets_have_words_of_their_own() -> None:
    hidden = RedactedSecrets()
    lines = [line for line, _ in SURE.values()]
    shown = hidden.hide("\n\n".join(lines))
    assert hidden.restore(shown) == "\n\n".join(lines)
    assert len(set(hidden.words.values())) == len(hidden.words) > 20


ORDINARY = [
    "api_key = os.environ['OPENAI_API_KEY']",
    'API_KEY = "YOUR_API_KEY_HERE_1234567890"',
    "headers = {'Authorization': f'Bearer {token}'}",
    "Authorization: Bearer <your token>",
    "pad_token = '<|endoftext|>'",
    "mask_token: '[MASK]'",
    "max_tokens=4096, num_tokens=len(tokens)",
    "cache_key = 'model_layers_12_attention_weights_v2'",
    "state_dict_key = 'module.encoder.layer.0.attention.self.query.weight'",
    "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')",
    "password = getpass.getpass()",
    "postgres://user:password@localhost:5432/test",
    "git clone git@github.com:a/b.git; ssh://git@host/x",
    "https://huggingface.co/datasets/x/resolve/main/train.csv?download=true",
    "sk-estimator-doc-link-icon sk-toggleable__content",
    "from sklearn.utils import hf_hub_download_with_many_words",
    "sha256 = 'c0ffee0123456789abcdef0123456789c0ffee0123456789abcdef0123456789'",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
    'if not text.startswith("-----BEGIN PRIVATE KEY-----"):\n    raise ValueError("no key")\n',
    "token = tokens[index2 + 1]; key = keys[0]; secret = share(secret1)",
    "lambda key: (key.token, key.secret)",
    "uuid = '123e4567-e89b-12d3-a456-426614174000'",
    "commit 74454e21234567890abcdef1234567890abcdef12",
    "primary_key=True, foreign_key='users.id', sort_key=lambda x: x[0]",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_source_stays_as_it_is(text: str) -> None:
    assert redact_source(text) == text
    hidden = RedactedSecrets()
    assert hidden.hide(text) is text and not hidden.words


NAMES = st.sampled_from(
    "x y loss model token tokens key keys secret password api_key n_tokens key_dim auth header url config bearer basic "
    "authorization cookie private credential session seed layer weight sk pk hf npm".split()
)
NAME = st.one_of(NAMES, st.from_regex(r"[a-z][a-z_]{0,11}", fullmatch=True).filter(lambda n: not keyword.iskeyword(n)))
WORD = st.one_of(NAMES, st.from_regex(r"[A-Za-z]{1,12}", fullmatch=True))
VALUE = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    NAME,
    st.tuples(NAME, NAME).map(lambda two: f"{two[0]}[{two[1]}]"),
    st.tuples(NAME, NAME, NAME).map(lambda three: f"{three[0]}.{three[1]}({three[2]})"),
    st.lists(WORD, max_size=6).map(lambda words: repr(" ".join(words))),
    st.lists(WORD, min_size=1, max_size=3).map(lambda words: repr("_".join(words).lower())),
    st.lists(WORD, min_size=1, max_size=4).map(lambda words: repr("/".join(words) + ".csv")),
)
LINE = st.one_of(
    st.tuples(NAME, VALUE).map(" = ".join),
    st.tuples(NAME, VALUE).map(": ".join),
    st.tuples(NAME, VALUE).map("=".join),
    st.tuples(NAME, VALUE, VALUE).map(lambda p: f"    {p[0]}({p[1]}, key={p[2]})"),
    st.lists(WORD, max_size=12).map(lambda words: f"# {' '.join(words)}."),
    st.tuples(NAME, NAME).map(lambda two: f"def {two[0]}({two[1]}: int) -> str:"),
)


@given(st.lists(LINE, max_size=30).map("\n".join))
def test_source_without_secrets_is_never_changed(text: str) -> None:
    assert redact_source(text) == text


def test_p2cs_own_sources_and_recordings_are_without_secrets() -> None:
    """Real code and real prompts; what holds secrets on purpose, or as examples of them, is left out."""
    holding = {"redaction.py", "witness.py", "test_redaction.py", "canaries.py", "46-key-in-the-text"}
    places = [
        *(ROOT / "p2c").rglob("*.py"),
        *(ROOT / "tests/repos").rglob("*.py"),
        *(ROOT / "p2c/prompts").rglob("*.md"),
    ]
    places += list((ROOT / "examples").rglob("*.*"))
    assert len(places) > 400
    for place in places:
        if place.is_file() and not holding & set(place.parts):
            text = place.read_bytes().decode("utf-8", "replace")
            assert redact_source(text) == text, place


def test_the_hosts_own_secrets_are_known_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "plain-canary-words")
    monkeypatch.setenv("PGPASSWORD", "canaryword99")
    monkeypatch.setenv("MY_KEY", "/home/me/key.pem")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false-canary-99")
    monkeypatch.setenv("KEY_COUNT", "12345678")
    assert redact("it printed plain-canary-words and canaryword99") == f"it printed {MARK} and {MARK}"
    kept = "it read /home/me/key.pem 12345678 times, false-canary-99"
    assert redact(kept) == kept
    assert "canaryword99" not in redact_source("x = 'canaryword99'")
    assert redact_source("plain-canary-words") == "plain-canary-words", "a word of it may be a word of the code"


def test_data_is_redacted_whole() -> None:
    line, secret = SURE["github"]
    told = redact_data({"a": [line, 3, None, {"b": (line, 1.5)}], "diff": "-password=canary7\n+x = 1\n", "ok": True})
    assert secret not in repr(told)
    assert told["a"][1:3] == [3, None] and told["ok"] is True and isinstance(told["a"][3]["b"], tuple)
    assert told["diff"] == "-password=canary7\n+x = 1\n", "source text, where only what is sure is hidden"


def test_logins_and_known_secrets() -> None:
    assert redact_logins("https://me:pw@host/x and opaque", ["opaque"]) == "https://***@host/x and ***"


@pytest.mark.parametrize(
    "text",
    [
        "sk-" * 60_000, "eyJ" * 60_000, "eyJa." * 40_000, "-----BEGIN PRIVATE KEY-----" * 8_000, "password=" * 20_000,
        "://a:" * 40_000, "://" + "a" * 200_000, "authorization: basic " * 10_000, "token='" * 30_000, "?key=" * 40_000,
        "-----BEGIN PRIVATE KEY-----" + "\\n" * 90_000, "bearer " * 30_000, "xoxb-" * 40_000 + "!",
    ],
    ids=range(13),
)  # fmt: skip
def test_hostile_text_comes_to_an_end(text: str) -> None:
    """What is quadratic would take hours over these."""
    once = redact(text)
    assert redact(once) == once
    hidden = RedactedSecrets()
    assert hidden.restore(hidden.hide(text)) == text


@pytest.mark.parametrize(
    ("words", "secret"),
    [
        (["p2c", "build", "x.pdf", "--password", "hunter2"], "hunter2"),
        (["p2c", "build", "--password=two words"], "words"),
        (["p2c", "check", ".", "--run", "python main.py --hf-token abcd --steps 3"], "abcd"),
        (["p2c", "check", ".", "--run", "python main.py --api_key='a b c'"], "a b c"),
        (["p2c", "build", "--base-url", "http://me:pw@host/v1"], "pw"),
        (["p2c", "check", ".", "--run", "WANDB_API_KEY=0123456789abcdef0123 python main.py"], "0123456789abcdef"),
    ],
)
def test_a_command_line_is_told_without_secrets(words: list[str], secret: str) -> None:
    told = redact_command(words)

    assert secret not in told and (MARK in told or "***" in told)


def test_a_command_line_without_secrets_is_told_as_it_is() -> None:
    words = ["p2c", "build", "a b.pdf", "--max-tokens", "100", "--run", "python main.py --tokens 3 --keys a"]

    assert shlex.split(redact_command(words)) == words
