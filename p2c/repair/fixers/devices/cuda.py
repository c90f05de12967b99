"""Lets code that was written for a GPU alone take the CPU where there is no GPU; with one it does what it did."""

from __future__ import annotations

import re

from p2c.executor.report import Finding
from p2c.repair.case import Case
from p2c.repair.fixers.devices.device_edits import Wanted, device_aware
from p2c.repair.fixers.text_edits import offer, own_frames
from p2c.repair.patch import Patch

_LACK = re.compile(
    r"Torch not compiled with CUDA enabled|No CUDA GPUs are available|Found no NVIDIA driver on your system"
    r"|no CUDA-capable device is detected|CUDA driver initialization failed|CUDA driver version is insufficient"
    r"|Cannot access accelerator device when none is available|PyTorch was compiled without CUDA support"
    r"|Cannot (?:initialize|get) CUDA (?:generator )?without ATen_cuda library|type torch\.cuda\.\w+ not available"
    r"|module 'torch\._C' has no attribute '_cuda_\w+'|Attempting to deserialize object on a CUDA device"
    r"|torch\.cuda\.\w+ requires CUDA support|Distributed package doesn't have NCCL built in"
    r"|ProcessGroupNCCL is only supported with GPUs"
    r"|device_ids and output_device arguments only work with single-device/multiple-device GPU modules"
)
"""What torch, and its driver, say where no GPU is; not what a program says of its own accord."""
_LOADING = "Attempting to deserialize object on a CUDA device"
_CONFIGURED = re.compile(r"""(?m)^[\s{,-]*["']?\w*device["']?\s*[:=]\s*["']?cuda(?::\d+)?["']?\s*[,}]?\s*(?:\#.*)?$""")
_OVERRIDDEN = re.compile(r"(?m)^\s+def cuda\(")


def fix(case: Case) -> Patch | None:
    """Ask `torch.cuda.is_available()` wherever the code takes a GPU for granted, in all files at once."""
    lacks = [finding for finding in case.report.gating if _is_lack(finding, case)]
    if not lacks:
        return None
    files = case.repo.files
    wanted = Wanted(
        loads=any(_LOADING in _said(finding) for finding in lacks),
        configured=any(_CONFIGURED.search(files[path]) for path in files if path.endswith(_CONFIGURATION)),
        overridden=any(_OVERRIDDEN.search(files[path]) for path in case.repo.python_files()),
    )
    changes = {path: device_aware(files[path], wanted) for path in case.repo.python_files()}
    return offer(case, "cuda", "Use the CPU where there is no GPU", changes)


_CONFIGURATION = (".yaml", ".yml", ".json", ".toml", ".ini", ".cfg")


def _said(finding: Finding) -> str:
    """The message with its causes, without what the program printed."""
    causes = [line for line in finding.detail.split("\n") if line.startswith("because of ")]
    return "\n".join([f"{finding.rule}: {finding.message}", *causes])


def _is_lack(finding: Finding, case: Case) -> bool:
    """The failure is torch's, about a GPU that is not there; a program that insists on one in so many words may."""
    if not _LACK.search(_said(finding)):
        return False
    frames = own_frames(finding)
    lines = case.repo.files.get(frames[0].path, "").split("\n")[frames[0].line - 1 :][:1] if frames else []
    return not any(re.match(r"\s*(?:raise|assert)\b", line) for line in lines)
