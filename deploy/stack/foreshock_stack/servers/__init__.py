"""The two embedded servers: Valkey and Postgres from wheels, on loopback, with a password, unprivileged."""
