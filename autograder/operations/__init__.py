"""Running the hub: health, metrics, logs, idle servers, backup, upgrade."""
