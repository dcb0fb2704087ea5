"""Starting people's notebook servers: settings, the GPU part of every backend, local processes.

Spawners are imported from their own modules, so that settings are read without JupyterHub.
"""

from autograder.gpu.settings import GpuSettings
from autograder.sessions.backend_settings import SpawnerSettings

__all__ = ["GpuSettings", "SpawnerSettings"]
