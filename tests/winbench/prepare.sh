#!/bin/busybox sh
# SPDX-License-Identifier: GPL-3.0-only
# First process of the Linux guest that makes Wine's prefix and sends it, as an archive, by its second serial port.
. /guest.sh

echo "wineboot begins"
wine64 wineboot --init </dev/null >/tmp/said 2>&1
wineserver64 -w
[ -s $WINEPREFIX/system.reg ] || { cat /tmp/said; echo "no prefix"; poweroff -f; }

# What is a copy of one of Wine's files is sent as its name alone.
cd $WINEPREFIX
find . -type f | while read -r file; do
    if cmp -s "$WINEFILES/${file##*/}" "$file" 2>/dev/null; then
        rm "$file"
        echo "$file"
    fi
done >/tmp/copies
mv /tmp/copies copies
cd /
find root | cpio -o -H newc 2>/dev/null | gzip -1 >/tmp/prefix
stty raw -F /dev/ttyS1
cat /tmp/prefix >/dev/ttyS1
echo "prefix sent: $(wc -c </tmp/prefix) bytes"
poweroff -f
