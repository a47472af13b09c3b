#!/usr/bin/env bash
# Unpacks Debian's Cyrus into a folder, for tests/servers/cyrus.py. usage: unpack_cyrus.sh FOLDER
set -euo pipefail
folder=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" && cd "$work"
apt-get download -q cyrus-imapd cyrus-common cyrus-caldav libical3 libxapian30 libshp2 libpcre3
mkdir -p "$folder"
for package in *.deb; do dpkg -x "$package" "$folder"; done
