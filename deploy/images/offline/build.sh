#!/usr/bin/env bash
# Builds what docker-compose.yml takes from image registries, from Debian's and Maven's packages: for machines that reach
# no image registry, and for tests. They take the settings that the real ones take, as far as docker-compose.yml gives any.
#
# Usage:  deploy/images/offline/build.sh && source deploy/images/offline/images.env && make up
#
# BASE_IMAGE is made by debootstrap where it isn't there. Grafana is in neither kind of packages: it has no stand-in.
set -euo pipefail
cd "$(dirname "$0")/../../.."

here=deploy/images/offline
work=out/offline-images
base="${BASE_IMAGE:-debian:12.12-slim}"
mkdir -p "$work"

if ! docker image inspect "$base" >/dev/null 2>&1; then
  debootstrap --variant=minbase bookworm "$work/base"
  tar -C "$work/base" -c . | docker import - "$base"
fi

fetch() { mvn -B -ntp -q "$@"; }
fetch -f tests/services/broker.pom.xml dependency:copy-dependencies -DoutputDirectory="$PWD/$work/kafka"
fetch -f tests/services/registry.pom.xml dependency:unpack@registry
mkdir -p "$work/registry" && cp -r out/registry/registry "$work/registry/"

build() { docker build --network=host --build-arg BASE="$base" -t "$1" -f "$2" "$3"; }
build pyflink-cep-flink:0.1.0 deploy/images/flink/Dockerfile .
for part in kafka registry postgres prometheus; do
  mkdir -p "$work/$part"
  cp "$here/$part.Dockerfile" "$work/$part/Dockerfile"
  [ ! -f "$here/$part.sh" ] || cp "$here/$part.sh" "$work/$part/start.sh"
  build "pyflink-cep-offline-$part:0.1.0" "$work/$part/Dockerfile" "$work/$part"
done
