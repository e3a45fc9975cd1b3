// SPDX-License-Identifier: GPL-3.0-only
//
// Scenes: large states that random calls seldom come to, with thousands of handles, names, levels, APCs or
// threads. What a scene made stays as often as it goes, for other calls to meet and for ends to clear away.
#pragma once

#include "tests/torture/services/process_world.hpp"

namespace torture {

// Plays one. Takes as long as some thousand calls.
void play_scene(ThreadPage& page, ProcessWorld& world);

// --- its parts

// A console of this process's own, whose host is conhost.exe or a thread that answers anything, and all that
// a program can ask of it.
void play_console_scene(ThreadPage& page, ProcessWorld& world);

}  // namespace torture
