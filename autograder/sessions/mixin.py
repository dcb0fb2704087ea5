"""The GPU part of every spawner, whatever it starts servers with.

A backend is `class XSpawner(GpuMixin, ItsSpawner)` and overrides `use`, which is called before the
server is started, and `lease_environment` where the defaults do not fit. A backend whose servers
are processes of this machine also overrides `session_processes`.

What it guarantees:

- `use(profile, lease)` is called before `super().start()`, each time a server is started.
- A server with a GPU profile has a lease for as long as it runs, also across restarts of the hub;
  whatever ends the start or the server gives it back.
- What is not offered to this person is refused, whoever sent it.
- The hub's event loop does not wait for the allocator's file: threads do.

What it does not do: look after running sessions (`autograder.sessions.keeper`).
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from jupyterhub import spawner as hub_spawner
from jupyterhub.spawner import Spawner
from traitlets import Any as AnyTrait
from traitlets import Instance, default

from autograder.gpu import (
    Allocator,
    Availability,
    Demand,
    GpuRefused,
    Granted,
    Lease,
    Profile,
    Waiting,
    duration,
    priority_of,
)
from autograder.gpu.desk import Desk
from autograder.gpu.settings import MINUTE, GpuSettings
from autograder.sessions.choice import Choice, ChoiceRefused, chosen, courses_of, from_form
from autograder.sessions.keeper import STATE
from autograder.sessions.start_page import Page

POLL_SECONDS = 1.0
MOST_POLLS = 5  # who is far behind asks less often
QUEUE_PROGRESS = 5


class GpuMixin(Spawner):  # type: ignore[misc]  # jupyterhub ships no types
    """Choose a profile, get a lease, start, give the lease back."""

    gpu = Instance(GpuSettings, (), help="Profiles and rules.").tag(config=True)
    desk = AnyTrait(help="The GPU desk; without one, nothing is leased.").tag(config=True)
    start_timeout: int
    profile: Profile | None = None
    lease: Lease | None = None
    waiting: Waiting | None = None
    _own_timeout: int | None = None
    _given_back: asyncio.Future[bool] | None = None
    told = ""  # what became of the choice, for the progress page

    @default("apply_user_options")  # type: ignore[untyped-decorator]  # traitlets is not looked at
    def _options_are_read_at_start(self) -> Any:
        return lambda _spawner, _options: None

    def use(self, profile: Profile, lease: Lease | None) -> None:
        """Prepare the next start with a profile; a backend asks here for the lease's device.

        Args:
            profile: what the person gets.
            lease: the device that is theirs until the server ends; `None` for CPU only.
        """

    def lease_environment(self, lease: Lease | None) -> dict[str, str]:
        """Return the variables of the server that name its device; none is visible without."""
        return {"CUDA_VISIBLE_DEVICES": ""} if lease is None else lease.environment()

    def session_processes(self) -> frozenset[int] | None:
        """Return the server's processes on this machine; `None`: they are elsewhere."""
        return None

    def get_env(self) -> dict[str, str]:
        """Return the environment of the server."""
        env: dict[str, str] = super().get_env()
        return env | self.lease_environment(self.lease)

    @property
    def own_groups(self) -> tuple[str, ...]:
        """Return the person's groups."""
        return tuple(group.name for group in self.user.groups)

    @property
    def offered(self) -> tuple[Profile, ...]:
        """Return the profiles that this person may choose."""
        desk: Desk | None = self.desk
        if desk is None:
            return tuple(self.gpu.choices)
        return desk.offered_to(self.own_groups)

    def choice(self, options: dict[str, Any] | None = None) -> Choice:
        """Return what options mean for this person, by default the server's own.

        Raises:
            ChoiceRefused: they ask for what is not offered.
        """
        given = self.user_options if options is None else options
        return chosen(given, self.offered, courses_of(self.own_groups))

    async def get_options_form(self) -> str:
        """Return the start page; empty where there is nothing to choose."""
        desk: Desk | None = self.desk
        offered = self.offered
        if desk is None or not any(profile.takes_gpu for profile in offered):
            return ""
        try:
            last = self.choice(dict(self.orm_spawner.user_options or {}))
        except ChoiceRefused:
            last = self.choice({})
        courses = courses_of(self.own_groups)
        allocator = desk.allocator
        availability: dict[str, Availability] = {}
        remaining = {}
        if allocator is not None:
            for profile in offered:
                if profile.takes_gpu:
                    demand = self._demand(Choice(profile, "", without=False))
                    availability[profile.name] = await asyncio.to_thread(
                        allocator.availability, demand
                    )
            for course in courses:
                remaining[course] = await asyncio.to_thread(
                    allocator.remaining, self.user.name, course
                )
        return Page(offered, availability, remaining, courses, last, desk.note).html()

    async def options_from_form(self, form_data: dict[str, Any]) -> dict[str, Any]:
        """Return the options of a posted start page.

        Raises:
            ChoiceRefused: it asks for what is not offered; the page says so.
        """
        choice = self.choice(from_form(form_data))
        await self._refuse_without_hours(choice)
        return choice.options()

    async def run_pre_spawn_hook(self) -> None:
        """Give a start that may have to wait the time for it."""
        choice = self._accept()
        answer = super().run_pre_spawn_hook()
        if inspect.isawaitable(answer):
            await answer
        if self._own_timeout is None:
            self._own_timeout = self.start_timeout
        self.start_timeout = self._own_timeout
        if self.desk is not None and choice.profile.takes_gpu:
            settings: GpuSettings = self.desk.settings
            self.start_timeout += int(settings.wait_minutes * MINUTE) + 1

    def _accept(self) -> Choice:
        """Return the choice that was sent; nothing else of it reaches the backend or is stored."""
        try:
            choice = self.choice()
        except ChoiceRefused as refused:
            self.orm_spawner.user_options = {}
            raise spawn_error(str(refused)) from refused
        self.user_options = self.orm_spawner.user_options = choice.options()
        return choice

    async def start(self) -> Any:
        """Start the server with the profile that was chosen, when its device is there."""
        self.told = ""
        choice = self._accept()
        self.profile, self.lease = choice.profile, None
        if choice.profile.takes_gpu and self.desk is not None:
            await self._get_lease(choice)
        assert self.profile is not None
        try:
            self.use(self.profile, self.lease)
            return await super().start()
        except BaseException:
            if await self.poll() is not None and (given_back := self._let_go()) is not None:
                await asyncio.wait([given_back])
            raise

    async def stop(self, now: bool = False) -> None:
        """Stop the server."""
        await super().stop(now=now)

    async def poll(self) -> int | None:
        """Return `None` while the server runs, else how it ended."""
        status: int | None = await super().poll()
        return status

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Say the place in the queue, each time that it changes, then what the backend says."""
        said = ""
        while self.waiting is not None:
            text = self._place(self.waiting)
            if text != said:
                said = text
                yield {"progress": QUEUE_PROGRESS, "message": text}
            await asyncio.sleep(POLL_SECONDS / 2)
        if self.told:
            yield {"progress": QUEUE_PROGRESS * 2, "message": self.told}
        async with aclosing(super().progress()) as events:
            async for event in events:
                yield event

    def get_state(self) -> dict[str, Any]:
        """Return what the hub keeps across a restart."""
        state: dict[str, Any] = super().get_state()
        if self.lease is not None:
            state[STATE] = self.lease.id
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the lease up again after a restart of the hub."""
        super().load_state(state)
        if STATE in state and self.desk is not None and self.desk.allocator is not None:
            self.lease = self.desk.allocator.lease(state[STATE])
            if self.lease is not None:
                self.profile = self.desk.allocator.rules.profile(self.lease.profile)

    def clear_state(self) -> None:
        """Give the lease back: the server has ended."""
        super().clear_state()
        self._let_go()

    def _let_go(self) -> asyncio.Future[bool] | None:
        """Give the lease back in a thread; the keeper tries again where that fails."""
        lease, self.lease = self.lease, None
        if lease is None:
            return None
        loop = asyncio.get_running_loop()
        self._given_back = loop.run_in_executor(None, self.desk.let_go, lease.id)
        self._given_back.add_done_callback(self._say_given_back)
        return self._given_back

    def _say_given_back(self, given_back: asyncio.Future[bool]) -> None:
        if (error := given_back.exception()) is not None:
            self.log.error("%s: the GPU was not given back: %s", self._log_name, error)
        elif not given_back.result():
            self.log.warning("%s: something still ran with its GPU", self._log_name)

    def _demand(self, choice: Choice) -> Demand:
        groups = self.own_groups
        return Demand(
            owner=self.user.name,
            server=self.name,
            profile=choice.profile.name,
            course=choice.course,
            courses=frozenset(courses_of(groups)),
            priority=priority_of(groups, self.desk.settings.priorities),
        )

    async def _refuse_without_hours(self, choice: Choice) -> None:
        if self.desk is None or self.desk.allocator is None or not choice.profile.takes_gpu:
            return
        allocator: Allocator = self.desk.allocator
        left = await asyncio.to_thread(allocator.remaining, self.user.name, choice.course)
        if left.hours is not None and left.hours <= 0:
            raise ChoiceRefused("there are no GPU hours left; choose a server without one")

    async def _get_lease(self, choice: Choice) -> None:
        """Wait for a lease, or go without one where the person said so."""
        desk: Desk = self.desk
        allocator, settings = desk.allocator, desk.settings
        assert allocator is not None
        if self._given_back is not None:
            await asyncio.wait([self._given_back])  # one's own device may be the free one
        queue = await asyncio.to_thread(allocator.queue)
        if len(queue) >= settings.queue_limit and not choice.without:
            raise spawn_error("Too many people wait for a GPU; come later, or start without one.")
        try:
            request = await asyncio.to_thread(allocator.ask, self._demand(choice))
        except GpuRefused as refused:
            raise spawn_error(f"No GPU for you now: {refused}.") from refused
        try:
            deadline = asyncio.get_running_loop().time() + settings.wait_minutes * MINUTE
            while True:
                async with desk.granting:
                    answer = await poll(allocator, request)
                    if isinstance(answer, Granted):
                        self.lease = answer.lease
                if isinstance(answer, Granted):
                    self.told = f"{answer.lease.device.name} is yours."
                    return
                plain = next((one for one in self.offered if not one.takes_gpu), None)
                if choice.without and plain is not None:
                    self.profile = plain
                    self.told = "No GPU is free: your server starts without one."
                    return
                self.waiting = answer
                if asyncio.get_running_loop().time() > deadline:
                    raise spawn_error(
                        "No GPU became free in time; come later, or start without one."
                    )
                await asyncio.sleep(POLL_SECONDS * min(MOST_POLLS, max(1, answer.position // 3)))
        except GpuRefused as refused:
            raise spawn_error(f"No GPU for you now: {refused}.") from refused
        finally:
            self.waiting = None
            if self.lease is None:
                await asyncio.to_thread(allocator.cancel, request)

    def _place(self, waiting: Waiting) -> str:
        label = self.profile.label if self.profile is not None else "a GPU"
        if waiting.reason:
            return f"Waiting for {label}: {waiting.reason}."
        text = f"Number {waiting.position} in the queue for {label}"
        if waiting.expected_seconds is None:
            return f"{text}; nobody can tell how long it takes."
        return f"{text}; expected wait: about {duration(waiting.expected_seconds)}."


async def poll(allocator: Allocator, request: int) -> Granted | Waiting:
    """Ask for a lease in a thread; what it is given after the start was broken off is given back.

    Raises:
        GpuError: see `Allocator.poll`.
    """
    asking = asyncio.get_running_loop().run_in_executor(None, allocator.poll, request)

    def give_back(asked: asyncio.Future[Granted | Waiting]) -> None:
        if asked.exception() is None and isinstance(answer := asked.result(), Granted):
            asked.get_loop().run_in_executor(None, allocator.release, answer.lease.id)

    try:
        return await asyncio.shield(asking)
    except asyncio.CancelledError:
        asking.add_done_callback(give_back)
        raise


def spawn_error(message: str) -> Exception:
    """Return the error that the hub shows to the person: its own class where it has one."""
    known = getattr(hub_spawner, "SpawnException", None)  # since JupyterHub 6
    if known is not None:
        refused: Exception = known(message, reason="capacity", status_code=503)
        return refused
    from tornado.web import HTTPError

    failed: Exception = HTTPError(503, message)
    failed.jupyterhub_message = message  # type: ignore[attr-defined]  # what the hub shows
    return failed
