"""The forms of secrets: what publishers' tokens look like, where only a secret stands, and what merely looks random.

The prefixes are those that the publishers document and that public secret scanners list.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter

_SUREST = (
    # Long enough a prefix to be one even in the middle of a word.
    r"gh[pousr]_[A-Za-z0-9]{36}(?![A-Za-z0-9])|github_pat_\w{60,300}|glpat-[\w-]{20,300}|xox[abeoprs]-\d[\w-]{20,300}"
    r"|sk-ant-[a-z]+\d\d-[\w-]{40,500}|hooks\.slack\.com/(?:services|workflows|triggers)/(?!P2C_HIDDEN)(?P<hook>[\w/-]{20,300})"
    r"|discord(?:app)?\.com/api/webhooks/(?P<channel>\d{8,30}/[\w-]{40,200})"
    r"|bot(?P<bot>\d{6,12}:[A-Za-z0-9_-]{30,60})(?=/)"
)
_TOKENS = (
    r"sk-(?:proj|ant|or|svcacct|admin|lf)-[\w-]{16,500}|[spr]k-[A-Za-z0-9]{20,500}|sk-(?=[\w-]{0,500}\d)[\w-]{24,500}"
    r"|gh[pousr]_[A-Za-z0-9]{20,300}|github_pat_\w{20,300}|gl(?:pat|ptt|dt|cbt|rt|ft|soat|agent|imt)-[\w.-]{16,300}"
    r"|hf_[A-Za-z0-9]{30,200}|api_org_[A-Za-z0-9]{30,200}|A(?:KIA|SIA)[0-9A-Z]{16}|AIza[\w-]{30,100}|ya29\.[\w-]{20,1000}"
    r"|xox[abeoprs]-[\w-]{10,300}|xapp-[\w-]{20,300}|pypi-[\w-]{30,1000}|npm_[A-Za-z0-9]{30,200}|e2b_\w{30,200}"
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,300}|dop_v1_[0-9a-f]{40,100}|r8_[A-Za-z0-9]{30,100}|gsk_[A-Za-z0-9]{30,200}"
    r"|SG\.[\w-]{16,100}\.[\w-]{16,100}|eyJ[\w-]{8,2000}\.[\w-]{8,8000}\.[\w-]{5,2000}"
    r"|GR1348941[\w-]{18,60}|GOCSPX-[\w-]{20,100}|1//0[\w-]{40,200}|whsec_[A-Za-z0-9+/=]{24,200}|(?:SK|AC)[0-9a-f]{32}"
    r"|key-[0-9a-f]{32}|dapi[0-9a-f]{32}(?:-\d)?|dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{36,200}|hv[sbr]\.[\w-]{24,400}"
    r"|shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}|dckr_[op]at_[\w-]{24,100}|[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,200}"
    r"|lin_(?:api|oauth)_[A-Za-z0-9]{32,100}|ntn_[A-Za-z0-9]{36,100}|secret_[A-Za-z0-9]{43}|fig[dou]_[\w-]{36,100}"
    r"|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|rubygems_[0-9a-f]{48}|NR(?:AK|RA|JS|II|BR)-[\w-]{19,60}|glsa_[\w-]{32,60}"
    r"|glc_[A-Za-z0-9+/=]{32,400}|fo1_[\w-]{40,100}|fm[12][ar]?_[A-Za-z0-9+/=_-]{60,1000}|xai-[A-Za-z0-9]{60,200}"
    r"|pplx-[A-Za-z0-9]{40,100}|nvapi-[\w-]{50,200}|pa-(?=[\w-]*\d)[\w-]{43,100}|pcsk_\w{40,200}|fw_[A-Za-z0-9]{22,60}"
    r"|lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|AGE-SECRET-KEY-1[A-Z0-9]{58}|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}"
    r"|\d{8,10}:AA[\w-]{33}|ATATT3[\w=-]{60,300}|ATCTT3[\w=-]{60,300}|pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"
    r"|sntry[su]_[A-Za-z0-9+/=_-]{40,400}|ph[cx]_[A-Za-z0-9]{32,100}|tskey-[a-z]+-[\w-]{20,100}|dt0[a-z]\d\d\.[A-Z0-9.]{80,120}"
    r"|tvly-[\w-]{20,100}|jina_[A-Za-z0-9]{40,100}|AKCp[A-Za-z0-9]{60,80}|oy2[a-z0-9]{43}|LTAI[A-Za-z0-9]{12,24}"
    r"|sq0(?:csp|atp|idp)-[\w-]{20,60}|EAA[A-Za-z0-9]{80,400}|CCIPAT_[\w]{40,100}|bkua_[0-9a-f]{40}|tfp_[\w.-]{40,80}"
)
ALONE = r"(?:(?<![\w-])|(?<=\\[nrt]))"
"""Not within a word; in quoted text a line's end is `\\n`."""
FORMS = re.compile(rf"(?:{_SUREST})|{ALONE}(?:{_TOKENS})(?![A-Za-z0-9])")
LOOSE_FORMS = re.compile(
    rf"{ALONE}(?:[spr]k-[A-Za-z0-9_-]{{16,500}}|hf_[A-Za-z0-9]{{20,200}}|(?:pypi|e2b|npm)[-_][\w-]{{30,1000}})"
    rf"|{ALONE}(?i:bearer)\s{{1,4}}(?P<secret>[\w.~+/-]{{20,4000}}=*)"
)
BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?P<secret>(?:(?!-----)[\s\S]){1,20000})-----END "
    r"|(?P<cut>(?:(?:\\[nrt]|[\s\"',>|])*+[A-Za-z0-9+/=]{16,}+)+))"
    r"|PuTTY-User-Key-File-\d:[^\0]{0,4000}?Private-Lines: \d{1,4}\s{1,4}"
    r"(?P<putty>(?:[A-Za-z0-9+/=]{16,76}\s{1,2}){1,400})"
)
"""A private key, whole or cut off before its end."""
HEADER = re.compile(
    r"(?i)(?<![a-z])(?:proxy-)?authorization[\"']?\s{0,4}[:=,]\s{0,4}[rbf]{0,2}[\"']?"
    r"(?:basic|bearer|token|digest|negotiate|aws4-hmac-sha256|apikey)\s{1,4}(?P<secret>[\w.~+/:-]{6,8000}=*)"
)
LOOSE_HEADER = re.compile(
    r"(?i)(?<![a-z])(?:(?:proxy-)?authorization|(?:set-)?cookie|private-token|job-token|deploy-token|x-api-key"
    r"|api-key|x-auth-token|x-goog-api-key|x-amz-security-token)[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<secret>[^\s\"',]{8,8000})"
)
LOGIN = re.compile(r"(?<=://)(?P<secret>[^/\s:@'\"]{0,1000}:(?P<password>[^/\s'\"]{1,1000}))(?=@)")
QUOTED_LOGIN = re.compile(r"(?i)(?<=%3A%2F%2F)[\w.-]{0,100}%3A(?P<secret>[\w.~!%-]{4,1000}?)(?=%40)")
LOOSE_LOGIN = re.compile(r"(?<=://)(?P<secret>[^/\s:@'\"]{16,1000})(?=@)")
QUERY = re.compile(
    r"(?i)(?<=[?&;])[\w.-]{0,40}(?:token|api_?key|key|secret|sig|signature|password|passwd|credential)="
    r"(?P<secret>[^&?\s\"'<>#\[\];]{8,4000})"
)
PLACED = re.compile(
    # A program's login, password or token, where its own syntax says that there is one.
    r"(?i)\b(?:curl|wget|http|https)\b[^\n]{0,400}?\s(?:-u|--user)[\s=]{0,2}[\"']?[^\s:\"']{1,100}:(?P<user>[^\s\"']{4,400})"
    r"|\bsshpass\s{1,4}-p\s{0,4}[\"']?(?P<ssh>[^\s\"']{4,400})|\bmysql(?:dump|admin)?\b[^\n]{0,200}?\s-p(?P<sql>[^\s\"'-][^\s\"']{3,400})"
    r"|\blogin\s{1,8}\S{1,200}\s{1,8}(?:account\s{1,8}\S{1,200}\s{1,8})?password\s{1,8}(?P<netrc>\S{4,400})"
    r"|\bauth\s{0,4}=\s{0,4}\(\s{0,4}[\"'][^\"'\n]{1,200}[\"']\s{0,4},\s{0,4}[\"'](?P<pair>[^\"'\n]{6,400})"
    r"|\.login\(\s{0,4}[\"'][^\"'\n]{1,200}[\"']\s{0,4},\s{0,4}[\"'](?P<mail>[^\"'\n]{6,400})"
    r"|:_auth(?:Token)?\s{0,4}=\s{0,4}[\"']?(?P<npm>[\w+/=-]{16,2000})|^_auth\s{0,4}=\s{0,4}(?P<old>[\w+/=-]{16,2000})"
    r"|\b(?:Account|SharedAccess)Key=(?P<azure>[A-Za-z0-9+/]{40,200}={0,2})"
    r"|[\"']auth[\"']\s{0,4}:\s{0,4}[\"'](?P<docker>[A-Za-z0-9+/]{20,4000}={0,2})",
    re.MULTILINE,
)
OPTION = re.compile(
    r"(?i)(?<![\w-])--?(?:[a-z][\w-]{0,30}[_-])?(?P<name>token|passw(?:or)?d|passphrase|api-?key|secret|access-?key|auth)"
    r"(?:\s{1,4}|=)[\"']?(?P<secret>[^\s\"'<>$\[\]{}|]{6,4000})"
)
_SURE_NAMES = (
    r"api[ _-]?key|apikey|secret|token|passw(?:or)?d|passphrase|access[_-]?key|private[_-]?key|auth[_-]?key"
    r"|(?<![a-z])pwd"
)
ASSIGNED = re.compile(
    rf"(?i)(?P<name>(?:{_SURE_NAMES})(?:[_-](?:key|id|value))?|(?-i:_KEY|_TOKEN|_PASS|_PWD|_AUTH|_CREDENTIALS?)"
    r"|(?<=[\"'])key(?=[\"'])|(?<![\w.])key(?==))"
    r"(?:[\"']?\]?\s{0,4}(?P<is>:=|=>|=(?!=)|:)|(?P<comma>[\"']\s{0,4},))\s{0,4}"
    r"(?:[rbuRBU]?(?P<quote>[\"'])(?P<quoted>[^\"'\s]{6,4000})(?P=quote)|(?P<bare>[^\s\"'`,;(){}\[\]<>$]{6,4000}))"
)
RANDOM = re.compile(r"(?<![\w+/=.-])[A-Za-z0-9_-]{32,128}(?![\w+/=-])")
PASSWORD = re.compile(r"(?i)passw|passphrase|_pass|pwd|secret|api[ _-]?key")
ENVIRONMENT = re.compile(
    r"(?i)(?:^|_)(?:token|secret|credentials?|apikey|key|pat|auth|passphrase)(?:_|$)|passw(?:or)?d|_pwd$|_pass$"
)
"""Names of variables whose values are secrets."""
ESCAPES = re.compile(r"(?:\x1b|\\x1b|\\u001b|\\033|\\e)\[[0-9;]{0,20}[A-Za-z]")
"""What colours a terminal, as it is and as it is written in quoted text."""
_PUT_IN = re.compile(r"[{}<>]|%[sd(]|\$[{(A-Za-z]|\*{3}|\.\.\.|(?i:^your|^x{3})")
"""Of values that a program puts in when it runs, or that stand in documentation for one."""
_SAMPLE = re.compile(
    r"(?i)^(?:my|some|example|sample|dummy|fake|test|placeholder|change|insert|replace|enter|todo|none|null|true|false"
    r"|redacted|secret|password|passwd|token|user|root|admin|guest|p2c_hidden)"
)
_ORDINARY = frozenset(
    "pass password passwd pwd secret token user username root admin guest postgres mysql test".split()
)


