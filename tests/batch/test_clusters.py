"""Which schedulers are spoken to, and what clusters are asked for."""

from pathlib import Path

import pytest
from distributed import Client, LocalCluster
from distributed.security import Security

from autograder.batch.clusters import (
    NO_DASHBOARD,
    ClusterKind,
    ClusterRefused,
    ClusterSettings,
    Tls,
    check_address,
    scheduler_client,
)


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    """Files of a certificate made for this test."""
    made = Security.temporary()
    for name, text in [
        ("ca", made.tls_ca_file),
        ("cert", made.tls_client_cert),
        ("key", made.tls_client_key),
    ]:
        (tmp_path / name).write_text(text)
    return Tls(tmp_path / "ca", tmp_path / "cert", tmp_path / "key")


@pytest.mark.parametrize(
    "address",
    ["tcp://10.0.0.1:8786", "10.0.0.1:8786", "tcp://[2001:db8::1]:8786", "tcp://grader:8786"],
)
def test_an_open_way_to_another_machine_is_refused(address: str) -> None:
    """The message says what to do on both sides."""
    with pytest.raises(ClusterRefused, match=r"not protected.*GRADLAB_TLS_CA.*write tls://"):
        check_address(address, None)


@pytest.mark.parametrize(
    ("address", "full"),
    [
        ("tcp://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("tcp://[::1]:8786", "tcp://[::1]:8786"),
        ("localhost:8786", "tcp://localhost:8786"),
    ],
)
def test_this_machine_needs_no_certificates(address: str, full: str) -> None:
    """Plain tcp is accepted on the loopback interface only."""
    assert check_address(address, None) == full


@pytest.mark.parametrize("host", ["127.0.0.1.example.org", "localhost.example.org", "1270.0.0.1"])
def test_names_that_look_like_this_machine_are_not(host: str) -> None:
    """Only the address itself counts."""
    with pytest.raises(ClusterRefused, match="not protected"):
        check_address(f"tcp://{host}:8786", None)


@pytest.mark.parametrize(
    "address",
    ["", "grader", "tls://grader", "tls://:8786", "ws://a:1", "inproc://a:1", "tls://a:x"],
)
def test_what_is_no_address_is_refused(address: str, tls: Tls) -> None:
    """The message says what an address looks like."""
    with pytest.raises(ClusterRefused, match="expected tls://HOST:PORT"):
        check_address(address, tls)


def test_tls_needs_files_and_files_need_tls(tls: Tls) -> None:
    """With files a bare address is TLS; an address that says otherwise is refused."""
    assert check_address("grader:8786", tls) == "tls://grader:8786"
    with pytest.raises(ClusterRefused, match="write tls://"):
        check_address("tcp://127.0.0.1:8786", tls)
    with pytest.raises(ClusterRefused, match="GRADLAB_TLS_KEY"):
        check_address("tls://127.0.0.1:8786", None)


def test_all_tls_files_or_none(tls: Tls, tmp_path: Path) -> None:
    """What is missing or unreadable is named."""
    assert Tls.given(None, "", None) is None
    with pytest.raises(ClusterRefused, match="--tls-cert and --tls-key is not given"):
        Tls.given(str(tls.authority), None, None)
    with pytest.raises(ClusterRefused, match=r"--tls-key is .*cannot be read"):
        Tls.given(str(tls.authority), str(tls.certificate), str(tmp_path / "missing"))
    assert Tls.given(str(tls.authority), str(tls.certificate), str(tls.key)) == tls


def test_a_scheduler_with_tls_is_reached_with_its_files_only(tls: Tls, tmp_path: Path) -> None:
    """With the files the scheduler answers; with other certificates it does not."""
    other = Security.temporary()
    with (
        LocalCluster(
            n_workers=0,
            processes=True,
            security=tls.security(),
            dashboard_address=None,
            scheduler_kwargs=NO_DASHBOARD,
        ) as cluster,
    ):
        address = cluster.scheduler_address
        assert address.startswith("tls://127.0.0.1:")
        with scheduler_client(address, tls) as client:
            assert client.nthreads() == {}
        with pytest.raises(OSError):
            Client(address, security=other, timeout=2, set_as_default=False)


def test_settings_come_from_the_environment() -> None:
    """Each setting has its variable; one of the wrong kind is named."""
    given = {"GRADLAB_CLUSTER_CORES": "4", "GRADLAB_SLURM_DIRECTIVES": "--gres=gpu:1", "X": "1"}
    expected = ClusterSettings(cluster_cores=4, slurm_directives="--gres=gpu:1")
    assert ClusterSettings.from_environment(given) == expected
    with pytest.raises(ClusterRefused, match="GRADLAB_CLUSTER_CORES is 'many'; expected int"):
        ClusterSettings.from_environment({"GRADLAB_CLUSTER_CORES": "many"})
    with pytest.raises(ClusterRefused, match="expected seconds"):
        ClusterSettings.from_environment({"GRADLAB_CLUSTER_WAIT": "nan"})


def test_slurm_needs_its_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without sbatch it is said at once, not from inside a thread."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ClusterRefused, match="sbatch"):
        ClusterSettings().check(ClusterKind.SLURM)


def test_kubernetes_is_asked_only_when_its_open_network_is_accepted() -> None:
    """dask-kubernetes encrypts nothing; somebody must have said that this is all right."""
    with pytest.raises(ClusterRefused, match="KUBERNETES_IMAGE"):
        ClusterSettings().check(ClusterKind.KUBERNETES)
    with pytest.raises(ClusterRefused, match="no TLS"):
        ClusterSettings(kubernetes_image="gradlab:1").check(ClusterKind.KUBERNETES)
    ClusterSettings(kubernetes_image="gradlab:1", kubernetes_plain="1").check(
        ClusterKind.KUBERNETES
    )
