import pytest

from p2c.executor.resolution import mixes_builds


@pytest.mark.parametrize(
    ("lock", "mixed"),
    [
        ("numpy==2.4.6\ntorch==2.13.0+cpu\ntorchvision==0.28.0\n", True),
        ("torch==2.13.0+cpu\ntorchvision==0.28.0+cpu\n", False),
        ("torch==2.13.0\ntorchvision==0.28.0\n", False),
        ("torch==2.13.0+cpu\ntorch-geometric==2.7.0\ntorchmetrics==1.9.0\n", False),
        ("numpy==2.4.6\n", False),
    ],
)
def test_torch_and_what_shares_its_compiled_code_are_of_one_build(lock: str, mixed: bool) -> None:
    assert mixes_builds(lock) is mixed
