"""What says nothing about a repository, because p2c could not try it: what the machine lacks, what was only guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from p2c.executor.report import Finding
from p2c.executor.run_records import RunRecord
from p2c.run_contract import RunContract

NAMED = frozenset({"p2c.toml", "--run", "pyproject.toml [tool.p2c]"})
"""Where a command comes from that a person or the run contract named: what it does counts against the repository."""

WORDS = ("Untried", "NetworkNotAllowed")
"""How rules begin that say that nothing is known."""

NETWORK = re.compile(
    r"\b(?:URLError|gaierror|ConnectTimeout|NewConnectionError|MaxRetryError|LocalEntryNotFoundError|NameResolutionError|"
    r"OfflineModeIsEnabled|APIConnectionError|ConnectError|ProxyError)\b|Temporary failure in name resolution|"
    r"Name or service not known|Network is unreachable|Max retries exceeded|[Cc]ouldn't connect to|"
    r"Couldn't reach|Failed to establish a new connection|Could not resolve host|No address associated with hostname"
)
GPU = re.compile(
    r"no NVIDIA driver|not compiled with CUDA|CUDA-capable device|No CUDA GPUs|CUDA is not available|"
    r"CUDA driver version is insufficient|libcuda\.so|No GPU(?:s)? (?:was |were )?(?:found|available)|nvidia-smi"
)
DISPLAY = re.compile(
    r"no display name and no \$DISPLAY|couldn't connect to display|cannot connect to X server|"
    r"could not connect to display|No available video device|Unable to open display"
)
ARGUMENTS = re.compile(
    r"the following arguments are required|Missing (?:option|argument|parameter)|Usage: .* \[OPTIONS\]"
)
_NEXT = {
    "Arguments": "it wants arguments that nobody gave; say how it is called: --run CMD, or [run] smoke in p2c.toml",
    "Network": (
        "there is no network in the sandbox; name a run that needs none (--run CMD, or [run] smoke in p2c.toml), or "
        "allow it: network = true in p2c.toml and --allow-network"
    ),
    "Gpu": "there is no GPU here; run where one is: --sandbox docker --gpus all, or name a run for the CPU: --run CMD",
    "Display": "there is no display here; name a run that opens no window: --run CMD, or [run] smoke in p2c.toml",
    "Server": "it waits for connections and does not end; name a run that does: --run CMD, or [run] smoke in p2c.toml",
    "Busy": "the machine gave it little processor time; try again on a quieter one, or with --timeout SECONDS",
}


def judge(findings: Iterable[Finding], run: RunRecord, contract: RunContract) -> list[Finding]:
    """Return the findings of a run, those that say nothing about the repository as advice, with the next step."""
    return [_judged(finding, run, contract) if finding.gates else finding for finding in findings]


def _judged(finding: Finding, run: RunRecord, contract: RunContract) -> Finding:
    reason = "Busy" if run.result.timed_out and run.busy else ""
    if not reason and contract.origin not in NAMED:
        reason = _guessed(finding, run)
    if not reason:
        return finding
    message = f"this could not be tried: {_NEXT[reason].partition(';')[0]} ({finding.message})"
    return replace(finding, rule=f"Untried{reason}", message=message, gates=False, fix=_NEXT[reason])


def _guessed(finding: Finding, run: RunRecord) -> str:
    """Why a command that p2c has only guessed may have failed by no fault of the repository's."""
    output = f"{finding.rule}: {finding.message}\n{run.result.stderr}\n{run.result.stdout}"[-20_000:]
    if run.result.timed_out:
        return "Server" if run.listens else ""
    if run.result.exit_code == 2 and ARGUMENTS.search(output):
        return "Arguments"
    patterns = (("Network", NETWORK), ("Gpu", GPU), ("Display", DISPLAY))
    return next((reason for reason, pattern in patterns if pattern.search(output)), "")


def is_untried(finding: Finding) -> bool:
    """Tell whether a finding says that something could not be tried."""
    return finding.rule.startswith(WORDS)


def step(findings: Iterable[Finding]) -> str:
    """Return the one next step that the first finding about something untried names; '' where there is none."""
    return next((finding.fix for finding in findings if is_untried(finding)), "")
