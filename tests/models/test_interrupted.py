"""A process that is ended in the middle of its calls, by a real signal, against a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

from tests.servers.openai_server import OpenAIServer, say, slow

PROGRAM = """
import sys
from pathlib import Path
from p2c.budget import Budget
from p2c.journal import Journal
from p2c.models import equip_model, open_model
from p2c.models.base import Message, Prompt
from p2c.models.chat_request import ModelOptions

folder, base_url, way = sys.argv[1:]
options = ModelOptions(base_url=base_url, api_key="sk-x", parallel=2)
model = equip_model(open_model("served", options), Path(folder), Budget(), Journal(), options)
prompts = [Prompt((Message("user", str(n)),), f"stage:{n}") for n in range(6)]
if way == "one":
    print([model.complete(prompt).text for prompt in prompts])
else:
    print([one.text for one in model.complete_all(prompts)])
"""


def start(folder, server, way):
    argv = [sys.executable, "-c", PROGRAM, str(folder), server.base_url, way]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_killed_run_pays_for_no_reply_twice(tmp_path):
    children = []

    def answer(body):
        if len(server.bodies) == 4:
            os.kill(children[0].pid, signal.SIGKILL)
        return say("reply " + body["messages"][0]["content"])

    with OpenAIServer(answer) as server:
        children.append(start(tmp_path, server, "one"))
        children[0].communicate(timeout=60)
        assert children[0].returncode == -signal.SIGKILL
        out, err = start(tmp_path, server, "one").communicate(timeout=60)
    assert out.strip() == str([f"reply {n}" for n in range(6)]), err
    asked = [body["messages"][0]["content"] for body in server.bodies]
    assert asked == ["0", "1", "2", "3", "3", "4", "5"], "only the call that was under way is made again"


def test_ctrl_c_waits_for_no_server(tmp_path):
    busy = threading.Event()

    def answer(body):
        busy.set()
        return slow(20.0)

    server = OpenAIServer(answer)
    with server:
        child = start(tmp_path, server, "all")
        assert busy.wait(30)
        time.sleep(0.3)
        begin = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in err
    assert time.monotonic() - begin < 10
