# Sourced by the starters: waiting for ports and processes.

# await PORT PID LOG SECONDS: until the port answers; fails when the process dies.
await() {
  local end=$((SECONDS + $4))
  until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    if ! kill -0 "$2" 2>/dev/null || [ $SECONDS -ge $end ]; then
      echo "broker did not come up on port $1" >&2; tail -20 "$3" >&2; return 1
    fi
    sleep 0.1
  done
}

# gone PID: waits until a process has ended.
gone() { while kill -0 "$1" 2>/dev/null; do sleep 0.05; done; }
