#!/bin/sh
# Chromium for the browser tests. The one without windows opens pages in half the time; it comes from
# the system's packages, and where it cannot be had any Chromium will do.
command -v chromium-headless-shell >/dev/null 2>&1 && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium from the system's packages …"
  $as_root apt-get update -qq && $as_root apt-get install -y -qq chromium-headless-shell >/dev/null && exit 0
fi
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
echo "The browser tests need Chromium, and it could not be installed from the system's packages: please install it and run this again." >&2
exit 1
