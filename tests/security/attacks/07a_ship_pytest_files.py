"""
entries = [7]
tries = "Ship conftest.py, a pytest plugin, sitecustomize, usercustomize, a .pth and pytest.ini."
stopped_by = "The scratch folder is the student's alone; the check process never reads or imports it."
assignment = "recurrent"
says = ["shipped 9 files"]
stock = "stock nbgrader runs no pytest"
"""
# %% first
import os
import site
import sys
from pathlib import Path

HOOK = """
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""
shipped = 0
for name in ("conftest.py", "pytest_gradlab.py", "sitecustomize.py", "usercustomize.py", "reference.py"):
    Path(name).write_text(HOOK)
    shipped += 1
for name, text in (
    ("pytest.ini", "[pytest]\naddopts = -p pytest_gradlab"),
    ("gradlab.pth", "import sitecustomize"),
    ("setup.cfg", "[tool:pytest]\naddopts = -p pytest_gradlab"),
    ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '-p pytest_gradlab'"),
):
    Path(name).write_text(text)
    shipped += 1
for folder in [*sys.path, site.getusersitepackages(), sys.prefix, "/tmp", "/etc"]:
    try:
        Path(folder or ".", "attack.pth").write_text("import os; os.environ['PYTEST_ADDOPTS'] = '-p x'")
    except OSError:
        pass
os.environ["PYTEST_ADDOPTS"] = "-p pytest_gradlab"
os.environ["PYTHONPATH"] = os.getcwd()
print("shipped", shipped, "files")
