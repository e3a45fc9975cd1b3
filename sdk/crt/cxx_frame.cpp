// SPDX-License-Identifier: GPL-3.0-only
//
// The language handler the compiler names for functions with C++ objects when structured exceptions may pass
// through them. We run no destructors on the way: a structured exception is a failure of the program or is
// handled in the very function that guards against it. Linked into each of our PE images.

extern "C" {

// Returns EXCEPTION_DISPOSITION ExceptionContinueSearch.
int __CxxFrameHandler3(void*, void*, void*, void*) {
    return 1;
}
}
