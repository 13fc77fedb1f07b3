#!/bin/sh
# Installs what tests/prove/test_real_images.py needs: a container engine, a registry, and a static busybox.
# With arguments, packages of these names too, each of which brings a program of its name: install_prove_tools.sh podman
# Debian and Ubuntu only; needs root. Ends with 0 when everything is there, else says what is missing.
set -eu
more="$*"

missing() {
    for program in dockerd docker-registry htpasswd busybox $more; do
        command -v "$program" >/dev/null 2>&1 || printf '%s ' "$program"
    done
}

[ -z "$(missing)" ] && exit 0
# Tests run side by side; two of them must not install at once.
exec 9>"${TMPDIR:-/tmp}/install_prove_tools.lock"
! command -v flock >/dev/null 2>&1 || flock 9
[ -z "$(missing)" ] && exit 0
command -v apt-get >/dev/null 2>&1 || { echo "missing: $(missing)and there is no apt-get here" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "missing: $(missing)and installing needs root" >&2; exit 1; }

export DEBIAN_FRONTEND=noninteractive
# Without such a file a fresh engine and registry would be started as services.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends docker.io docker-registry apache2-utils busybox-static $more >/dev/null

[ -z "$(missing)" ] || { echo "still missing after the installation: $(missing)" >&2; exit 1; }
