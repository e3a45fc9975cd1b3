// SPDX-License-Identifier: GPL-3.0-only
//
// The machine of these tests: 223 MB of RAM in pieces, taken over by mm at the first use.
#pragma once

#include "executive/mm/boot.hpp"
#include "executive/mm/frames.hpp"
#include "tests/host/executive/fake_kernel.hpp"

fake::Kernel& machine();
void run_queued_work();
