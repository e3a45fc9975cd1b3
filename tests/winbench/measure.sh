#!/bin/busybox sh
# SPDX-License-Identifier: GPL-3.0-only
# First process of the Linux guest that runs winbench.exe under Wine and prints what it has counted.
. /guest.sh

cd $WINEPREFIX
while read -r file; do
    ln "$WINEFILES/${file##*/}" "$file"
done <copies
mkdir /work
cp /winbench.exe /work
cd /work

# Wine's services start with the first program, and stay; they come to rest before anything is counted.
wineserver64 -p
wine64 winbench.exe child </dev/null >/tmp/said 2>&1
sleep 20
echo "winbench begins, clock $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
# Not to the terminal: Wine would make a console of it.
wine64 winbench.exe </dev/null >/tmp/rows 2>>/tmp/said
cat /tmp/rows
grep -q "bench done" /tmp/rows || cat /tmp/said
echo "guest done"
poweroff -f
