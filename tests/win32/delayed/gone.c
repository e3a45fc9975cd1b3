// SPDX-License-Identifier: GPL-3.0-only
__declspec(dllexport) int gone_twice(int value) {
    return 2 * value;
}
