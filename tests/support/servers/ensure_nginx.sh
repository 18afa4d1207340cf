#!/bin/sh
# nginx for the tests of front doors: the system's, installed from the system's packages when it is missing.
PATH="$PATH:/usr/sbin:/usr/local/sbin"
command -v nginx >/dev/null 2>&1 && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null 2>&1; then
  echo "Installing nginx from the system's packages …"
  $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends nginx-light >/dev/null && exit 0
fi
echo "The tests of front doors need nginx, and it could not be installed from the system's packages: please install it and run this again." >&2
exit 1
