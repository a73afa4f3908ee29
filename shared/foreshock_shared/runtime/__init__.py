"""What runs a service: delivery, settings, health, metrics, logs, errors and the HTTP surface."""
