"""Secrets of every usual form, none of them real: a line as it is met, and the part of it that must not be seen."""

from __future__ import annotations

import base64

MIXED = "CanaryQ7w8E9r0T1y2U3i4O5p6A7s8D9f0G1h2J3"
HEX = "c0ffee0123456789abcdef0123456789deadbeef"
BASIC = base64.b64encode(b"x-access-token:ghs_canaryCanaryCanary0123456789").decode()
JWT = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.{MIXED}"
KEY_LINES = "\n".join(f"MIICanary{number}Q7w8E9r0T1y2U3i4O5p6A7s8D9f0G1h2J3k4L5" for number in range(4))

SURE: dict[str, tuple[str, str]] = {
    "openai": (f'KEY = "sk-{MIXED}"', f"sk-{MIXED}"),
    "openai-project": (f"sk-proj-{MIXED}_x-y", f"sk-proj-{MIXED}_x-y"),
    "anthropic": (f"sk-ant-api03-{MIXED}", f"sk-ant-api03-{MIXED}"),
    "huggingface": (f"login(token='hf_{MIXED[:34]}')", f"hf_{MIXED[:34]}"),
    "github": (f"remote: ghp_{MIXED[:36]} refused", f"ghp_{MIXED[:36]}"),
    "github-actions": (f"ghs_{MIXED[:36]}", f"ghs_{MIXED[:36]}"),
    "github-fine": (f"github_pat_11{MIXED}_{MIXED}", f"github_pat_11{MIXED}_{MIXED}"),
    "gitlab": (f"glpat-{MIXED[:20]}", f"glpat-{MIXED[:20]}"),
    "aws-id": ("aws_access_key_id = AKIACANARYCANARY1234", "AKIACANARYCANARY1234"),
    "aws-secret": (f"aws_secret_access_key = {MIXED[:38]}/+", f"{MIXED[:38]}/+"),
    "google": (f"AIzaSy{MIXED[:33]}", f"AIzaSy{MIXED[:33]}"),
    "slack": ("xoxb-123456789012-canaryCanary", "xoxb-123456789012-canaryCanary"),
    "pypi": (f"pypi-AgEIcHlwaS5vcmc{MIXED}", f"pypi-AgEIcHlwaS5vcmc{MIXED}"),
    "npm": (f"//registry.example/:_authToken=npm_{MIXED[:36]}", f"npm_{MIXED[:36]}"),
    "stripe": (f"sk_live_{MIXED[:24]}", f"sk_live_{MIXED[:24]}"),
    "jwt": (f"cookie was {JWT}", JWT),
    "basic": (f"\textraheader = AUTHORIZATION: basic {BASIC}", BASIC),
    "bearer": (f"headers={{'Authorization': 'Bearer {MIXED}'}}", MIXED),
    "proxy": (f"Proxy-Authorization: Basic {BASIC}", BASIC),
    "token-header": (f'curl -H "Authorization: token {HEX}"', HEX),
    "login": ("https://canary:Pa55-canary@host.example/simple", "Pa55-canary"),
    "token-login": (f"git clone https://x-access-token:ghs_{MIXED[:36]}@github.example/a/b", f"ghs_{MIXED[:36]}"),
    "database": ("postgresql+psycopg2://svc:c4nary%40pw@db.example:5432/x", "c4nary%40pw"),
    "query": (f"GET /v1?model=x&api_key={MIXED} 401", MIXED),
    "assigned": (f'API_KEY = "{MIXED}"', MIXED),
    "exported": (f"export SERVICE_TOKEN={MIXED}", MIXED),
    "yaml": (f"client_secret: {MIXED}", MIXED),
    "json": (f'{{"access_token": "{MIXED}"}}', MIXED),
    "password": ("DB_PASSWORD='canary4711pw'", "canary4711pw"),
    "private-key": (
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY_LINES}\n-----END OPENSSH PRIVATE KEY-----",
        KEY_LINES[:40],
    ),
    "cut-key": (f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_LINES}", KEY_LINES[-40:]),
    "quoted-key": (repr(f"-----BEGIN PRIVATE KEY-----\n{KEY_LINES}\n-----END PRIVATE KEY-----"), KEY_LINES[:40]),
    "subscript": (f'os.environ["SOME_API_KEY"] = "{HEX}"', HEX),
    "item": (f'config["token"] = "{MIXED}"', MIXED),
    "default": (f'os.environ.setdefault("SOME_TOKEN", "{MIXED}")', MIXED),
    "coloured": (f"\x1b[31mghp_{MIXED[:36]}\x1b[0m", f"{MIXED[:36]}"),
    "coloured-within": (f"gh\x1b[1mp_{MIXED[:10]}\x1b[0m{MIXED[10:36]}", f"{MIXED[10:36]}"),
    "coloured-in-quotes": (f"'\\x1b[32mghp_{MIXED[:36]}\\x1b[0m'", f"{MIXED[:36]}"),
    "within-a-word": (f"log_ghp_{MIXED[:36]}", f"{MIXED[:36]}"),
    "webhook": (f"https://hooks.slack.com/services/T0CANARY1/B0CANARY2/{MIXED[:24]}", MIXED[:24]),
    "channel": (f"https://discord.com/api/webhooks/123456789012345678/{MIXED}{MIXED[:28]}", MIXED),
    "netrc": ("machine git.example login canary password c4nary-pass", "c4nary-pass"),
    "curl": ("curl -sS -u canary:c4nary-pass https://host.example", "c4nary-pass"),
    "pair": ('requests.get(url, auth=("canary", "c4nary-pass"))', "c4nary-pass"),
    "mail": ('server.login("canary@host.example", "c4nary-pass")', "c4nary-pass"),
    "option": (f"train.py --token {MIXED} --epochs 3", MIXED),
    "option-password": ("tool --db-password c4nary-pass7", "c4nary-pass7"),
    "bearer-in-f-string": (f'headers={{"Authorization": f"Bearer {MIXED}"}}', MIXED),
    "npm-basic": (f"//registry.example/:_auth={BASIC}", BASIC),
    "docker-config": (f'{{"auths": {{"host.example": {{"auth": "{BASIC}"}}}}}}', BASIC),
    "azure": (f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={MIXED}{MIXED}==;", MIXED),
    "azure-signature": (f"https://x.blob.example/c?sv=1&sig={MIXED}%3D", MIXED),
    "quoted-address": ("next=https%3A%2F%2Fcanary%3Ac4nary-pass%40host.example", "c4nary-pass"),
    "passphrase": ('db_password: "canaryhorsebattery"', "canaryhorsebattery"),
    "unnamed": (f'client = Client("{MIXED}")', MIXED),
    "putty": (f"PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 4\n{KEY_LINES}\nPrivate-MAC: 0", KEY_LINES[:40]),
    "encrypted-key": (
        f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{HEX.upper()}\n\n{KEY_LINES}\n"
        "-----END RSA PRIVATE KEY-----",
        KEY_LINES[:40],
    ),
    **{
        f"form-{form[:6]}": (f'client = Client("{form}")', form)
        for form in (
            f"GOCSPX-{MIXED[:28]}",
            f"whsec_{MIXED[:32]}",
            f"dapi{HEX[:32]}",
            f"hvs.{MIXED}",
            f"shpat_{HEX[:32]}",
            f"dckr_pat_{MIXED[:27]}",
            f"lin_api_{MIXED}",
            f"figd_{MIXED}",
            f"rubygems_{HEX}{HEX[:8]}",
            f"nvapi-{MIXED * 2}",
            f"glsa_{MIXED[:32]}_{HEX[:8]}",
            f"pcsk_{MIXED * 2}",
            f"lsv2_pt_{HEX[:32]}_{HEX[:10]}",
            f"SK{HEX[:32]}",
            f"123456789:AA{MIXED[:33]}",
            f"ATATT3{MIXED * 2}",
            f"tskey-auth-{MIXED}",
            f"tvly-{MIXED[:32]}",
        )
    },
}
"""Hidden wherever they stand, in source text too."""

WORDS: dict[str, tuple[str, str]] = {
    "short-openai": ("invalid key sk-" + "a" * 20, "sk-" + "a" * 20),
    "bare-bearer": ("sent bearer canary-token-of-some-length", "canary-token-of-some-length"),
    "weak-password": ("password=canary7", "canary7"),
    "plain-basic": ("authorization: basic canary:canary", "canary:canary"),
    "header": ("PRIVATE-TOKEN: canary-token", "canary-token"),
    "signed": ("https://s3.example/x?X-Amz-Signature=canarysignature", "canarysignature"),
    "user-login": ("https://canarytokenofsomelength@host.example/x", "canarytokenofsomelength"),
    "ordinary-login": ("https://user:pass@index.example/simple", "user:pass"),
    "in-repr": (r"KeyError('first\nghp_canarycanarycanary12')", "ghp_canarycanarycanary12"),
    "settings": ("{'SESSION_TOKEN': 'canary-session-4711'}", "canary-session-4711"),
    "logged": ("INFO api key: 'canary-key-123456'", "canary-key-123456"),
}
"""Hidden in what programs and messages say: there a needless mark does no harm."""
