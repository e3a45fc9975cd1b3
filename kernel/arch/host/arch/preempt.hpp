// SPDX-License-Identifier: GPL-3.0-only
// Host tests: interrupts come when the test says so.
#pragma once
#include "kernel/arch/x86_64/arch/preempt.hpp"
