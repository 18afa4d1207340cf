#!/bin/sh
# Chromium for the browser tests: the system's, installed from the system's packages when it is missing.
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium from the system's packages …"
  $as_root apt-get update -qq && $as_root apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "The browser tests need Chromium, and it could not be installed from the system's packages: please install it and run this again." >&2
exit 1
