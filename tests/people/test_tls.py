"""A hub that itself speaks TLS: a certificate is served, and everything behind it works."""

from __future__ import annotations

import ipaddress
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

pytestmark = pytest.mark.slow

NAME = "hub.example"
SETTINGS = """
[hub]
tls_certificate = "{folder}/hub.pem"
tls_key = "{folder}/hub.key"
sessions = "shared"
[[course]]
id = "vision"
root = "vision"
students = ["alice"]
instructors = ["ines"]
"""


def certify(folder: Path) -> None:
    """Write a certificate that signs itself, for a name and this machine's address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    names = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "hub.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "hub.key").touch(mode=0o600)
    (folder / "hub.key").write_bytes(private)


def test_pages_exchange_and_health_over_tls(
    new_hub: Any, somebody: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The hub answers with its certificate; log-in, session, exchange and health work behind it."""
    folder = tmp_path_factory.mktemp("certificate")
    certify(folder)
    hub = new_hub(SETTINGS.format(folder=folder))
    hub.scheme = "https"
    trusting = ssl.create_default_context(cafile=str(folder / "hub.pem"))
    with urlopen(f"{hub.url}hub/login", context=trusting) as page:
        assert page.status == 200
        assert "username_input" in page.read().decode()
    with pytest.raises(requests.exceptions.SSLError):  # nobody knows who signed it
        requests.get(f"{hub.url}hub/login", timeout=30)

    person = somebody(hub, "alice")
    person.session.verify = str(folder / "hub.pem")
    person.session.trust_env = False  # the environment may name another bundle
    answer = person.log_in(hub.password)
    assert "/hub/login" not in answer.url, answer.text[-500:]
    assert all(cookie.secure for cookie in person.session.cookies if cookie.name != "_xsrf")
    health = person.get("services/operations/health")
    assert (health.status_code, health.json()["status"]) == (200, "good")

    person.get("hub/spawn")
    deadline = time.monotonic() + 180
    listing = f"{hub.url}user/alice/assignments?course_id=vision"
    while True:
        answer = person.session.get(listing, timeout=60)
        if answer.status_code == 200 and "released" in answer.text:
            break
        assert time.monotonic() < deadline, (answer.status_code, answer.text[-500:], hub.log)
        person.session.get(f"{hub.url}user/alice/tree", timeout=60)
        time.sleep(1)
    (one,) = answer.json()["value"]
    assert (one["course_id"], one["assignment_id"]) == ("vision", "tiny")
