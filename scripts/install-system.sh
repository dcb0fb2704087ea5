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
command -v shellcheck >/dev/null || missing+=(shellcheck)  # tests of scripts for deploying
if [[ $(uname -m) == x86_64 ]]; then  # the sandbox's tests on another kernel, in an emulator
  [[ -x /usr/bin/qemu-system-x86_64 ]] || missing+=(qemu-system-x86)
  [[ -x /bin/busybox ]] || missing+=(busybox-static)
  kernel=/usr/local/lib/gradlab-test-kernel  # unpacked, not installed: this machine boots its own
  [[ -d $kernel ]] || missing+=("$kernel")
fi

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
  echo "missing: ${missing[*]}; run this script as root" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
packages=()
for name in "${missing[@]}"; do
  [[ $name == /* ]] || packages+=("$name")
done
apt-get install -y -qq --no-install-recommends "${packages[@]}" fonts-dejavu-core >/dev/null
if [[ -n "${kernel:-}" && ! -d $kernel ]]; then
  image=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends:/ { print $2; exit }')
  folder=$(mktemp -d)
  chmod 755 "$folder"
  (cd "$folder" && apt-get download -qq "$image" 2>/dev/null && dpkg -x ./*.deb unpacked)
  mv "$folder/unpacked" "$kernel"
  rm -r "$folder"
fi
echo "installed: ${missing[*]}"
