#!/usr/bin/env bash
# A real Apache Kafka for development and tests, on loopback only.
# `kafka.sh help` lists the commands and the environment.

set -euo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=$(readlink -f -- "$here/../../..")
pom=$here/pom.xml
lib_root=$root/target/kafka-dev/lib
java=java
if [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]]; then java=$JAVA_HOME/bin/java; fi
jvm_flags=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -XX:-UsePerfData
  -Djava.awt.headless=true
  -Djava.net.preferIPv4Stack=true -Dorg.slf4j.simpleLogger.defaultLogLevel=warn
  -Dorg.slf4j.simpleLogger.showDateTime=true
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS')
started_line='Kafka Server started'

usage() {
  cat <<'EOF_HELP'
Usage: kafka.sh COMMAND

A real Apache Kafka (KRaft mode, no ZooKeeper) for development and tests,
listening on 127.0.0.1 only. No security: never expose it.

Commands
  up                 start the cluster, wait until it answers, print one line
                     to stdout: bootstrap.servers=127.0.0.1:PORT[,...]
                     A running cluster is left as it is; nodes of it that are
                     not running are started again on their data.
  down               stop it (TERM, after a deadline KILL), remove its data
  status             one line per node; exit code 0: all run, 3: not all run
  kill NODE...       kill -9 nodes (numbered from 1); their data stays
  start NODE...      start nodes again on the same data and wait for them
  topics ARGS...       org.apache.kafka.tools.TopicCommand
  groups ARGS...       org.apache.kafka.tools.consumer.group.ConsumerGroupCommand
  transactions ARGS... org.apache.kafka.tools.TransactionsCommand
                     these three with --bootstrap-server of the running cluster
  tool CLASS ARGS... any class of the Kafka tools, with ARGS as they are
  help               this text

Environment
  NODES=1|3          number of nodes, each broker and controller (default 1).
                     With 3: replication factor 3, min.insync.replicas 2.
  KAFKA_DIR          folder of the cluster (default target/kafka-dev in the
                     repository; a relative path is taken from the current
                     folder). Each folder is a cluster of its own; any number
                     may run side by side on different ports.
  KAFKA_PORT         first port (default 9092). The brokers take NODES ports
                     from here on, the controllers the NODES ports after them.
                     0: choose free ports.
  KAFKA_HEAP         maximum heap of each node (default 512m)
  KAFKA_OPTS         further JVM flags of each node, separated by blanks. The
                     nodes run with -XX:TieredStopAtLevel=1 for a quick start;
                     -XX:TieredStopAtLevel=4 here gives full speed later on.
  KAFKA_START_TIMEOUT  seconds `up` and `start` wait (default 90)
  KAFKA_STOP_TIMEOUT   seconds between TERM and KILL in `down` (default 15;
                     0: KILL at once, the quick way when the data goes anyway)
  KEEP_DATA=1        `down` keeps the data; the next `up` continues on it
  JAVA_HOME          its bin/java is used if set, else java from PATH

Examples
  kafka.sh up && kafka.sh topics --create --topic t --partitions 4
  NODES=3 KAFKA_PORT=0 KAFKA_DIR=/tmp/k kafka.sh up; KAFKA_DIR=/tmp/k kafka.sh down

Needs Linux, Java 17 or newer and, the first time, Maven. Without them it runs
the image apache/kafka in Docker, if `docker info` succeeds.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 `status`: not all nodes run.
EOF_HELP
}

