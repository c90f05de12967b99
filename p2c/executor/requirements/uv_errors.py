"""What uv says when requirements cannot be had, read into findings; its errors are prose only."""

from __future__ import annotations

import re

from p2c.errors import IndexUnavailableError
from p2c.executor.report import Finding
from p2c.executor.requirements.declared import RequirementLine, Requirements
from p2c.executor.requirements.distributions import canonical, is_stdlib, right_name
from p2c.sandboxes.environments.refused_hosts import refused_hosts

_NETWORK = re.compile(
    r"Failed to fetch|Could not connect|error sending request|tcp connect error|dns error|invalid peer certificate"
    r"|Connection (?:refused|reset)|operation timed out|tunnel error|\b(?:401|403|407|429|50[0234]) [A-Z]"
    r"|lack of valid authentication|No such file or directory.*--find-links"
)
_REFUSED = re.compile(r"tunnel error|Git operation failed|\b403 Forbidden|Failed to (?:build|download|fetch)")
_PLAN = (
    ("UnknownPackage", r"Because (\S+) was not found in the (?:package registry|provided package locations)"),
    ("UnknownPackage", r"(\S+) was not found in the (?:package registry|provided package locations)"),
    ("UnknownPackage", r"there are no versions of ([A-Za-z][\w.-]*)[,\s]"),
    ("NoMatchingPython", r"Because (?:all versions of )?([\w.-]+)\S* (?:has|have) no wheels with a matching"),
    ("NoWheel", r"Because all of: ([\w.-]+?)[=<>].{0,400}? have no usable wheels"),
    ("NoWheel", r"Because (?:all versions of )?([\w.-]+)\S* (?:has|have) no usable wheels"),
    (
        "NoMatchingPython",
        r"Python version .{0,160}?does not satisfy Python\S* and ([\w.-]+?)[=<>]\S* depends on Python",
    ),
    ("NoMatchingVersion", r"Because only ([\w.-]+?)[=<>]\S* (?:is|are) available and you require \1(?![\w-])"),
    ("Conflict", r"you require ([\w.-]+?)[=<>!~]\S* and \1[=<>!~]\S* which are incompatible"),
    ("NoMatchingVersion", r"there is no version of ([\w.-]+?)(?:\[[^\]]*\])?[=<>!~]"),
    ("NoMatchingVersion", r"only the following versions of ([\w.-]+?) are available:.*and you require \1(?![\w-])"),
    ("PathNotFound", r"Distribution not found at: (file:\S+)"),
    ("BuildFailed", r"Failed to build `([^`=\s]+)"),
    ("BuildFailed", r"Failed to (?:download and build|download) `([^`=\s]+)"),
    ("BadRequirement", r"Couldn't parse requirement in `[^`]+` at position (\d+)"),
)
_FIXES = {
    "UnknownPackage": "take the line out, or name the distribution that is meant",
    "NoMatchingVersion": "allow a version that exists, such as a range instead of the pin",
    "Conflict": "loosen one of these requirements",
    "NoMatchingPython": "allow a newer version of it, or ask for an older Python in p2c.toml",
    "NoWheel": "allow a version that has wheels for this Python",
    "BuildFailed": "take a version that has wheels, or another distribution",
    "PathNotFound": "write the name alone: the path is one of another machine",
    "BadRequirement": "write it as `name>=version`",
}


def is_network_failure(output: str) -> bool:
    """Tell whether uv failed for want of the index, which says nothing about the requirements."""
    solved = "No solution found" in output and "lack of valid authentication" not in output
    return not solved and bool(_NETWORK.search(output)) and "Failed to build" not in output


def raise_if_unreachable(output: str, wanted: Requirements | None = None) -> None:
    """Raise IndexUnavailableError with uv's own words where the index could not be reached."""
    if is_network_failure(output) and not _asks_elsewhere(output, wanted):
        complaint = " ".join(re.sub(r"(?<=://)[^/\s@]+@", "", output).split())[-600:]
        hosts = refused_hosts(output)
        if hosts:
            message = f"the package index leads to {' and '.join(hosts)}, which an install may not reach: {complaint}"
            raise IndexUnavailableError(message, f"If you trust that, {_allowing(hosts)}.")
        raise IndexUnavailableError(
            f"the package index could not be reached: {complaint}",
            "Check the connection and the index settings (pip config list, UV_DEFAULT_INDEX, proxies, certificates).",
        )


def _asks_elsewhere(output: str, wanted: Requirements | None) -> bool:
    """Tell whether a host was refused that the requirements may ask for: an address, an option, a path's own needs."""
    lines = wanted.lines if wanted else ()
    return bool(refused_hosts(output)) and any(not line.name or "://" in line.text for line in lines)


def _allowing(hosts: tuple[str, ...]) -> str:
    return f"allow it with {' '.join(f'--allow-host {host}' for host in hosts)}"


