// SPDX-License-Identifier: GPL-3.0-only
//
// The Microsoft ABI's mark that an image uses floating point: the compiler refers to it, a C runtime would
// define it. Linked into each of our PE images.

extern "C" {
extern const int _fltused;
const int _fltused = 1;
}
