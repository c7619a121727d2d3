#!/usr/bin/env bash
# Unpacks libvterm 0.3 of Debian 13 below $1, for a second build against it. The machine's own packages and lists stay as they are: apt
# works in a folder of its own, and nothing is installed.
set -eu
place=$(mkdir -p "$1" && cd "$1" && pwd)
[ -e "$place/root/done" ] && exit 0
command -v apt-get >/dev/null || {
    echo "make check-vterm03 needs apt-get to fetch Debian 13's libvterm" >&2
    exit 1
}

mkdir -p "$place/apt/lists/partial" "$place/apt/cache/archives/partial" "$place/root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" >"$place/apt/sources.list"
: >"$place/apt/status"
options=(-q -o "Dir::Etc::SourceList=$place/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State=$place/apt"
    -o "Dir::State::status=$place/apt/status" -o "Dir::Cache=$place/apt/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update
(cd "$place/apt" && apt-get "${options[@]}" download libvterm0 libvterm-dev)
for package in "$place"/apt/*.deb; do
    dpkg -x "$package" "$place/root"
done

# The library's pkg-config file names /usr: make it name the folder.
pc=$(find "$place/root" -name vterm.pc)
sed -i "s|^prefix=.*|prefix=$place/root/usr|; s|=/usr|=$place/root/usr|" "$pc"
mkdir -p "$place/pkgconfig"
cp "$pc" "$place/pkgconfig/"
touch "$place/root/done"
