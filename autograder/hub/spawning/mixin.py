"""The GPU part of every spawner, whatever it starts servers with.

A backend is `class XSpawner(GpuMixin, ItsSpawner)` and overrides `use`, which is called before the
server is started, and `lease_environment` where the defaults do not fit.

What it guarantees:

- `use(profile, lease)` is called before `super().start()`, each time a server is started.
- What is not a profile of the settings is refused, whoever sent it.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.spawner import Spawner
from traitlets import Instance

from autograder.gpu import GpuRefused, Lease, Profile
from autograder.hub.spawning.settings import GpuSettings


class GpuMixin(Spawner):  # type: ignore[misc]  # jupyterhub ships no types
    """Choose a profile, get a lease, start, give the lease back."""

    gpu = Instance(GpuSettings, (), help="Profiles and rules.").tag(config=True)
    profile: Profile | None = None
    lease: Lease | None = None

    def use(self, profile: Profile, lease: Lease | None) -> None:
        """Prepare the next start with a profile; a backend asks here for the lease's device.

        Args:
            profile: what the person chose.
            lease: the device that is theirs until the server ends; `None` for CPU only.
        """

    def lease_environment(self, lease: Lease | None) -> dict[str, str]:
        """Return the variables of the server that name its device; none is visible without."""
        return {"CUDA_VISIBLE_DEVICES": ""} if lease is None else lease.environment()

    def get_env(self) -> dict[str, str]:
        """Return the environment of the server."""
        env: dict[str, str] = super().get_env()
        return env | self.lease_environment(self.lease)

    async def start(self) -> Any:
        """Start the server with the profile that was chosen."""
        self.profile = self._chosen()
        self.use(self.profile, self.lease)
        return await super().start()

    async def stop(self, now: bool = False) -> None:
        """Stop the server."""
        await super().stop(now=now)

    async def poll(self) -> int | None:
        """Return `None` while the server runs, else how it ended."""
        status: int | None = await super().poll()
        return status

    def _chosen(self) -> Profile:
        choices: tuple[Profile, ...] = self.gpu.choices
        name = (self.user_options or {}).get("profile", choices[0].name)
        for profile in choices:
            if profile.name == name:
                return profile
        raise GpuRefused("there is no such profile")
