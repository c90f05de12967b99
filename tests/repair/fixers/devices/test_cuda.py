"""Code for a GPU alone asks whether there is one; with one it does what it did."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from p2c.executor.report import Finding, Frame
from p2c.repair.fixers.devices import cuda
from tests.repair.fixers.making import case, cured, error

NO_CUDA = ("AssertionError", "Torch not compiled with CUDA enabled")
ASKED = "torch.cuda.is_available()"


def fixed(text: str, line: int = 2, said: tuple[str, str] = NO_CUDA, others: Mapping[str, str] | None = None) -> str:
    """Return main.py after the fix; '' where it was silent."""
    return cured(cuda.fix, case({"main.py": text, **(others or {})}, error(*said, line=line))).get("main.py", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("net.cuda()", f'net.to("cuda" if {ASKED} else "cpu")'),
        ("x = f(x).cuda(non_blocking=True)", f'x = f(x).to("cuda" if {ASKED} else "cpu", non_blocking=True)'),
        ("x = x.cuda(1)", f'x = x.to("cuda:1" if {ASKED} else "cpu")'),
        ("x = x.cuda(rank)", f"x = (x.cuda(rank) if {ASKED} else x)"),
        ("net.cuda(rank)", f"if {ASKED}:\n    net.cuda(rank)"),
        ("x = x.to('cuda:0', torch.half)", f"x = x.to('cuda:0' if {ASKED} else \"cpu\", torch.half)"),
        ("x = x.to(0)", f'x = x.to(0 if {ASKED} else "cpu")'),
        ("x = torch.zeros(3, device='cuda')", f"x = torch.zeros(3, device='cuda' if {ASKED} else \"cpu\")"),
        ("d = torch.device(f'cuda:{n}')", f"d = torch.device(f'cuda:{{n}}' if {ASKED} else \"cpu\")"),
        ("d = torch.device('cuda', n)", f"d = (torch.device('cuda', n) if {ASKED} else torch.device(\"cpu\"))"),
        ("self.device = 'cuda'", f"self.device = 'cuda' if {ASKED} else \"cpu\""),
        ("def f(x, device='cuda'): pass", f"def f(x, device='cuda' if {ASKED} else \"cpu\"): pass"),
        ("p.add_argument('--gpu', default='cuda')", f"p.add_argument('--gpu', default='cuda' if {ASKED} else \"cpu\")"),
        ("d = cfg.get('device', 'cuda')", f"d = cfg.get('device', 'cuda' if {ASKED} else \"cpu\")"),
        ("T = torch.cuda.LongTensor", f"T = torch.cuda.LongTensor if {ASKED} else torch.LongTensor"),
        ("x = torch.cuda.FloatTensor(3)", f"x = (torch.cuda.FloatTensor if {ASKED} else torch.FloatTensor)(3)"),
        (
            "torch.set_default_tensor_type('torch.cuda.FloatTensor')",
            f"torch.set_default_tensor_type('torch.cuda.FloatTensor' if {ASKED} else 'torch.FloatTensor')",
        ),
        ("torch.cuda.synchronize()", f"if {ASKED}:\n    torch.cuda.synchronize()"),
        ("print(torch.cuda.get_device_name(0))", f'print((torch.cuda.get_device_name(0) if {ASKED} else "cpu"))'),
        ("with torch.cuda.device(g): pass", f"with torch.cuda.device(g if {ASKED} else -1): pass"),
        (
            "torch.distributed.init_process_group('nccl')",
            f"torch.distributed.init_process_group('nccl' if {ASKED} else \"gloo\")",
        ),
    ],
)
def test_a_gpu_is_taken_only_where_there_is_one(before: str, after: str) -> None:
    """Both branches are there: what stood there with a GPU, the same on the CPU without."""
    assert fixed(f"import torch\n{before}\n") == f"import torch\n{after}\n"


@pytest.mark.parametrize(
    "text",
    [
        "if torch.cuda.is_available():\n    net.cuda()\n",
        "use = torch.cuda.is_available() and not args.no_cuda\nif use:\n    x = x.cuda()\n",
        "device = 'cuda' if torch.cuda.is_available() else 'cpu'\nx.to(device)\n",
        "if not torch.cuda.is_available():\n    raise SystemExit(1)\nnet.cuda()\n",
        "assert torch.cuda.is_available()\nnet.cuda()\n",
        "if device == 'cuda':\n    pass\nnames = ['cuda', 'cpu']\nlog('cuda')\n",
        "with torch.autocast(device_type='cuda'):\n    pass\nscaler = torch.amp.GradScaler(device='cuda')\n",
        "isinstance(x, torch.cuda.FloatTensor)\nx.type() == 'torch.cuda.FloatTensor'\n",
        "torch.cuda.manual_seed_all(0)\ntorch.cuda.empty_cache()\nnet = torch.nn.DataParallel(net, device_ids=[0])\n",
        "p.add_argument('--device', choices=['cuda', 'cpu'])\n",
    ],
)
def test_what_asks_already_and_what_needs_no_gpu_stays(text: str) -> None:
    """Guards, comparisons, choices, and what torch switches off by itself."""
    assert not fixed(f"import torch\n{text}")


@pytest.mark.parametrize(
    "said",
    [
        ("RuntimeError", "CUDA error: out of memory"),
        ("RuntimeError", "Expected all tensors to be on the same device, but found cuda:0 and cpu"),
        ("ModuleNotFoundError", "No module named 'torch.cuda.nccl'"),
    ],
)
def test_other_failures_are_not_about_a_missing_gpu(said: tuple[str, str]) -> None:
    """A program on a GPU that fails otherwise is left alone."""
    assert not fixed("import torch\nnet.cuda()\n", said=said)


def test_a_program_that_insists_on_a_gpu_may() -> None:
    """It raises of its own accord."""
    text = "import torch\nraise RuntimeError('No CUDA GPUs are available')\nnet.cuda()\n"
    assert not fixed(text, said=("RuntimeError", "No CUDA GPUs are available"))


def test_what_the_program_only_printed_does_not_count() -> None:
    """A warning in the output beside another failure."""
    finding = Finding(
        "smoke", "ValueError", "bad shape", "main.py", 2, frames=(Frame("main.py", 2, "f"),), detail=NO_CUDA[1]
    )
    assert cured(cuda.fix, case({"main.py": "import torch\nnet.cuda()\n"}, finding)) == {}


LOADING = (
    "RuntimeError",
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False.",
)


def test_what_was_saved_on_a_gpu_is_loaded_to_where_it_can_be() -> None:
    """Only where loading failed, and no place was named."""
    text = "import torch as th\nw = th.load(path)\nv = th.load(path, map_location=there)\n"
    asked = 'map_location=None if th.cuda.is_available() else "cpu"'
    assert fixed(text, said=LOADING) == text.replace("th.load(path)", f"th.load(path, {asked})")
    assert not fixed(text)


def test_settings_in_a_file_of_their_own_import_torch() -> None:
    """Where a device is only named, torch has to be there for the question."""
    files = {"main.py": "import torch\nfrom settings import DEVICE\nx = torch.zeros(1).to(DEVICE)\n"}
    files["settings.py"] = 'SEED = 1\nDEVICE = "cuda"\nMODE = "cuda"\n'
    after = cured(cuda.fix, case(files, error(*NO_CUDA, line=3)))
    assert after["settings.py"] == (
        f'import torch\n\n\nSEED = 1\nDEVICE = "cuda" if {ASKED} else "cpu"\nMODE = "cuda"\n'
    )
    assert after["main.py"] == files["main.py"]


def test_a_configuration_that_says_cuda_is_believed_where_there_is_a_gpu() -> None:
    """The file keeps its value; another value (mps) is taken as before."""
    text = "import torch\ndevice = torch.device(cfg['device'])\n"
    asked = f"cfg['device'] if {ASKED} or \"cuda\" not in str(cfg['device']) else \"cpu\""
    assert fixed(text, others={"config.yaml": "lr: 0.1\ndevice: cuda\n"}) == text.replace("cfg['device']", asked)
    assert not fixed(text, others={"config.yaml": "lr: 0.1\ndevice: cpu\n"})


def test_an_own_cuda_method_is_still_called() -> None:
    """`.to()` would pass it by."""
    own = "class Batch:\n    def cuda(self):\n        return self\n"
    text = "import torch\nbatch = batch.cuda()\n"
    assert fixed(text, others={"data.py": own}) == f"import torch\nbatch = (batch.cuda() if {ASKED} else batch)\n"
