"""What the exchange adds to the hub's configuration, and its process around the edges."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Sequence
from typing import Any

import pytest
from jupyterhub.services.auth import HubAuth
from traitlets.config import Config

from autograder.course import Layout
from autograder.handin.configuration import ACCESS
from autograder.handin.errors import Forbidden, HubAway, Stranger
from autograder.handin.identity import caller_from
from autograder.handin.service import HubCallers, ServiceSettings
from autograder.handin.settings import ExchangeSettings
from autograder.handin.worker import keep
from autograder.hub import HubSettings, SettingsError, proxy
from autograder.hub.configuration import configure

from ..serving import free_port


def configured(layout: Layout, monkeypatch: pytest.MonkeyPatch, kind: str) -> Config:
    monkeypatch.setattr(proxy, "command", lambda: ["node", "proxy"])
    c = Config()
    settings = HubSettings(sessions="shared", exchange=ExchangeSettings(kind=kind))
    configure(c, settings, layout)
    return c


def test_the_network_exchange_is_a_service_and_one_scope(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions get the address and the scope, formgrader acts for visitors, no folder is shared."""
    c = configured(layout, monkeypatch, "network")
    services = {service["name"]: service for service in c.JupyterHub.services}
    told = ServiceSettings.from_text(services["exchange"]["environment"]["GRADLAB_SERVED_EXCHANGE"])
    (served,) = told.courses
    assert served.folder == layout.exchange / layout.course_id
    assert served.log == layout.log
    assert ACCESS in services[layout.course_id]["oauth_client_allowed_scopes"]
    (role,) = (role for role in c.JupyterHub.load_roles if role["name"] == "exchange")
    assert role["scopes"] == ["access:services!service=exchange"]
    assert "users" not in role
    spawner = c.LocalSpawner
    assert sorted(spawner.server_token_scopes) == [
        "access:servers!server", "access:services!service=exchange", "users:activity!user",
    ]  # fmt: skip
    assert spawner.environment["GRADLAB_EXCHANGE_URL"] == (
        "http://127.0.0.1:8000/services/exchange/"
    )
    assert "exchange" not in spawner


def test_the_exchange_of_files_is_there_when_chosen(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `files` there is no service and no further scope; sessions get the folder."""
    c = configured(layout, monkeypatch, "files")
    names = {service["name"] for service in c.JupyterHub.services}
    assert layout.course_id in names
    assert "exchange" not in names
    assert c.LocalSpawner.exchange == str(layout.exchange / layout.course_id)
    assert "server_token_scopes" not in c.LocalSpawner
    assert "environment" not in c.LocalSpawner


def test_all_mistakes_in_the_settings_are_said_at_once() -> None:
    """Every wrong value has its line."""
    with pytest.raises(SettingsError) as refusal:
        ExchangeSettings(kind="post", url="ftp://x", grace_seconds=-1, submissions_each=0)
    assert str(refusal.value).count("\n- ") == 4


@pytest.mark.parametrize(
    ("model", "error"),
    [
        (None, Stranger),
        ({}, Stranger),
        ({"name": ""}, Stranger),
        ({"kind": "service", "name": "other"}, Forbidden),
        ({"name": "no-kind"}, Forbidden),
    ],
)
def test_an_answer_of_the_hub_that_names_nobody_is_nobody(model: Any, error: type) -> None:
    """Only a user, or a service that grades a course here, is anybody."""
    with pytest.raises(error):
        caller_from(model, {"grading": "course"})


def test_a_hub_that_is_away_is_said_so_and_never_guessed() -> None:
    """While the hub cannot be asked, nobody is let in; the answer lets clients try again."""
    hub = HubAuth(api_url=f"http://127.0.0.1:{free_port()}/hub/api", api_token="x")
    with pytest.raises(HubAway) as refusal:
        asyncio.run(HubCallers(hub, {}, ["course"]).caller("token", afresh=False))
    assert refusal.value.status == 503


def test_a_worker_that_dies_is_replaced_until_one_ends_well() -> None:
    """Whoever connects while no worker lives is served by the next one on the same socket."""
    lives, told = os.pipe()

    def work(sockets: Sequence[socket.socket]) -> None:
        os.write(told, b".")
        near, _address = sockets[0].accept()
        word = near.recv(1)
        if word == b"!":
            os.kill(os.getpid(), signal.SIGKILL)
        near.sendall(word)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        lines = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        for line, word in zip(lines, (b"!", b"!", b"?"), strict=True):
            line.sendall(word)
        before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
        try:
            assert keep(work, [listener]) == 0
        finally:
            for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
                signal.signal(number, handler)
        assert lines[2].recv(1) == b"?"
        assert os.read(lives, 10) == b"..."
        for line in lines:
            line.close()
    os.close(lives)
    os.close(told)
