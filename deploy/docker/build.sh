#!/bin/sh
# Build both images from the course's folder: deploy/docker/build.sh [TAG]
set -eu

tag="${1:-1}"
here="$(dirname "$0")"
root="$(cd "$here/../.." && pwd)"
context="$(mktemp -d)"
trap 'rm -rf "$context"' EXIT

# What sessions are given, as the hub writes it; nothing else of the data directory.
GRADLAB_COURSE="${GRADLAB_COURSE:-$root}" GRADLAB_HOME="$context" python3 -c '
from autograder.course.layout import Layout
from autograder.sessions.folders import HubFolders

HubFolders(Layout.find()).make()'

docker build --tag "gradlab-hub:$tag" --file "$root/deploy/docker/hub.Dockerfile" "$root"
docker build --tag "gradlab-session:$tag" --file "$root/deploy/docker/session.Dockerfile" \
    --build-context "config=$context/config" "$root"
