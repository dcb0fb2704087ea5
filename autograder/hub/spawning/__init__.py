"""Starting people's notebook servers: settings, the GPU part of every backend, local processes.

Spawners are imported from their own modules, so that settings are read without JupyterHub.
"""

from autograder.hub.spawning.backend_settings import SpawnerSettings
from autograder.hub.spawning.settings import GpuSettings

__all__ = ["GpuSettings", "SpawnerSettings"]
