"""Program for `test_ordinary_user`: the same server, started by an ordinary user."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from pathlib import Path

import entries  # noqa: F401 - proves that the module path reaches this user

here = Path(__file__).parent
spec = importlib.util.spec_from_file_location("sandbox_conftest", here / "conftest.py")
conftest = importlib.util.module_from_spec(spec)
spec.loader.exec_module(conftest)

from autograder.sandbox import ForkServer, IsolationRefused, ServerFailed  # noqa: E402
from autograder.sandbox.probe import level_of, probe  # noqa: E402

allow = sys.argv[1]
layers = probe()
answers = {
    "probed": level_of(layers),
    "missing": {layer.name: layer.remedy for layer in layers if not layer.available},
}
try:
    with ForkServer(conftest.launch(allow=allow)) as server:
        asking = conftest.Asking(server)
        answers["level"] = server.level
        answers["layers"] = server.layers
        answers["root"] = asking("answer = os.listdir('/')")
        answers["status"] = asking("answer = open('/proc/self/status').read()")
        answers["pid"] = asking("answer = os.getpid()")
        answers["socket"] = asking("import socket; socket.socket()")
        answers["write"] = asking("open('x', 'w').write('x'); answer = open('x').read()")
        answers["outside"] = asking(
            f"answer = open({str(here.parents[1] / 'pyproject.toml')!r}).read()"
        )
        answers["scratch"] = asking("answer = os.getcwd()")
        _answer, result = asking.both(
            "import time\nhoard = []\nwhile True: hoard.append(b'x' * 2_000_000); time.sleep(0.001)"
        )
        answers["bomb"] = result.kind
        answers["forks"] = asking(
            "import time\nanswer = 0\ntry:\n while answer < 500:\n"
            "  if os.fork() == 0: time.sleep(100)\n  answer += 1\nexcept OSError: pass"
        )
        asking(
            "import time\nif os.fork() == 0:\n os.setsid()\n"
            " if os.fork() == 0: time.sleep(100)\n os._exit(0)"
        )
        from autograder.sandbox.usage import process_tree

        deadline = time.monotonic() + 20
        while len(process_tree(server._program.pid)) > 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        answers["processes"] = len(process_tree(server._program.pid))
except (IsolationRefused, ServerFailed) as error:
    answers["refused"] = str(error)
print(json.dumps(answers))
