#!/usr/bin/env bash
# with-kafka.sh COMMAND [ARG ...]: runs a command with a real Apache Kafka of its own.
#
# The command finds the brokers in SLUGLINE_TEST_KAFKA. Where neither Java 17 with Maven nor Docker is there,
# it runs without, and this says so; with SLUGLINE_REQUIRE_KAFKA=1 that is an error instead.
# A cluster that is named in SLUGLINE_TEST_KAFKA already is used as it is.

set -euo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=$(readlink -f -- "$here/../../..")

banner() {
  printf '\n%s\n' '************************************************************************' "$@" \
    '************************************************************************' '' >&2
}

if [[ -n ${SLUGLINE_TEST_KAFKA:-} ]]; then
  exec "$@"
fi

export KAFKA_DIR=${KAFKA_DIR:-$root/target/kafka-test} KAFKA_PORT=${KAFKA_PORT:-0}
# Quietly: the last line is to be that of the command.
stop() { KAFKA_STOP_TIMEOUT=5 "$here/kafka.sh" down >/dev/null 2>&1 || true; }

if line=$("$here/kafka.sh" up); then
  trap stop EXIT
  export SLUGLINE_TEST_KAFKA=${line#bootstrap.servers=}
elif [[ ${SLUGLINE_REQUIRE_KAFKA:-} == 1 ]]; then
  banner 'FAILED: a real Kafka is required and could not be started (see above).'
  exit 1
else
  banner 'SKIPPED: the tests on a real Kafka. They need Java 17 and Maven, or Docker.' \
    'What transactions promise is shown by those tests only.'
fi

"$@"
