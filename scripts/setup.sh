# Shared by ./run and ./test: installs what is missing, builds programs and web pages. Sourced by bash.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A second clone finds what the first has compiled.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# One line per need: the Debian 12 name first, other releases' names after it.
packages_build='g++ cmake ninja-build ccache mold pkg-config git
libboost1.81-dev|libboost1.83-dev|libboost-dev
libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libprotozero-dev libsimdjson-dev
libzstd-dev zlib1g-dev liblz4-dev libxxhash-dev libfmt-dev libcli11-dev
libtomlplusplus-dev libsqlite3-dev libpq-dev libhiredis-dev libpugixml-dev libsodium-dev libssl-dev libre2-dev libyaml-cpp-dev libcurl4-openssl-dev
libgtest-dev libgmock-dev nodejs npm curl ca-certificates'
packages_test='redis-server postgresql librapidcheck-dev chromium|chromium-browser nlohmann-json3-dev'
packages_fuzz='clang-19|clang-18 libclang-rt-19-dev|libclang-rt-18-dev'
packages_bench='libbenchmark-dev'

installed() { dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'; }

# Is this need met without the package, by a program that is there already?
met_by_program() {
  case $1 in
    nodejs) command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] ;;
    npm) command -v npm >/dev/null ;;
    *) return 1 ;;
  esac
}

# need WHY LIST: installs the packages of LIST that are missing, saying what for.
need() {
  local why=$1 alternatives name missing=() have sudo=
  for alternatives in $2; do
    have=
    for name in ${alternatives//|/ }; do
      if installed "$name" || met_by_program "$name"; then have=1; break; fi
    done
    [ -n "$have" ] || missing+=("$alternatives")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "these packages are missing and there is no apt-get: ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "installing packages needs root; run as root: apt-get install ${missing[*]}"
    sudo=sudo
    say "Installing ${#missing[@]} Debian packages $why; sudo may ask for your password."
  else
    say "Installing ${#missing[@]} Debian packages $why."
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq || die "apt-get update failed; is there a network?"
  local chosen=()
  for alternatives in "${missing[@]}"; do
    have=
    for name in ${alternatives//|/ }; do
      if apt-cache show "$name" >/dev/null 2>&1; then have=$name; break; fi
    done
    [ -n "$have" ] || die "this distribution has none of: ${alternatives//|/, }"
    chosen+=("$have")
  done
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${chosen[@]}" >/dev/null ||
    die "apt-get could not install: ${chosen[*]}"
}

# tests_of BUILD_DIR LABEL: the names of the test programs of one kind.
tests_of() { (cd "$1" && ctest -N -L "^$2\$" 2>/dev/null | sed -nE 's/^ *Test +#[0-9]+: (.*)$/\1/p'); }

# build_programs PRESET [programs|unit|fuzz]: configures when needed and builds, with ninja's progress
# on a terminal: everything, or only the programs, the unit tests, or the fuzz targets.
build_programs() {
  local preset=$1 dir=$root/build targets=()
  [ "$preset" = release ] || dir=$root/build/$preset
  (
    cd "$root"
    [ -f "$dir/build.ninja" ] || cmake --preset "$preset" ${AWRY_CMAKE_ARGS:-} >"$root/build-configure.log" 2>&1 || {
      cat "$root/build-configure.log" >&2; die "cmake could not configure"; }
    rm -f "$root/build-configure.log"
    [ "${2:-}" != unit ] || mapfile -t targets < <(tests_of "$dir" unit)
    [ "${2:-}" != fuzz ] || targets=(fuzz_targets)
    [ "${2:-}" != programs ] || targets=(programs)
    if [ -t 2 ]; then
      NINJA_STATUS='[%p %f/%t, %es] ' ninja -C "$dir" "${targets[@]}" >&2
    else
      ninja -C "$dir" "${targets[@]}" | grep -vE '^\[|^ninja: ' >&2
      [ "${PIPESTATUS[0]}" = 0 ]
    fi
  ) || die "the build failed (preset $preset)"
}

# Builds the web pages into build/web when their sources are newer.
build_web() {
  local stamp=$root/build/web/.stamp modules=$root/web/node_modules/.stamp
  if [ ! -f "$modules" ] || [ "$root/web/package-lock.json" -nt "$modules" ]; then
    say "Fetching the web tools (npm ci)."
    (cd "$root/web" && npm ci --no-audit --no-fund --loglevel=error) || die "npm ci failed in web/"
    touch "$modules"
  fi
  if [ ! -f "$stamp" ] || [ -n "$(find "$root/web" -path "$root/web/node_modules" -prune -o -type f -newer "$stamp" -print -quit)" ]; then
    (cd "$root/web" && npm run --silent build) || die "the web pages do not build"
    touch "$stamp"
  fi
}