def finding(output: str, wanted: Requirements) -> Finding:
    """Return the one thing that uv complains about, at the line that asks for it."""
    flat = flatten(output)
    hosts = refused_hosts(output)
    rule, name = _complaint(flat, wanted)
    line = _line(rule, name, flat, wanted)
    if rule in ("UnknownPackage", "BuildFailed", "NoWheel") and name:
        rule, fix = _by_name(rule, name, line)
    else:
        fix = _FIXES[rule]
    message = _message(rule, name, flat, line)
    if hosts and _REFUSED.search(flat):
        hosts = next(filter(None, (_named(hosts, candidate) for candidate in wanted.lines)), hosts)
        rule, line, message = _not_allowed(hosts, (rule, line, message), wanted)
        fix = f"{fix if rule == 'BuildFailed' else 'name a release on the package index'}, or {_allowing(hosts)}"
    path, number = (line.path, line.line) if line else (wanted.path or None, None)
    return Finding("install", rule, message, path, number, fix=fix, detail=output.strip())


def _named(hosts: tuple[str, ...], line: RequirementLine) -> tuple[str, ...]:
    """Return those of the hosts that a requirement names itself: a client may ask for others on the way to them."""
    bare = {host: re.escape(re.sub(r":\d+$", "", host)) for host in hosts}
    return tuple(host for host in hosts if re.search(rf"(?<![\w.-]){bare[host]}(?![\w.-])", line.text))


def _not_allowed(
    hosts: tuple[str, ...], complaint: tuple[str, RequirementLine | None, str], wanted: Requirements
) -> tuple[str, RequirementLine | None, str]:
    """Return rule, line and message where a requirement, or code that ran in a build, asked for other hosts."""
    rule, line, message = complaint
    shown = f"{' and '.join(hosts)}, which an install may not reach"
    asking = next((line for line in wanted.lines if _named(hosts, line)), None)
    if asking is None and "Failed to build" in message:
        return rule, line, f"{message}; the build asked for {shown}"
    who = f"{asking.text!r} needs" if asking else "the requirements need"
    return "HostNotAllowed", asking or line, f"{who} {shown}"


def undated(output: str) -> tuple[str, ...]:
    """Return the distributions that uv left out because the index does not say when their files came out."""
    flat = flatten(output)
    hidden = re.findall(r"`([\w.-]+)` was filtered by `exclude-newer`([^`]*)", flat)
    files = {
        canonical(name) for name in re.findall(r"`([A-Za-z0-9.]\w*(?:\.\w+)*)-\d[^`]*` is missing an upload date", flat)
    }
    return tuple(
        dict.fromkeys(name for name, reason in hidden if "published at" not in reason and canonical(name) in files)
    )


def out_of_era(output: str, era: str) -> Finding:
    """Return the one finding of requirements that can be had today, but could not on the day."""
    because = re.search(r"Because .*?(?= hint |$)", flatten(output))
    message = f"as of {era} the requirements cannot be had: {because[0] if because else flatten(output)}"[:700]
    fix = "name a later era in p2c.toml, or an older Python ([run] python), for which there were wheels then"
    return Finding("install", "OutOfEra", message, "p2c.toml", fix=fix, detail=output.strip())


def flatten(output: str) -> str:
    """Return uv's message on one line, without its drawing."""
    return " ".join(re.sub(r"[×╰─▶├│]", " ", re.sub(r"\n[^\S\n]*(?:cause|hint):", " ", output[:100_000])).split())


def _complaint(flat: str, wanted: Requirements) -> tuple[str, str]:
    asked = set(re.findall(r"you require ([A-Za-z0-9][\w.-]*)", flat))
    both = {name for name in asked if wanted.find(name)}
    if len(both) > 1:
        return "Conflict", ""
    for rule, pattern in _PLAN:
        match = re.search(pattern, flat)
        if match:
            return rule, re.sub(r"\[.*", "", match[1]).rstrip(",.")
    if "does not satisfy Python" in flat:
        return "NoMatchingPython", next(iter(asked), "")
    return ("Conflict", "") if "No solution found" in flat else ("BuildFailed", next(iter(asked), ""))


def _line(rule: str, name: str, flat: str, wanted: Requirements) -> RequirementLine | None:
    if rule == "BadRequirement":
        offset = int(name)
        for each in wanted.lines:
            if offset <= len(each.text):
                return each
            offset -= len(each.text) + 1
        return None
    if rule == "PathNotFound":
        return next((line for line in wanted.lines if name.rstrip(".,") in line.text), None)
    asked = re.findall(r"you require ([A-Za-z0-9][\w.-]*)", flat)
    lines = (wanted.find(each) for each in [name, *asked] if each)
    return next((line for line in lines if line), None)


def _by_name(rule: str, name: str, line: RequirementLine | None) -> tuple[str, str]:
    meant = right_name(name)
    if is_stdlib(name):
        return "StdlibRequirement", f"take {name!r} out: it is part of Python"
    if meant and line:
        return "WrongDistribution", f"write {meant!r} instead of {line.as_written!r}"
    return rule, _FIXES[rule]


def _message(rule: str, name: str, flat: str, line: RequirementLine | None) -> str:
    asked = line.as_written if line else name
    if rule == "StdlibRequirement":
        return f"{asked!r} is no distribution: {name} is part of Python's standard library"
    if rule == "WrongDistribution":
        return f"{asked!r} is the name of an import, not of the distribution that provides it"
    if rule == "BadRequirement":
        return f"{asked!r} is not a requirement"
    if rule == "PathNotFound":
        return f"{asked!r} names a path that is not there"
    because = re.search(r"(?:Because|Failed to build) .*?(?= hint |$)", flat)
    return (because[0] if because else flat)[:700]
