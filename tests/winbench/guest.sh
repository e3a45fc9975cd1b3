# SPDX-License-Identifier: GPL-3.0-only
# What both first processes of the Linux guest begin with.
/bin/busybox mkdir -p /dev /proc /sys /tmp /root
/bin/busybox --install -s /bin
export PATH=/bin:/usr/lib/wine HOME=/root WINEPREFIX=/root/.wine WINEDEBUG=-all
export WINESERVER=/usr/lib/wine/wineserver64 WINELOADER=/usr/lib/wine/wine64
WINEFILES=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
exec </dev/ttyS0 >/dev/ttyS0 2>&1
ip link set lo up
