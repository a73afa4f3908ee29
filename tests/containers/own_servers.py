"""Servers of a user's own for tests of containers: Debian's Redis and Postgres with TLS, and a newer Postgres without.

They listen on a network of their own between containers, under the names that the documentation uses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from containers.docker import docker

IMAGE = "foreshock-own-servers"
NETWORK = "foreshock-own"
REDIS, DATABASE = "redis.example.org", "db.example.org"
DOCKERFILE = f"""
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-15 redis-server openssl
WORKDIR /tls
RUN openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=an authority of our own' -keyout ca.key -out ca.pem \\
 && openssl req -newkey rsa:2048 -nodes -subj '/CN=servers' -keyout redis.pem -out request.pem \\
 && printf 'subjectAltName=DNS:{REDIS},DNS:{DATABASE}\\nauthorityKeyIdentifier=keyid\\n' > names \\
 && openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out cert.pem \\
 && cp redis.pem postgres.pem && chown redis redis.pem && chown postgres postgres.pem && chmod 600 *.pem \\
 && chmod 644 ca.pem cert.pem
RUN echo password > /tmp/password \\
 && su postgres -c "/usr/lib/postgresql/15/bin/initdb -D /var/lib/postgresql/own -E UTF8 --locale=C.UTF-8 \\
    -A scram-sha-256 -U admin --pwfile=/tmp/password" \\
 && echo 'hostssl all all all scram-sha-256' >> /var/lib/postgresql/own/pg_hba.conf \\
 && su postgres -c "echo 'CREATE DATABASE foreshock' | /usr/lib/postgresql/15/bin/postgres --single \\
    -D /var/lib/postgresql/own postgres"
"""
REDIS_SERVER = (
    "redis-server --port 0 --tls-port 6380 --tls-cert-file /tls/cert.pem --tls-key-file /tls/redis.pem "
    "--tls-ca-cert-file /tls/ca.pem --tls-auth-clients no --appendonly yes --appendfsync always --dir /tmp "
    "--maxmemory-policy noeviction --protected-mode no --user user on '>password' '~*' '&*' +@all"
)
POSTGRES_SERVER = (
    "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/own -c listen_addresses=* -c ssl=on "
    "-c ssl_cert_file=/tls/cert.pem -c ssl_key_file=/tls/postgres.pem"
)


@contextmanager
def own_servers(*, newer: bool) -> Iterator[None]:
    """A Redis, and a Postgres: a `newer` one without TLS, or Debian's with TLS. Both are gone at the end."""
    docker("build", "-q", "-t", IMAGE, "-", given=DOCKERFILE)
    docker("network", "create", "--internal", NETWORK)
    try:
        run = ("run", "-d", "--network", NETWORK)
        docker(
            *run, "--name", REDIS, "--network-alias", REDIS, "-u", "redis", IMAGE, "sh", "-c", f"exec {REDIS_SERVER}"
        )
        named = ("--name", DATABASE, "--network-alias", DATABASE)
        if newer:
            variables = {"POSTGRES_USER": "admin", "POSTGRES_PASSWORD": "password", "POSTGRES_DB": "foreshock"}
            set_to = [part for name, value in variables.items() for part in ("-e", f"{name}={value}")]
            docker(*run, *named, *set_to, "postgres:18")
        else:
            docker(*run, *named, "-u", "postgres", IMAGE, "sh", "-c", f"exec {POSTGRES_SERVER}")
        yield
    finally:
        docker("rm", "-fv", REDIS, DATABASE)
        docker("network", "rm", NETWORK)


def reachable_from(project: str) -> None:
    """Let the containers of a project reach them by their names, before or after its networks are made."""
    network, labels = f"{project}_outside", {"project": project, "network": "outside"}
    if network not in docker("network", "ls", "--format", "{{.Name}}").split():
        given = [part for name, value in labels.items() for part in ("--label", f"com.docker.compose.{name}={value}")]
        docker("network", "create", *given, network)
    for server in (REDIS, DATABASE):
        docker("network", "connect", "--alias", server, network, server)


def authority(folder: Path) -> None:
    """Put the certificate of the authority into a folder, as `ca.pem`."""
    (folder / "ca.pem").write_text(docker("run", "--rm", IMAGE, "cat", "/tls/ca.pem"))
