// SPDX-License-Identifier: GPL-3.0-only
//
// The other side of the platform on the build machine: what a test does in the Executive's and the hardware's
// place.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "abi/wdm/iotypes.h"
#include "abi/wdm/ring.h"

namespace platform::host {

// The Executive's end of a ring that lies in ordinary memory.
WDM_RING& ring();
void wake_pump();                            // signal of RequestCptr
bool wait_for_completion(int milliseconds);  // waits for a signal of CompletionCptr
unsigned completion_signals();

void raise_interrupt(ULONG bit);
unsigned acknowledgements();
// An edge at a pin as the kernel and an I/O APIC treat it: it masks the pin until the acknowledge, and an
// edge at a masked pin is forgotten. Pins are open from the start; the bit of a line is its number.
void edge(ULONG line);
// What happens inside the connecting of a line, before its driver knows of it.
void set_on_connect(std::function<void(ULONG line)> hook);

struct Port {
    std::function<ULONG(USHORT port, ULONG bytes)> read;
    std::function<void(USHORT port, ULONG bytes, ULONG value)> write;
};
// The ports that the fake Executive grants; others are refused.
std::map<USHORT, Port>& ports();

// Devices registered so far, by index.
std::vector<std::u16string> device_names();

// Stands for the .sys file of that path.
using Entry = PDRIVER_INITIALIZE;
void add_image(std::u16string path, Entry entry);

}  // namespace platform::host
