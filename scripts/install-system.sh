#!/usr/bin/env bash
# Install what the tests need beyond Python packages, on Debian, as root.
#
#   scripts/install-system.sh           install what is missing
#   scripts/install-system.sh --check   only say, in one line, what is missing
#   … --check --strict                  the same, and fail
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)  # browser tests
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)  # gradebook tests
[[ -x /usr/sbin/slurmctld && -x /usr/sbin/munged ]] || missing+=(slurm-wlm munge)  # batch and hub tests
[[ -x /usr/sbin/ip || -x /usr/bin/ip ]] || missing+=(iproute2)  # a second network in batch tests
command -v systemd-analyze >/dev/null || missing+=(systemd)  # tests of units
command -v dockerd >/dev/null || missing+=(docker.io)  # tests of containers, which download nothing

if [[ "${1:-}" == --check ]]; then
  if (( ${#missing[@]} )); then
    echo "missing: ${missing[*]} (the tests that need them are skipped); as root: scripts/install-system.sh"
    [[ "${2:-}" != --strict ]]
  fi
  exit
fi

if (( ! ${#missing[@]} )); then
  exit 0
fi
if [[ $(id -u) -ne 0 ]]; then
  echo "missing: ${missing[*]}; run this script as root, or: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" fonts-dejavu-core >/dev/null
echo "installed: ${missing[*]}"
