// SPDX-License-Identifier: GPL-3.0-only
//
// Calls into a file system driver: it is asked to hold a file still while the Executive makes a section of
// it, writes its modified pages or flushes its cache, and told when that is over (NT's fast I/O calls to
// acquire and release). They are requests of a class of their own, with entries of the ring and a thread of
// the host that nothing else takes.
//
// A host holds one file at a time, whoever asks: its thread may wait in the driver for what another request
// has, and a release must never stand behind that. What a host held ends with it; what is asked of one that
// dies is asked of the next.
#pragma once

#include "executive/io/file.hpp"

namespace io {

// The pages of a driver's file, looked for while its file system holds it. Goes on to its end when the thread
// is ended meanwhile. As Device::control_area(); why the file system refuses;
// STATUS_DRIVER_PROCESS_TERMINATED. REQUIRES: file.device().calls_file_system().
Task<Result<Ref<mm::ControlArea>>> control_area_held(ke::Thread& thread, Ref<File> file,
                                                     uint32_t page_protection);

}  // namespace io