say() { printf 'kafka.sh: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }
bad_usage() { say "$*"; say "'kafka.sh help' lists the commands and the environment"; exit 2; }

want_number() { # NAME VALUE LEAST MOST
  if [[ ! $2 =~ ^[0-9]{1,6}$ ]] || ((10#$2 < $3 || 10#$2 > $4)); then
    bad_usage "$1=$2: expected a number from $3 to $4"
  fi
}

# --- the class path ----------------------------------------------------------

pom_property() { sed -n "s|.*<$1>\([^<\$]*\)</$1>.*|\1|p" "$pom" | head -n 1; }

java_major() {
  local version
  version=$("$java" -version 2>&1) || { echo 0; return; }
  if [[ $version =~ version\ \"([0-9]+) ]]; then echo "${BASH_REMATCH[1]}"; else echo 0; fi
}

# The jars of one kind (broker or tools) lie in a folder named by the checksum
# of pom.xml, so a changed pom is resolved anew and never replaces jars that a
# running node still reads.
lib_dir() { # broker|tools
  local sum
  sum=$(sha256sum <"$pom")
  printf '%s/%s/%s\n' "$lib_root" "${sum:0:12}" "$1"
}

why_no_jvm() { # broker|tools; prints what is missing, nothing if all is there
  local major
  major=$(java_major)
  if ((major == 0)); then
    echo "Java was not found (17 or newer is needed; JAVA_HOME or PATH)"
  elif ((major < 17)); then
    echo "Java 17 or newer is needed, $java is version $major"
  elif [[ ! -d $(lib_dir "$1") ]] && ! command -v mvn >/dev/null; then
    echo "Maven (mvn) was not found; it is needed once, to fetch the class path"
  fi
}

resolve_lib() ( # broker|tools; in a subshell: the lock ends with it
  jars=$(lib_dir "$1")
  [[ ! -d $jars ]] || exit 0
  mkdir -p "${jars%/*}"
  exec 8<"${jars%/*}"
  flock 8
  [[ ! -d $jars ]] || exit 0
  version=$(pom_property kafka.version)
  profile=()
  if [[ $1 == tools ]]; then
    version=$(pom_property kafka.tools.version)
    profile=(-Ptools)
  fi
  say "fetching the class path of the $1 (Kafka $version) with Maven"
  rm -rf "$jars.part"
  mvn -B -q -ntp -Dstyle.color=never -f "$pom" "${profile[@]}" dependency:copy-dependencies \
    -DoutputDirectory="$jars.part" >&2 9<&- </dev/null ||
    die "Maven could not fetch the artifacts named in $pom (its messages are above)"
  mv "$jars.part" "$jars"
)

# --- nodes -------------------------------------------------------------------

node_dir() { printf '%s/node-%s\n' "$dir" "$1"; }
node_mark() { printf '%s%s\n' -Dkafka.dev.node= "$(node_dir "$1")"; }

# Docker is the way out where Java or Maven is missing: the same properties
# files, run by the official image. It has not been run: treat it as untested.
container() {
  local sum
  sum=$(printf %s "$dir" | sha256sum)
  printf 'kafka-dev-%s-%s\n' "${sum:0:12}" "$1"
}
image() { printf 'apache/kafka:%s\n' "$(pom_property kafka.version)"; }
docker_answers() { command -v docker >/dev/null && docker info >/dev/null 2>&1; }
in_docker() { [[ -f $dir/docker ]]; }

# The process of a node, if it runs and is still the one that was recorded.
node_pid() { # NODE; prints the pid or fails
  local pid
  if in_docker; then
    [[ $(docker inspect -f '{{.State.Running}}' "$(container "$1")" 2>/dev/null) == true ]] || return 1
    docker inspect -f '{{.State.Pid}}' "$(container "$1")"
    return
  fi
  { read -r pid <"$(node_dir "$1")/pid"; } 2>/dev/null || return 1
  [[ $pid =~ ^[0-9]+$ ]] || return 1
  grep -zqxF -e "$(node_mark "$1")" "/proc/$pid/cmdline" 2>/dev/null || return 1
  printf '%s\n' "$pid"
}

node_signal() { # NODE SIGNAL; only a process that is still ours
  local pid
  pid=$(node_pid "$1") || return 0
  if in_docker; then
    docker kill -s "$2" "$(container "$1")" >/dev/null 2>&1 || true
  else
    kill -s "$2" "$pid" 2>/dev/null || true
  fi
}

node_log() { # NODE; the path of its log, in Docker brought up to date first
  local log
  log=$(node_dir "$1")/server.log
  if in_docker; then docker logs "$(container "$1")" >"$log" 2>&1 || true; fi
  printf '%s\n' "$log"
}

node_port() { printf '%s\n' $((base + $1 - 1)); }
node_controller() { printf '%s\n' $((base + nodes + $1 - 1)); }

write_properties() { # NODE
  local n=$1 voters='' i isr=$((nodes == 3 ? 2 : 1))
  for ((i = 1; i <= nodes; i++)); do
    voters+="${voters:+,}$i@127.0.0.1:$(node_controller "$i")"
  done
  mkdir -p "$(node_dir "$n")"
  cat >"$(node_dir "$n")/server.properties" <<EOF_PROPERTIES
# Written by kafka.sh up; changes here are lost at the next one.
process.roles=broker,controller
node.id=$n
listeners=PLAINTEXT://127.0.0.1:$(node_port "$n"),CONTROLLER://127.0.0.1:$(node_controller "$n")
advertised.listeners=PLAINTEXT://127.0.0.1:$(node_port "$n")
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
controller.quorum.voters=$voters
log.dirs=$(node_dir "$n")/data

default.replication.factor=$nodes
min.insync.replicas=$isr
offsets.topic.replication.factor=$nodes
transaction.state.log.replication.factor=$nodes
transaction.state.log.min.isr=$isr
share.coordinator.state.topic.replication.factor=$nodes
share.coordinator.state.topic.min.isr=$isr

# Few partitions in the internal topics and no waiting: a quick start.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
auto.create.topics.enable=false

# A killed broker is taken out after 6 seconds (default 9).
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=1000

# Records of 32 MiB, and records dated years back: they are neither refused
# (the value below is the default) nor deleted for their age.
message.max.bytes=40000000
replica.fetch.max.bytes=40000000
log.message.timestamp.before.max.ms=9223372036854775807
log.retention.hours=-1

# The cleaner's default of 128 MiB is a quarter of the heap.
log.cleaner.dedupe.buffer.size=16777216
EOF_PROPERTIES
}

format_node() { # NODE
  local d
  d=$(node_dir "$1")
  mkdir -p "$d/data"
  if in_docker || [[ -f $d/data/meta.properties ]]; then return 0; fi
  "$java" "${jvm_flags[@]}" -Xmx256m -cp "$(lib_dir broker)/*" kafka.tools.StorageTool \
    format -t "$cluster_id" -c "$d/server.properties" >"$d/format.log" 2>&1 9<&- </dev/null
}

launch_node() { # NODE
  local d pid
  d=$(node_dir "$1")
  if [[ -f $d/server.log ]]; then mv "$d/server.log" "$d/server.log.1"; fi
  if in_docker; then
    docker rm -f "$(container "$1")" >/dev/null 2>&1 || true
    # shellcheck disable=SC2016 # expanded in the container
    docker run -d --name "$(container "$1")" --network host --user "$(id -u):$(id -g)" \
      -v "$d:$d" -e LOG_DIR=/tmp -e KAFKA_HEAP_OPTS="-Xmx$heap" -e KAFKA_OPTS="${opts[*]}" --entrypoint /bin/bash "$(image)" -c \
      'cd /opt/kafka/bin && ./kafka-storage.sh format --ignore-formatted -t "$1" -c "$2" &&
       exec ./kafka-server-start.sh "$2"' bash "$cluster_id" "$d/server.properties" >/dev/null
    return
  fi
  setsid "$java" "$(node_mark "$1")" "${jvm_flags[@]}" "-Xmx$heap" -XX:+ExitOnOutOfMemoryError \
    "${opts[@]}" \
    -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info \
    -cp "$(lib_dir broker)/*" kafka.Kafka "$d/server.properties" \
    >"$d/server.log" 2>&1 </dev/null 9<&- &
  pid=$!
  printf '%s\n' "$pid" >"$d/pid"
  # Until Java has taken the place of this shell's copy it is not recognised.
  while ! node_pid "$1" >/dev/null && kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
}

# One Metadata request (version 1, no topics) in the Kafka protocol: prints how
# many brokers the one on this port sees. No JVM is started for it.
brokers_seen() { # PORT
  # shellcheck disable=SC2016 # expanded by the inner shell
  timeout 5 bash -c '
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf "\0\0\0\017\0\003\0\001\0\0\0\007\0\001k\0\0\0\0" >&3
    # length, correlation id, number of brokers: four bytes each
    set -- $(head -c 12 <&3 | od -An -v -tu1)
    [ $# -eq 12 ] && [ "$8" -eq 7 ] && echo $((${11} * 256 + ${12}))
  ' bash "$1" 2>/dev/null
}

node_answers() { # NODE LEAST: its log says started, and it sees LEAST brokers
  local seen
  grep -qF "$started_line" "$(node_log "$1")" 2>/dev/null || return 1
  seen=$(brokers_seen "$(node_port "$1")") || return 1
  ((seen >= $2))
}

show_log() { # NODE
  local d
  d=$(node_dir "$1")
  if [[ -s $d/format.log && ! -f $d/data/meta.properties ]] && ! in_docker; then
    say "node $1, last lines of $d/format.log:"
    tail -n 20 "$d/format.log" >&2
  fi
  if [[ -f $d/server.log ]]; then
    say "node $1, last lines of $(node_log "$1"):"
    tail -n 30 "$d/server.log" >&2
  fi
}

# Waits until every named node answers; fails at once when one has ended.
await_nodes() { # LEAST NODE...
  local least=$1 n waiting=("${@:2}") left deadline=$((SECONDS + start_timeout))
  while :; do
    left=()
    for n in "${waiting[@]}"; do
      if ! node_pid "$n" >/dev/null; then
        say "node $n ended while starting"
        show_log "$n"
        return 1
      fi
      node_answers "$n" "$least" || left+=("$n")
    done
    if ((${#left[@]} == 0)); then return 0; fi
    if ((SECONDS >= deadline)); then
      say "no answer from node ${left[*]} within $start_timeout s (KAFKA_START_TIMEOUT)"
      for n in "${left[@]}"; do show_log "$n"; done
      return 1
    fi
    waiting=("${left[@]}")
    sleep 0.1
  done
}

# Stops nodes: TERM, after the deadline KILL. Returns when none of them runs.
stop_nodes() { # SECONDS NODE...
  local started=$SECONDS deadline=$((SECONDS + $1)) killed=0 n running
  shift
  for n in "$@"; do node_signal "$n" TERM; done
  while :; do
    running=()
    for n in "$@"; do
      if node_pid "$n" >/dev/null; then running+=("$n"); fi
    done
    if ((${#running[@]} == 0)); then break; fi
    if ((SECONDS >= deadline)); then
      ((killed == 0)) || die "node ${running[*]} still runs after KILL"
      ((SECONDS == started)) || say "node ${running[*]} did not stop in time: KILL"
      for n in "${running[@]}"; do node_signal "$n" KILL; done
      killed=1
      deadline=$((SECONDS + 30))
    fi
    sleep 0.1
  done
  for n in "$@"; do
    if in_docker; then docker rm -f "$(container "$n")" >/dev/null 2>&1 || true; fi
    rm -f "$(node_dir "$n")/pid"
  done
}

# --- ports -------------------------------------------------------------------

# Local ports of IPv4 and IPv6 sockets that a listener on 127.0.0.1 would
# collide with; with `all`, the ports of every socket in any state.
used_ports() { # listening|all
  local address state rest hex
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r _ address _ state rest; do
    hex=${address##*:}
    [[ $hex =~ ^[0-9A-F]{4}$ ]] || continue
    if [[ $1 == listening ]]; then
      [[ $state == 0A ]] || continue
      case ${address%:*} in
        00000000 | 0100007F | 00000000000000000000000000000000 | 0000000000000000FFFF00000100007F) ;;
        *) continue ;;
      esac
    fi
    echo $((16#$hex))
  done
}

choose_ports() { # sets base to the first of 2 * nodes free ports in a row
  local used p try
  used=" $(used_ports all | sort -un | tr '\n' ' ')"
  for ((try = 0; try < 200; try++)); do
    base=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    for ((p = base; p < base + 2 * nodes; p++)); do
      [[ $used != *" $p "* ]] || continue 2
    done
    return 0
  done
  die "found no $((2 * nodes)) free ports in a row between 20000 and 32000; name some with KAFKA_PORT"
}

check_ports() { # PORT...; dies naming the first one taken
  local used p
  used=" $(used_ports listening | tr '\n' ' ')"
  for p in "$@"; do
    if [[ $used == *" $p "* ]]; then
      say "port $p on 127.0.0.1 is taken by another program (see: ss -ltnp 'sport = :$p')"
      rmdir "$dir" 2>/dev/null || true
      die "stop that program, or name other ports with KAFKA_PORT=PORT ($((2 * nodes)) in a row), or let free ones be chosen with KAFKA_PORT=0"
    fi
  done
}

# --- the cluster's own record: nodes, base port, cluster id ------------------

load_cluster() { # fails if there is none
  { read -r nodes base cluster_id <"$dir/cluster"; } 2>/dev/null || return 1
  [[ $nodes =~ ^[13]$ && $base =~ ^[0-9]+$ && -n $cluster_id ]]
}

save_cluster() { printf '%s %s %s\n' "$nodes" "$base" "$cluster_id" >"$dir/cluster"; }

bootstrap() {
  local list='' n
  for ((n = 1; n <= nodes; n++)); do list+="${list:+,}127.0.0.1:$(node_port "$n")"; done
  printf '%s\n' "$list"
}

running_nodes() {
  local n
  for ((n = 1; n <= nodes; n++)); do
    if node_pid "$n" >/dev/null; then echo "$n"; fi
  done
}

lock() { # one command at a time per cluster; the lock ends with this process
  exec 9<"$dir"
  flock -w 300 9 || die "another kafka.sh works on $dir since more than 300 s"
}

remove_files() { # all that kafka.sh keeps in $dir, but the shared class path
  rm -rf "$dir"/node-[1-9]
  rm -f "$dir/bootstrap" "$dir/cluster" "$dir/docker"
  rmdir "$dir" 2>/dev/null || true
}

# --- commands ----------------------------------------------------------------

launch() { # NODE...: writes the settings, formats, starts; does not wait
  local n pids=() failed=0
  for n in "$@"; do write_properties "$n"; done
  for n in "$@"; do
    format_node "$n" &
    pids+=($!)
  done
  for n in "$@"; do
    if ! wait "${pids[0]}"; then
      say "could not format the data of node $n"
      show_log "$n"
      failed=1
    fi
    pids=("${pids[@]:1}")
  done
  ((failed == 0)) || return 1
  for n in "$@"; do launch_node "$n"; done
}

node_ports() { local n; for n in "$@"; do node_port "$n"; node_controller "$n"; done; }

stop_launched() { # fresh|kept NODE...; at an interrupt: leave nothing half started
  trap '' INT TERM HUP
  say "interrupted: stopping node ${*:2}"
  stop_nodes 3 "${@:2}"
  wait
  if [[ $1 == fresh ]]; then remove_files; fi
  exit 1
}

cmd_up() {
  local asked_nodes=${NODES:-} asked_port=${KAFKA_PORT:-} todo=() n state=fresh tries=1 why ports
  local running=()
  if [[ -n $asked_port ]]; then asked_port=$((10#$asked_port)); fi
  mkdir -p "$dir"
  lock
  mkdir -p "$dir"
  if load_cluster; then
    state=kept
    mapfile -t running < <(running_nodes)
    if [[ -n $asked_nodes && $asked_nodes != "$nodes" ]]; then
      die "the cluster in $dir has $nodes node(s), NODES=$asked_nodes was asked: 'kafka.sh down' first (without KEEP_DATA)"
    fi
  else
    for n in 1 2 3; do
      if node_pid "$n" >/dev/null; then die "node $n runs in $dir, but its record is gone: 'kafka.sh down' first"; fi
    done
    rm -rf "$dir"/node-[1-9] "$dir/bootstrap" "$dir/docker"
    nodes=${asked_nodes:-1}
    cluster_id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | tr -d '=')
  fi

  if ((${#running[@]} > 0)); then
    if [[ -n $asked_port && $asked_port != 0 ]] && ((asked_port != base)); then
      die "the cluster in $dir runs on port $base, KAFKA_PORT=$asked_port was asked: 'kafka.sh down' first, or use another KAFKA_DIR"
    fi
  else
    rm -f "$dir/docker"
    why=$(why_no_jvm broker)
    if [[ -n $why ]]; then
      docker_answers || die "$why; install it, or Docker"
      say "$why: using the image $(image) in Docker"
      : >"$dir/docker"
    fi
    if [[ ${asked_port:-9092} == 0 ]]; then
      tries=3
    else
      base=${asked_port:-9092}
      ((base + 2 * nodes - 1 <= 65535)) || bad_usage "KAFKA_PORT=$base: no room for $((2 * nodes)) ports"
    fi
  fi
  in_docker || resolve_lib broker

  for ((n = 1; n <= nodes; n++)); do
    [[ " ${running[*]-} " == *" $n "* ]] || todo+=("$n")
  done
  if ((${#todo[@]} == 0)); then
    say "already running ($nodes node(s), $dir)"
    todo=("${running[@]}")
  else
    while :; do
      if ((${#running[@]} == 0)) && [[ ${asked_port:-9092} == 0 ]]; then choose_ports; fi
      mapfile -t ports < <(node_ports "${todo[@]}")
      check_ports "${ports[@]}"
      save_cluster
      # shellcheck disable=SC2064 # the nodes of now are meant
      trap "stop_launched $state ${todo[*]}" INT TERM HUP
      say "starting node ${todo[*]} of $nodes (Kafka $(pom_property kafka.version), $dir)"
      if launch "${todo[@]}" && await_nodes "$nodes" "${todo[@]}"; then break; fi
      stop_nodes 3 "${todo[@]}"
      if [[ $state == fresh ]]; then rm -rf "$dir"/node-[1-9]/data; fi
      # Another program may have taken a chosen port in the meantime.
      if ((--tries > 0)) && ((${#running[@]} == 0)) &&
        grep -qsF 'Address already in use' "$dir"/node-[1-9]/server.log; then
        say "a chosen port was taken meanwhile: trying others"
        continue
      fi
      if [[ $state == fresh ]]; then rm -f "$dir/cluster" "$dir/docker"; fi
      die "could not start; the logs stay in $dir/node-*/"
    done
    trap - INT TERM HUP
    running+=("${todo[@]}")
  fi
  await_nodes "$nodes" "${running[@]}" || die "the cluster runs but does not answer as it should"
  printf 'bootstrap.servers=%s\n' "$(bootstrap)" | tee "$dir/bootstrap"
}

cmd_down() {
  local n all=()
  if [[ ! -d $dir ]]; then say "nothing in $dir"; return 0; fi
  lock
  for n in 1 2 3; do
    if [[ -d $(node_dir "$n") ]] && node_pid "$n" >/dev/null; then all+=("$n"); fi
  done
  if ((${#all[@]} > 0)); then
    stop_nodes "$stop_timeout" "${all[@]}"
    say "stopped node ${all[*]}"
  else
    say "not running"
  fi
  if [[ ${KEEP_DATA:-} == 1 ]]; then
    rm -f "$dir/bootstrap"
    if load_cluster; then say "data kept in $dir"; fi
  else
    remove_files
  fi
}

cmd_status() {
  local n pid up=0
  if ! load_cluster; then
    echo "not running ($dir)"
    return 3
  fi
  for ((n = 1; n <= nodes; n++)); do
    if ! pid=$(node_pid "$n"); then
      echo "node $n: stopped, port $(node_port "$n")"
    elif node_answers "$n" 1; then
      echo "node $n: running, port $(node_port "$n"), pid $pid"
      up=$((up + 1))
    else
      echo "node $n: not answering, port $(node_port "$n"), pid $pid"
    fi
  done
  ((up == nodes)) || return 3
}

check_node_numbers() { # COMMAND NODE...
  local n
  (($# > 1)) || bad_usage "$1: which node? (from 1 to $nodes)"
  for n in "${@:2}"; do
    if [[ ! $n =~ ^[1-3]$ ]] || ((n > nodes)); then
      bad_usage "$1: no node '$n' (from 1 to $nodes)"
    fi
  done
}

cmd_kill() {
  local n
  load_cluster || die "no cluster in $dir"
  check_node_numbers kill "$@"
  lock
  for n in "$@"; do
    node_pid "$n" >/dev/null || die "node $n is not running"
    node_signal "$n" KILL
    while node_pid "$n" >/dev/null; do sleep 0.02; done
    say "killed node $n"
  done
}

cmd_start() {
  local n todo=() ports alive
  load_cluster || die "no cluster in $dir: start one with 'kafka.sh up'"
  check_node_numbers start "$@"
  lock
  for n in "$@"; do
    if node_pid "$n" >/dev/null; then
      say "node $n is already running"
    elif [[ ! -f $(node_dir "$n")/data/meta.properties ]]; then
      die "node $n has no data: 'kafka.sh up' first"
    elif [[ " ${todo[*]-} " != *" $n "* ]]; then
      todo+=("$n")
    fi
  done
  ((${#todo[@]} > 0)) || return 0
  in_docker || resolve_lib broker
  mapfile -t ports < <(node_ports "${todo[@]}")
  check_ports "${ports[@]}"
  # shellcheck disable=SC2064 # the nodes of now are meant
  trap "stop_launched kept ${todo[*]}" INT TERM HUP
  launch "${todo[@]}" || exit 1
  alive=$(running_nodes | wc -l)
  if ((2 * alive <= nodes)); then
    say "started node ${todo[*]}; it cannot answer before most nodes run ($alive of $nodes do)"
    return 0
  fi
  if ! await_nodes "$alive" "${todo[@]}"; then
    stop_nodes 3 "${todo[@]}"
    die "could not start node ${todo[*]}"
  fi
  say "started node ${todo[*]}"
}

cmd_tool() {
  local why
  why=$(why_no_jvm tools)
  if in_docker || { [[ -n $why ]] && docker_answers; }; then
    exec docker run --rm -i --network host -e LOG_DIR=/tmp \
      --entrypoint /opt/kafka/bin/kafka-run-class.sh "$(image)" "$@"
  fi
  [[ -z $why ]] || die "$why"
  resolve_lib tools
  exec "$java" "${jvm_flags[@]}" -Xmx256m -cp "$(lib_dir tools)/*" "$@"
}

cluster_tool() { # CLASS ARGS...
  if ! load_cluster || [[ ! -f $dir/bootstrap ]]; then
    die "no cluster runs in $dir: start one with 'kafka.sh up'"
  fi
  cmd_tool "$1" --bootstrap-server "$(bootstrap)" "${@:2}"
}

# --- main --------------------------------------------------------------------

command=${1:-}
if [[ -n $command ]]; then shift; fi
case $command in
  help | -h | --help) usage; exit 0 ;;
  '') usage >&2; exit 2 ;;
esac

[[ -r /proc/self/cmdline ]] || die "needs Linux: it reads /proc"
for need in flock setsid timeout od sha256sum base64; do
  command -v "$need" >/dev/null || die "the command '$need' was not found (coreutils, util-linux)"
done
[[ -z ${NODES:-} || $NODES == 1 || $NODES == 3 ]] || bad_usage "NODES=$NODES: expected 1 or 3"
[[ -z ${KAFKA_PORT:-} ]] || want_number KAFKA_PORT "$KAFKA_PORT" 0 65535
heap=${KAFKA_HEAP:-512m}
[[ $heap =~ ^[0-9]+[kKmMgG]$ ]] || bad_usage "KAFKA_HEAP=$heap: expected a size such as 512m"
read -ra opts <<<"${KAFKA_OPTS:-}"
start_timeout=${KAFKA_START_TIMEOUT:-90}
want_number KAFKA_START_TIMEOUT "$start_timeout" 1 3600
start_timeout=$((10#$start_timeout))
stop_timeout=${KAFKA_STOP_TIMEOUT:-15}
want_number KAFKA_STOP_TIMEOUT "$stop_timeout" 0 3600
stop_timeout=$((10#$stop_timeout))
dir=$(realpath -m -- "${KAFKA_DIR:-$root/target/kafka-dev}")
[[ $dir != *[,\\$'\n']* ]] || bad_usage "KAFKA_DIR=$dir: no comma, backslash or line break, please"
nodes=1 base=9092 cluster_id=''

case $command in
  up | down | status)
    (($# == 0)) || bad_usage "$command takes no arguments (settings come from the environment)"
    "cmd_$command"
    ;;
  kill | start) "cmd_$command" "$@" ;;
  topics) cluster_tool org.apache.kafka.tools.TopicCommand "$@" ;;
  groups) cluster_tool org.apache.kafka.tools.consumer.group.ConsumerGroupCommand "$@" ;;
  transactions) cluster_tool org.apache.kafka.tools.TransactionsCommand "$@" ;;
  tool)
    (($# > 0)) || bad_usage "tool: which class?"
    cmd_tool "$@"
    ;;
  *) bad_usage "unknown command '$command'" ;;
esac
