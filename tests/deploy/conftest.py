"""Where the files for deploying are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SCHEMAS = Path(__file__).parent / "schemas"


def schema(name: str) -> Any:
    """Return a schema of somebody else's."""
    return json.loads((SCHEMAS / f"{name}.json").read_text())


def loaded(path: str) -> Any:
    """Return what a YAML file below `deploy/` says."""
    return yaml.safe_load((DEPLOY / path).read_text())


@pytest.fixture
def deploy() -> Path:
    """Return the folder `deploy/`."""
    return DEPLOY
