from __future__ import annotations

import pytest

from p2c.models.reasoning_marks import without_reasoning

FENCE = "```"
DRAFT = f"Perhaps:\n{FENCE}diff\n--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-x\n+y\n{FENCE}\nNo."
RIGHT = f"{FENCE}diff\n--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-x\n+z\n{FENCE}"


@pytest.mark.parametrize(
    "marked",
    [
        "<think>\n{}\n</think>\n\n{}",
        "{}\n</think>\n\n{}",
        "{}</think>{}",
        "<think>\n\n</think>\n{}\n</think>\n{}",
        "<thinking>{}</thinking>\n{}",
        "<THINKING>{}</THINKING>\n{}",
        "{}\n</thought>\n{}",
        "<reasoning effort='high'>{}</reasoning>{}",
        "<seed:think>{}</seed:think>{}",
        "<thinking>{}</thinking>{}",
        "[THINK]{}[/THINK]{}",
        "{}[/THINK]\n{}",
        "◁think▷{}◁/think▷{}",
        "<|begin_of_thought|>{}<|end_of_thought|>\n\n<|begin_of_solution|>{}<|end_of_solution|>",
        "<|START_THINKING|>{}<|END_THINKING|><|START_RESPONSE|>{}<|END_RESPONSE|>",
        "<|inner_prefix|>{}<|inner_suffix|>{}",
        "<|thinking|>{}<|/thinking|>{}",
        "<|channel>thought\n{}<channel|>{}<turn|>",
        "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>",
        "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>commentary<|message|>Writing."
        "<|end|><|start|>assistant<|channel|>final<|message|>{}",
        "<|channel|>analysis {} <|channel|>final {}",
        "{}<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>{}",
        "analysisWe should see. {}assistantfinal{}",
        '<details type="reasoning" done="true">\n{}\n</details>\n{}',
        "Here is my thought process:\n{}\nHere is my response:\n{}",
        "<details>\n<summary>Thinking...</summary>\n{}\n</details>\n{}",
        "<rationale>{}</rationale>\n{}",
        "&lt;think&gt;{}&lt;/think&gt;{}",
        "<think >{}</ think>assistant\n{}",
        "<think>{}</think><|begin_of_box|>{}<|end_of_box|>",
        "<think>{}</think>\n<answer>\n{}\n</answer>",
        "<think>one</think>\n<think>{}</think>\n{}<|im_end|>",
    ],
)
@pytest.mark.parametrize(
    ("thoughts", "answer"),
    [(DRAFT, RIGHT), ('Draft: {"a": 1}', '{"a": 2}'), ("Hm, four?", "It is four.")],
    ids=["diff", "json", "prose"],
)
def test_reasoning_goes_and_the_answer_stays(marked, thoughts, answer):
    told = without_reasoning(marked.format(thoughts, answer))
    assert (told.text.strip(), told.unclear) == (answer, "")


def test_a_fence_that_the_reasoning_left_open_hides_no_answer():
    reply = f"Let me draft:\n{FENCE}python\ndef f(\nNo, not so.\n</think>\n\n{FENCE}python\nx = 2\n{FENCE}\n"
    assert without_reasoning(reply).text == f"{FENCE}python\nx = 2\n{FENCE}\n"


@pytest.mark.parametrize(
    "reply",
    [
        f'{FENCE}python\nanswer = text.split("</think>")[-1]\nSTOP = "<think>"\n{FENCE}\n',
        f'{FENCE}python\nTEMPLATE = """\n<think>\n{{thoughts}}\n</think>\n"""\n{FENCE}\n',
        f'{FENCE}python\nEND = """\n</think>\n"""\n{FENCE}\n',
        f"{FENCE}python\nMARK = '<|channel|>final<|message|>'\n{FENCE}\n",
        '{"overview": "The policy writes <think>...</think> first", "files": ["</think>"]}',
        "The policy ends its thoughts with `</think>` and its answer with `</answer>`.",
        "The text up to the </think> tag is masked; between <think> and </think> no loss is taken.",
        "The format is <think>reasoning process here</think><answer>answer here</answer> in each rollout.",
        "--- a/t.xml\n+++ b/t.xml\n@@ -1,2 +1,2 @@\n <r>\n-old</reasoning>\n+new</reasoning>\n",
        f'{FENCE}python\nEND = """\n</think>\n"""\ndef go_on(',
        'PROMPT = """Reply as\n<think>\nreasons\n</think>\n<answer>\n"""\n',
        "--- a/p.py\n+++ b/p.py\n@@ -1,3 +1,3 @@\n T = 1\n <think>\n-</think>\n+</thinking>\n",
        "The word \\texttt{</think>} and the cell | </think> | end it.",
        "analysis of variance gives the final answer",
        "Rewards are < 1 and x <y> z; see [THINKING] and the thinking model.",
        "",
    ],
)
def test_marks_that_the_answer_speaks_of_stay(reply):
    told = without_reasoning(reply)
    assert (told.text, told.unclear) == (reply, "")


@pytest.mark.parametrize(
    "reply", ["<think>\nand on and on", "analysisWe need to see", "[THINK]hm", "thoughts\n</think>\n"]
)
def test_reasoning_alone_is_no_answer(reply):
    assert without_reasoning(reply).text.strip() == ""


@pytest.mark.parametrize(
    "reply",
    [
        "The overview begins.\n<think>\nbut what if",
        "so I would say it is </think> four of them",
        "<|plan|>first this<|act|>x = 1",
        f"{FENCE}python\nx = 1\n</think>\n\nx = 2\n{FENCE}\n{FENCE}python\nx = 3\n",
        "<think>a</think>" * 200 + "x",
    ],
)
def test_what_cannot_be_told_apart_is_said(reply):
    assert without_reasoning(reply).unclear


def test_a_mark_in_a_block_that_was_cut_is_not_taken_for_reasoning():
    assert without_reasoning(f"{FENCE}yaml\na: 1\n</think>\n\nb: 2", whole=False).unclear
