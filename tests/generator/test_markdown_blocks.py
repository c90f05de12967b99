from __future__ import annotations

from p2c.generator.markdown_blocks import blocks, inside_fence


def test_a_block_between_prose() -> None:
    (block,) = blocks("Sure!\n```python a.py\nx = 1\n```\nDone.")
    assert (block.info, block.language, block.text, block.closed) == ("python a.py", "python", "x = 1\n", True)


def test_several_blocks_and_tildes() -> None:
    found = blocks("```json\n{}\n```\n~~~\n```\nnot a fence here\n~~~\n")
    assert [block.text for block in found] == ["{}\n", "```\nnot a fence here\n"]


def test_a_longer_fence_holds_shorter_ones() -> None:
    (block,) = blocks("````markdown\n```sh\nls\n```\n````\n")
    assert block.text == "```sh\nls\n```\n"


def test_an_inner_block_of_the_same_length() -> None:
    (block,) = blocks("```markdown\n# T\n```sh\nls\n```\nend\n```\n")
    assert block.text == "# T\n```sh\nls\n```\nend\n"


def test_an_unclosed_block_before_another() -> None:
    found = blocks("```json\n{}\n\n```python\nx = 1\n```\n")
    assert [(block.text, block.closed) for block in found] == [("{}\n", False), ("x = 1\n", True)]


def test_an_unclosed_block_at_the_end() -> None:
    (block,) = blocks("text\n```python\nx = 1\n")
    assert not block.closed
    assert inside_fence("text\n```python\nx = 1\n")
    assert not inside_fence("```\nx\n```\n")


def test_an_indented_block_loses_its_indentation_and_carriage_returns() -> None:
    (block,) = blocks("1. so:\r\n   ```python\r\n   if x:\r\n       y\r\n   ```\r\n")
    assert block.text == "if x:\n    y\n"
