"""JupyterHub's configuration. All the thought is in autograder.hub; add site settings below.

`gradlab serve` starts the hub with this file; settings come from GRADLAB_HUB_* variables or from
the table [hub] of the TOML file that GRADLAB_SETTINGS names.
"""

from autograder.course.layout import Layout
from autograder.hub import HubSettings
from autograder.hub.configuration import configure

c = get_config()
configure(c, HubSettings.load(), Layout.find())
