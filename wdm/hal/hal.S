# SPDX-License-Identifier: GPL-3.0-only
#
# HAL.dll is its export list: every name is forwarded to ntoskrnl.exe (hal.def). This byte gives the image a section.
    .section .rdata, "dr"
    .byte 0