def is_template(value: str) -> bool:
    """Tell whether a program puts it in when it runs, or it is a word for one."""
    return bool(_PUT_IN.search(value)) or value.lower() in _ORDINARY


def is_sample(value: str) -> bool:
    """Tell whether it stands for a value, as in documentation, or is put in when the program runs."""
    return bool(is_template(value) or _SAMPLE.match(value))


def looks_real(value: str) -> bool:
    """Tell whether it may be a password: neither short, nor a sample, nor a mere word."""
    return len(value) >= 8 and not is_sample(value) and has_digit_and_letter(value)


def has_digit_and_letter(value: str) -> bool:
    """Tell whether it has both."""
    return bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value))


def is_random(value: str) -> bool:
    """Tell whether a value looks drawn, not written: long, digits among letters, many different characters."""
    if len(value) < 20 or is_sample(value) or not re.fullmatch(r"[\w+/=.~:%-]+", value):
        return False
    kinds = [bool(re.search(kind, value)) for kind in ("[0-9]", "[a-z]", "[A-Z]")]
    longest = max(map(len, re.split(r"[_./:-]", value)))
    return kinds[0] and (all(kinds) or longest >= 20) and _entropy(value) >= 3.3


def looks_random(value: str) -> bool:
    """Tell whether a value is random whatever stands around it: its characters change kind as drawn ones do.

    Of two neighbours drawn from 62 letters and digits 62 % differ in kind, in names made of words about 30 %; 45 %
    lies between. Hexadecimal digits are left alone: they are digests and commits as a rule.
    """
    kinds = ["0" if c.isdigit() else "a" if c.islower() else "A" if c.isupper() else "_" for c in value]
    if not {"0", "a", "A"} <= set(kinds) or value.count("_") + value.count("-") > len(value) // 8:
        return False
    changes = sum(left != right for left, right in itertools.pairwise(kinds))
    return changes >= 0.45 * (len(value) - 1) and kinds.count("0") >= 3 and _entropy(value) >= 4.0


def is_key(value: str, is_argument: bool) -> bool:
    """Tell whether what is called a mere key is a service's: digests are keys too, but of 40 or 64 digits in data."""
    if re.fullmatch("[0-9a-f]+", value):
        return len(value) == 32 or (is_argument and len(value) == 40 and is_random(value))
    return len(value) >= 24 and looks_random(value)


def _entropy(value: str) -> float:
    """Bits a character: 3.3 has 16 random hex digits, English words have less than 3."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
