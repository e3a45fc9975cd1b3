// SPDX-License-Identifier: GPL-3.0-only
//
// The machine of tests over the kernel made for them. There is one in a program: mm takes it over once.
#pragma once

#include "executive/mm/address_space.hpp"
#include "executive/mm/boot.hpp"
#include "executive/mm/frames.hpp"
#include "tests/host/executive/fake_kernel.hpp"

// RAM in untypeds of these sizes (bits). Stops the program when mm does not start.
fake::Kernel& start_machine(const std::vector<unsigned>& ram_bits, size_t archive_pages);
// The usual one, with 223 MB of RAM in pieces, started by the first who asks.
fake::Kernel& machine();
// What is queued and what is paced, to the end.
void run_queued_work();
// All slices of it.
base::Result<base::Ref<mm::PinnedPages>> pin(mm::AddressSpace& space, uint64_t address, size_t length,
                                             ke::Access access);
