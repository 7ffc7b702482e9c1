#!/usr/bin/env bash
# An import of ROWS made rows through the five real services, the dashboard's session aside: wall time, the
# CPU time of each process, and how often the progress moved.
#
#   bench/import_bench.sh [--rows 100000] [--port-offset 9300] [--no-awry] [--perf FILE]
#
# --perf writes a profile of the five services with `perf record`.
#
# Needs a release build (AWRY_BUILD_DIR, default ./build). Everything is stopped and removed at the end.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${AWRY_BUILD_DIR:-$root/build} rows=100000 offset=9300 awry=1 perf=
while [ $# -gt 0 ]; do
  case $1 in
    --rows) rows=$2; shift 2 ;;
    --port-offset) offset=$2; shift 2 ;;
    --no-awry) awry=; shift ;;
    --perf) perf=$2; shift 2 ;;
    *) echo "unknown option: $1" >&2; exit 2 ;;
  esac
done
folder=$(mktemp -d "${TMPDIR:-/tmp}/import-bench-XXXXXX")
programs="awry spending-analyzer category-predictor fraud-detector budget-manager transaction-processor"
stop() {
  AWRY_BUILD_DIR=$build "$root/run" --stop --data "$folder/data" --port-offset "$offset" >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT

# A statement of shops, pay, rent and transfers over five years, oldest first; the same every time.
awk -v rows="$rows" 'BEGIN {
  srand(7); n = split("REWE SAGT DANKE|TESCO STORES|SHELL|AMZN MKTP|LIDL|COFFEE FELLOWS|SPOTIFY|NETFLIX.COM|DB VERTRIEB|UBER TRIP|BOOTS|IKEA|ALDI SUED|DM DROGERIE", shop, "|")
  print "Date,Amount,Currency,Description"
  for (i = 0; i < rows; ++i) {
    day = int(i * 1820 / rows); cents = 100 + int(rand() * 20000)
    date = strftime("%Y-%m-%d", 1577880000 + day * 86400, 1)
    if (i % 900 == 0) { printf "%s,2850.00,EUR,SALARY ACME LTD REF %d\n", date, i; continue }
    if (i % 900 == 1) { printf "%s,-980.00,EUR,RENT FLAT 12 REF %d\n", date, i; continue }
    printf "%s,-%d.%02d,EUR,%s %d BERLIN REF %d\n", date, int(cents / 100), cents % 100, shop[1 + int(rand() * n)], int(rand() * 5000), 10000000 + int(rand() * 90000000)
  }
}' >"$folder/statement.csv"

AWRY_BUILD_DIR=$build "$root/run" --detach --no-sample --data "$folder/data" --port-offset "$offset" >/dev/null
[ -n "$awry" ] || kill "$(cat "$folder/data/run/awry.pid")"
processor=http://127.0.0.1:$((5001 + offset))
cpu_ms() { awk '{print ($14 + $15) * 10}' "/proc/$(cat "$folder/data/run/$1.pid")/stat" 2>/dev/null || echo 0; }
now_ms() { date +%s%3N; }
field() { sed -E "s/.*\"$1\":\"?([^,\"}]*).*/\1/"; }

declare -A before
for name in $programs; do before[$name]=$(cpu_ms "$name"); done
# The budget manager has something to count against.
curl -fs -X PUT -H 'content-type: application/json' "http://127.0.0.1:$((5005 + offset))/budgets/u" \
  -d '{"budgets":[{"categories":["groceries"],"period":"month","limit_minor":50000,"currency":"EUR"}]}' >/dev/null
if [ -n "$perf" ]; then
  pids=$(for name in ${programs#awry }; do cat "$folder/data/run/$name.pid"; done | paste -sd,)
  perf record -q -F 199 -g -o "$perf" -p "$pids" &
  perf_pid=$!
fi
begin=$(now_ms)
curl -fs -X POST -H 'content-type: text/csv' --data-binary "@$folder/statement.csv" -o "$folder/preview.json" "$processor/imports?account=main&user_id=u"
import=$(head -c 200 "$folder/preview.json" | field import_id)
previewed=$(now_ms)
curl -fs -X POST "$processor/imports/$import/confirm?user_id=u" >/dev/null
confirmed=$(now_ms)
moved=0 last=
while :; do
  answer=$(curl -fs "$processor/imports/$import?user_id=u")
  state=$(field state <<<"$answer") done_rows=$(field done <<<"$answer")
  [ "$done_rows" = "$last" ] || { moved=$((moved + 1)); last=$done_rows; }
  [ "$state" = running ] || break
  sleep 0.1
done
end=$(now_ms)
[ -z "$perf" ] || { kill -INT "$perf_pid"; wait "$perf_pid" || true; }
echo "rows $rows, state $state, done $done_rows, progress moved $moved times"
echo "wall: preview $((previewed - begin)) ms, confirmation $((confirmed - previewed)) ms, pipeline $((end - confirmed)) ms, all $((end - begin)) ms"
total=0
for name in $programs; do
  used=$(($(cpu_ms "$name") - ${before[$name]}))
  [ "$used" -ge 0 ] || continue
  total=$((total + used))
  printf '%-24s %7d ms CPU\n' "$name" "$used"
done
printf '%-24s %7d ms CPU\n' all "$total"
awk '{print "load average " $1, $2, $3}' /proc/loadavg
