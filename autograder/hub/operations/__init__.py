"""Running the hub: health, metrics, logs, audit, idle servers, backup, upgrade."""
